import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNetwork } from "../support/network.ts";

/** A backup that was put back without a repository's file. */

const POST = "app.bsky.feed.post";
const LOST = { status: 503, body: { error: "ServiceUnavailable" } };

test("an account without its repository's file is unavailable, not unknown", async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), "tempest-lost-"));
  const before = await startNetwork({ dataFolder });
  const alice = await before.createAccount("alice");
  const bob = await before.createAccount("bob");
  await before.stop();
  const key = new Bun.CryptoHasher("sha256").update(alice.did).digest("hex");
  const repos = join(dataFolder, "repos", key.slice(0, 2));
  for (const name of readdirSync(repos)) {
    if (name.startsWith(key)) rmSync(join(repos, name));
  }

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
