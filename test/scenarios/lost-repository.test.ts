import { expect, test } from "bun:test";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNetwork, type TestAccount } from "../support/network.ts";
import { until } from "../support/until.ts";

/** A backup that was put back without a repository's file, or with one alone. */

const POST = "app.bsky.feed.post";
const LOST = { status: 503, body: { error: "ServiceUnavailable" } };

function filesOf(dataFolder: string, { did }: TestAccount): string[] {
  const key = new Bun.CryptoHasher("sha256").update(did).digest("hex");
  const folder = join(dataFolder, "repos", key.slice(0, 2));
  const names = readdirSync(folder).filter((name) => name.startsWith(key));
  return names.map((name) => join(folder, name));
}

test("an account without its repository's file is unavailable, not unknown", async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), "tempest-lost-"));
  const before = await startNetwork({ dataFolder });
  const alice = await before.createAccount("alice");
  const bob = await before.createAccount("bob");
  await before.stop();
  for (const path of filesOf(dataFolder, alice)) rmSync(path);

  const network = await startNetwork({ dataFolder });
  try {
    const repo = { repo: alice.did, collection: POST };
    const did = { did: alice.did };
    const record = {
      $type: POST,
      text: "x",
      createdAt: "2026-01-01T00:00:00Z",
    };
    const { call } = network;
    const list = "com.atproto.repo.listRecords";
    expect(await call(list, { params: repo })).toMatchObject(LOST);
    for (const method of ["getRepo", "getLatestCommit"]) {
      const nsid = `com.atproto.sync.${method}`;
      expect(await call(nsid, { params: did })).toMatchObject(LOST);
    }
    const written = await call("com.atproto.repo.createRecord", {
      ...{ input: { ...repo, record }, token: alice.accessJwt },
    });
    expect(written).toMatchObject(LOST);
    const others = await call(list, { params: { ...repo, repo: bob.did } });
    expect(others.status).toBe(200);
  } finally {
    await network.stop();
    rmSync(dataFolder, { recursive: true });
  }
});

test("a file that is put back is brought up to the log, and nothing is lost", async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), "tempest-back-"));
  const network = await startNetwork({ dataFolder });
  try {
    const { call, app } = network;
    const alice = await network.createAccount("alice");
    const repo = { repo: alice.did, collection: POST };
    const post = (text: string) =>
      call("com.atproto.repo.createRecord", {
        input: {
          ...repo,
          record: { $type: POST, text, createdAt: "2026-01-01T00:00:00Z" },
        },
        token: alice.accessJwt,
      });
    await post("in the backup");
    await app.stop();
    const backup = join(dataFolder, "backups", "alice");
    const files = filesOf(dataFolder, alice);
    files.forEach((path, i) => cpSync(path, `${backup}${i}`));
    await network.restart();
    for (const text of ["one", "two"]) await post(text);
    await network.app.stop();
    for (const path of filesOf(dataFolder, alice)) rmSync(path);
    files.forEach((path, i) => cpSync(`${backup}${i}`, path));
    await network.restart();

    expect(await post("three")).toMatchObject(LOST);
    await until("the repository has caught up", 30_000, async () => {
      return (await post("three")).status === 200;
    });
    const listed = await call("com.atproto.repo.listRecords", { params: repo });
    const texts = listed.body.records.map(
      ({ value }: { value: { text: string } }) => value.text,
    );
    expect(texts).toEqual(["three", "two", "one", "in the backup"]);
  } finally {
    await network.stop();
    rmSync(dataFolder, { recursive: true });
  }
});
