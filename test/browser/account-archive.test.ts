import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listViolations } from "./axe.ts";
import { describeInBrowser } from "./browser.ts";
import { type OwnerStage, startOwner } from "./owner.ts";

const NOTE = "com.example.note";
const COLLECTION = "com.example.album";

describeInBrowser("owners who take everything with them", () => {
  let stage: OwnerStage;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tempest-all-"));
    stage = await startOwner();
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  async function upload(input: Uint8Array) {
    const { network, alice } = stage;
    const answer = await network.call("com.atproto.repo.uploadBlob", {
      ...{ input, type: "application/octet-stream", token: alice.accessJwt },
    });
    return answer.body.blob;
  }

  /** Unpacks it with the system's tar; answers the paths of the files. */
  function unpack(bytes: Uint8Array, name: string): string[] {
    const target = join(folder, name);
    writeFileSync(`${target}.tar`, bytes);
    const { exitCode, stderr } = Bun.spawnSync([
      ...["sh", "-c", 'mkdir "$0" && tar -xf "$0.tar" -C "$0"'],
      target,
    ]);
    expect([exitCode, stderr.toString()]).toEqual([0, ""]);
    return readdirSync(target, { recursive: true, encoding: "utf8" }).sort();
  }
  const read = (archive: string, path: string) =>
    readFileSync(join(folder, archive, path));

  const bytesOf = async (nsid: string, params: Record<string, string>) => {
    const { url } = stage.network;
    const query = new URLSearchParams(params);
    const answer = await fetch(`${url}/xrpc/${nsid}?${query}`, {
      headers: { Authorization: `Bearer ${stage.alice.accessJwt}` },
    });
    expect(answer.status).toBe(200);
    return Buffer.from(await answer.bytes());
  };

  test("get what others get of it, byte by byte, and their own besides", async () => {
    const { page, open, network, alice } = stage;
    const blobs = [];
    for (const size of [0, 700, 512, 300_000]) {
      const bytes = new Uint8Array(size).fill(size % 251);
      if (size > 0) blobs.push(await upload(bytes));
    }
    const write = (collection: string, record: object) =>
      network.call("com.atproto.repo.createRecord", {
        token: alice.accessJwt,
        input: { repo: alice.did, collection, record },
      });
    for (let i = 0; i < 40; i++) await write(NOTE, { $type: NOTE, i });
    // One is named by no record: it is the owner's all the same.
    const [first, second, third] = blobs;
    await write(COLLECTION, { $type: COLLECTION, files: [first, second] });
    const preferences = [
      { $type: "app.bsky.actor.defs#adultContentPref", enabled: false },
    ];
    await network.call("app.bsky.actor.putPreferences", {
      ...{ token: alice.accessJwt, input: { preferences } },
    });

    await open("/account/data");
    expect(await listViolations(page)).toEqual([]);
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download everything" }).click();
    const done = await download;
    expect(done.suggestedFilename()).toBe("alice.test.tar");
    const names = unpack(readFileSync(await done.path()), "whole");
    const cids = [first, second, third].map(({ ref }) => ref.$link).sort();
    expect(names).toEqual([
      "blobs",
      ...cids.map((cid) => `blobs/${cid}`),
      ...["preferences.json", "repo.car"],
    ]);
    const did = alice.did;
    const car = await bytesOf("com.atproto.sync.getRepo", { did });
    expect(read("whole", "repo.car").equals(car)).toBe(true);
    for (const cid of cids) {
      const blob = await bytesOf("com.atproto.sync.getBlob", { did, cid });
      expect(read("whole", `blobs/${cid}`).equals(blob)).toBe(true);
    }
    const kept = read("whole", "preferences.json").toString();
    expect(JSON.parse(kept)).toEqual({ preferences });
  });

  test("get it while their account rests, and nobody else does", async () => {
    const { network, alice, context } = stage;
    await network.call("com.atproto.server.deactivateAccount", {
      ...{ token: alice.accessJwt, input: {} },
    });
    const url = `${network.url}/account/data/all.tar`;
    // More than may be under way: one that is not read takes no place.
    for (let i = 0; i < 3; i++) {
      const head = await context.request.head(url);
      expect(head.headers()["content-type"]).toBe("application/x-tar");
    }
    const answer = await context.request.get(url);
    expect(answer.status()).toBe(200);
    expect(unpack(await answer.body(), "resting")).toHaveLength(6);
    const stranger = await fetch(url, { redirect: "manual" });
    expect(stranger.status).toBe(303);
  });
});
