import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { silentLogger } from "#lib/log.ts";
import { cidOfCbor, cidOfRaw, formatCid, type CidBytes } from "#repo/cid.ts";
import { encodeDrisl } from "#repo/drisl.ts";
import { jsonToRecord } from "#repo/lex-json.ts";
import type { Did, Nsid, RecordKey } from "#repo/syntax.ts";
import type { Caller, SessionScope } from "#contexts/security/caller.ts";
import { createBlobs, type Blobs } from "./blobs.ts";
import { createBlobCollector } from "./collect.ts";
import { createTestHost, type TestHost } from "./test-host.ts";

const alice = "did:plc:alice" as Did;
const bob = "did:plc:bob" as Did;
const PNG = new Uint8Array(Buffer.from("\x89PNG\r\n\x1a\n----", "latin1"));
const TEXT = new TextEncoder().encode("hello");
const HOUR_MS = 3_600_000;
const COLLECTION = "com.example.pic" as Nsid;

let host: TestHost;
let blobs: Blobs;

beforeEach(() => {
  host = createTestHost();
  host.addAccount({ did: alice, handle: "alice.test" });
  host.addAccount({ did: bob, handle: "bob.test" });
  blobs = createBlobs({ ...host, maxUploadBytes: 1000 });
});

afterEach(() => host.close());

const as = (did: Did, scope: SessionScope = "access"): Caller => ({
  kind: "session",
  did,
  scope,
  sessionId: "s",
});
const owner = as(alice);
const anyone: Caller = { kind: "anonymous" };

function upload(bytes: Uint8Array, more: object = {}) {
  return blobs.uploadBlob({
    caller: owner,
    body: new Blob([bytes as Uint8Array<ArrayBuffer>]).stream(),
    contentType: "text/plain",
    contentLength: bytes.length,
    ...more,
  });
}

/** Writes or removes a record of alice's that names these blobs. */
function reference(rkey: string, cids: CidBytes[] | null, json: object = {}) {
  const bytes = encodeDrisl(jsonToRecord({ rkey, ...json }));
  return host.apply(
    alice,
    [
      {
        collection: COLLECTION,
        rkey: rkey as RecordKey,
        cid: cids === null ? null : cidOfCbor(bytes),
        blobs: cids ?? [],
        subject: null,
      },
    ],
    new Map([[`${COLLECTION}/${rkey}`, bytes]]),
  );
}

const get = (cid: CidBytes, caller: Caller = anyone, did = alice) =>
  blobs.getBlob({ did, cid: formatCid(cid) }, caller);

async function contentOf(blob: { stream: ReadableStream<Uint8Array> }) {
  return new Uint8Array(await new Response(blob.stream).arrayBuffer());
}

describe("uploadBlob", () => {
  test("answers a reference that names what was stored", async () => {
    const { blob } = await upload(PNG, { contentType: "image/jpeg" });
    expect(blob).toEqual({
      $type: "blob",
      ref: { $link: formatCid(cidOfRaw(PNG)) },
      mimeType: "image/png",
      size: PNG.length,
    });
    const stored = await get(cidOfRaw(PNG), owner);
    expect(stored).toMatchObject({
      sizeBytes: PNG.length,
      mimeType: "image/png",
    });
    expect(await contentOf(stored)).toEqual(PNG);
  });

  test("takes an empty file, one of the largest size, and one of unknown length", async () => {
    const empty = new Uint8Array(0);
    expect((await upload(empty, { contentType: null })).blob).toMatchObject({
      size: 0,
      mimeType: "application/octet-stream",
    });
    const largest = new Uint8Array(1000);
    expect((await upload(largest)).blob.size).toBe(1000);
    expect((await upload(TEXT, { contentLength: null })).blob.size).toBe(5);
  });

  test("is open to deactivated accounts, app passwords and service tokens", async () => {
    host.accountDb.accounts.update(alice, { deactivatedAtMs: 1 });
    const callers: Caller[] = [
      owner,
      as(alice, "appPass"),
      { kind: "service", did: alice, aud: "did:web:here", lxm: null },
    ];
    for (const caller of callers) {
      expect((await upload(TEXT, { caller })).blob.size).toBe(5);
    }
  });

  test("the same again gives a new type while no record names the blob", async () => {
    await upload(TEXT, { contentType: "text/plain" });
    const again = await upload(TEXT, { contentType: "text/vtt" });
    expect(again.blob.mimeType).toBe("text/vtt");
    reference("a", [cidOfRaw(TEXT)]);
    const late = await upload(TEXT, { contentType: "text/css" });
    expect(late.blob.mimeType).toBe("text/vtt");
    expect((await get(cidOfRaw(TEXT))).mimeType).toBe("text/vtt");
  });

  test("brings back a file that was lost", async () => {
    await upload(TEXT);
    await host.blobStore.remove(alice, cidOfRaw(TEXT));
    await upload(TEXT);
    expect(await contentOf(await get(cidOfRaw(TEXT), owner))).toEqual(TEXT);
  });

  const refused: [string, () => Promise<unknown>, number, string][] = [
    [
      "announced too large",
      () => upload(TEXT, { contentLength: 1001 }),
      413,
      "PayloadTooLarge",
    ],
    [
      "too large",
      () => upload(new Uint8Array(1001), { contentLength: null }),
      413,
      "PayloadTooLarge",
    ],
    [
      "shorter than announced",
      () => upload(TEXT, { contentLength: 6 }),
      400,
      "InvalidRequest",
    ],
    [
      "longer than announced",
      () => upload(TEXT, { contentLength: 4 }),
      400,
      "InvalidRequest",
    ],
    ["from nobody", () => upload(TEXT, { caller: anyone }), 403, "Forbidden"],
    [
      "from the operator",
      () => upload(TEXT, { caller: { kind: "admin" } }),
      403,
      "Forbidden",
    ],
    [
      "from an unknown account",
      () => upload(TEXT, { caller: as("did:plc:none" as Did) }),
      403,
      "AccountNotFound",
    ],
    [
      "from an account taken down",
      () => {
        host.accountDb.accounts.update(alice, { takedownAtMs: 1 });
        return upload(TEXT);
      },
      401,
      "AccountTakedown",
    ],
    [
      "of a blob taken down",
      () => {
        const subject = { did: alice, cid: cidOfRaw(TEXT) };
        const takedown = { ref: "1", createdAtMs: 1 };
        host.accountDb.takedowns.putBlob(subject, takedown);
        return upload(TEXT);
      },
      400,
      "InvalidRequest",
    ],
  ];
  for (const [name, act, status, error] of refused) {
    test(`${name}: ${status} ${error}, and nothing stays`, async () => {
      await expect(act()).rejects.toMatchObject({ status, error });
      expect(await host.blobStore.listAll(alice)).toEqual([]);
      expect(readdirSync(join(host.folder, "blobs/temporary"))).toEqual([]);
      expect(host.accountDb.blobs.count(alice)).toBe(0);
    });
  }
});

describe("getBlob", () => {
  const cid = cidOfRaw(TEXT);

  test("is for all once a record names the blob, before that for its owner", async () => {
    await upload(TEXT);
    const hidden = { status: 400, error: "BlobNotFound" };
    await expect(get(cid)).rejects.toMatchObject(hidden);
    await expect(get(cid, as(bob))).rejects.toMatchObject(hidden);
    expect(await contentOf(await get(cid, { kind: "admin" }))).toEqual(TEXT);
    expect(await contentOf(await get(cid, owner))).toEqual(TEXT);
    reference("a", [cid]);
    expect(await contentOf(await get(cid))).toEqual(TEXT);
    await expect(get(cid, anyone, bob)).rejects.toMatchObject(hidden);
    reference("a", null);
    await expect(get(cid)).rejects.toMatchObject(hidden);
  });

  test("of a blob taken down finds nothing, whoever asks", async () => {
    await upload(TEXT);
    reference("a", [cid]);
    const takedown = { ref: "1", createdAtMs: 1 };
    host.accountDb.takedowns.putBlob({ did: alice, cid }, takedown);
    for (const caller of [anyone, owner]) {
      await expect(get(cid, caller)).rejects.toMatchObject({
        error: "BlobNotFound",
      });
    }
  });

  test("of what is no blob finds nothing", async () => {
    reference("a", [cid]);
    const missing = { status: 400, error: "BlobNotFound" };
    await expect(get(cid)).rejects.toMatchObject(missing);
    for (const text of [
      "bafyx",
      "QmPZ9gcCEpqKTo6aq61g2nXGUhM4iCL3ewB6LDXZCtioEB",
    ]) {
      await expect(
        blobs.getBlob({ did: alice, cid: text }, anyone),
      ).rejects.toMatchObject(missing);
    }
  });

  const states: [string, object, string][] = [
    ["deactivated", { deactivatedAtMs: 1 }, "RepoDeactivated"],
    ["taken down", { takedownAtMs: 1 }, "RepoTakendown"],
    ["suspended", { suspendedAtMs: 1 }, "RepoSuspended"],
  ];
  for (const [name, changes, error] of states) {
    test(`an account that is ${name}: 400 ${error}, but not for its owner`, async () => {
      await upload(TEXT);
      reference("a", [cid]);
      host.accountDb.accounts.update(alice, changes);
      for (const caller of [anyone, as(bob)]) {
        await expect(get(cid, caller)).rejects.toMatchObject({
          status: 400,
          error,
        });
        expect(() => blobs.listBlobs({ did: alice }, caller)).toThrow();
      }
      for (const caller of [
        as(alice, "takendown"),
        { kind: "admin" } as const,
      ]) {
        expect(await contentOf(await get(cid, caller))).toEqual(TEXT);
        expect(blobs.listBlobs({ did: alice }, caller).cids).toHaveLength(1);
      }
    });
  }

  test("an unknown account: 400 RepoNotFound", async () => {
    await expect(get(cid, anyone, "did:plc:none" as Did)).rejects.toMatchObject(
      { status: 400, error: "RepoNotFound" },
    );
  });
});

describe("lists", () => {
  const cids = Array.from({ length: 5 }, (_, i) =>
    cidOfRaw(new Uint8Array([i])),
  );
  const texts = cids.map(formatCid).toSorted();

  test("listBlobs has what records name, ascending, a page at a time", async () => {
    await upload(TEXT);
    reference("a", cids.slice(0, 2));
    const { rev } = reference("b", cids.slice(1));
    const list = (params: object = {}) =>
      blobs.listBlobs({ did: alice, ...params }, anyone);
    expect(list()).toEqual({ cids: texts, cursor: texts[4]! });
    const first = list({ limit: 3 });
    expect(first).toEqual({ cids: texts.slice(0, 3), cursor: texts[2]! });
    expect(list({ cursor: first.cursor }).cids).toEqual(texts.slice(3));
    expect(list({ cursor: texts[4] })).toEqual({ cids: [] });
    expect(list({ since: rev })).toEqual({ cids: [] });
    const { rev: later } = reference("c", [cids[3]!]);
    expect(later > rev).toBe(true);
    expect(list({ since: rev }).cids).toEqual([formatCid(cids[3]!)]);
  });

  test("listMissingBlobs has what was never uploaded, with a record of each", async () => {
    reference("a", [cidOfRaw(TEXT), ...cids]);
    reference("b", [cids[0]!]);
    await upload(TEXT);
    const list = (params: object = {}) => blobs.listMissingBlobs(params, owner);
    const all = await list();
    expect(all.blobs.map(({ cid }) => cid)).toEqual(texts);
    expect(all.blobs[0]).toMatchObject({
      recordUri: `at://${alice}/${COLLECTION}/a`,
    });
    expect(all.cursor).toBe(texts[4]!);
    const first = await list({ limit: 2 });
    expect(first.blobs.map(({ cid }) => cid)).toEqual(texts.slice(0, 2));
    const rest = await list({ cursor: first.cursor });
    expect(rest.blobs.map(({ cid }) => cid)).toEqual(texts.slice(2));
    expect(await list({ cursor: texts[4] })).toEqual({ blobs: [] });
    expect(await blobs.listMissingBlobs({}, as(bob))).toEqual({ blobs: [] });
  });

  test("malformed bounds are refused", async () => {
    const bad = { status: 400, error: "InvalidRequest" };
    await expect(
      blobs.listMissingBlobs({ cursor: "x" }, owner),
    ).rejects.toMatchObject(bad);
    await expect(blobs.listMissingBlobs({}, anyone)).rejects.toMatchObject({
      status: 403,
    });
    for (const params of [{ cursor: "x" }, { since: "x" }]) {
      expect(() => blobs.listBlobs({ did: alice, ...params }, anyone)).toThrow(
        expect.objectContaining(bad),
      );
    }
  });
});

describe("assertReference", () => {
  const named = (more: object = {}) => ({
    cid: cidOfRaw(PNG),
    mimeType: "image/png",
    sizeBytes: PNG.length,
    path: ["image"],
    ...more,
  });
  const check = (more: object = {}, constraint: object = {}) =>
    blobs.assertReference({ did: alice, reference: named(more), constraint });

  test("is content with what was uploaded", async () => {
    await upload(PNG);
    check();
    check({}, { accept: ["image/*"], maxSizeBytes: PNG.length });
  });

  const rows: [string, object, object, string][] = [
    ["never uploaded", { cid: cidOfRaw(TEXT) }, {}, "BlobNotFound"],
    [
      "of another type than said",
      { mimeType: "image/gif" },
      {},
      "InvalidMimeType",
    ],
    ["of another size than said", { sizeBytes: 5 }, {}, "InvalidSize"],
    ["of a type not wanted", {}, { accept: ["image/gif"] }, "InvalidMimeType"],
    ["larger than wanted", {}, { maxSizeBytes: 5 }, "InvalidSize"],
  ];
  for (const [name, more, constraint, error] of rows) {
    test(`${name}: 400 ${error}`, async () => {
      await upload(PNG);
      expect(() => check(more, constraint)).toThrow(
        expect.objectContaining({ status: 400, error }),
      );
    });
  }

  test("taken down: 400 BlobNotFound", async () => {
    await upload(PNG);
    const subject = { did: alice, cid: cidOfRaw(PNG) };
    host.accountDb.takedowns.putBlob(subject, { ref: "1", createdAtMs: 1 });
    expect(() => check()).toThrow(
      expect.objectContaining({ error: "BlobNotFound" }),
    );
    expect(blobs.findMissing(alice, [cidOfRaw(PNG)])).toEqual(cidOfRaw(PNG));
  });

  test("lets stand what an earlier record says, as after a move", async () => {
    await upload(PNG);
    const asMoved = { mimeType: "image/jpeg", sizeBytes: 77 };
    expect(() => check(asMoved)).toThrow();
    reference("a", [cidOfRaw(PNG)], {
      image: {
        $type: "blob",
        ref: { $link: formatCid(cidOfRaw(PNG)) },
        mimeType: "image/jpeg",
        size: 77,
      },
    });
    check(asMoved);
    expect(() => check({ ...asMoved, sizeBytes: 78 })).toThrow();
  });

  test("findMissing names the first that is gone", async () => {
    await upload(PNG);
    const [png, text] = [cidOfRaw(PNG), cidOfRaw(TEXT)];
    expect(blobs.findMissing(alice, [])).toBeNull();
    expect(blobs.findMissing(alice, [png])).toBeNull();
    expect(blobs.findMissing(alice, [png, text])).toEqual(text);
    expect(blobs.findMissing(bob, [png])).toEqual(png);
  });
});

describe("collection of unused blobs", () => {
  const cid = cidOfRaw(TEXT);
  let isBehind: boolean;
  const collect = () =>
    createBlobCollector({
      ...host,
      isBehind: () => isBehind,
      log: silentLogger,
    }).collectUnreferencedBlobs({ olderThanMs: 6 * HOUR_MS });
  const isStored = async () =>
    (await host.blobStore.has(alice, cid)) &&
    host.accountDb.blobs.find(alice, cid) !== null;

  beforeEach(() => {
    isBehind = false;
  });

  test("removes what no record names, after the time of grace", async () => {
    await upload(TEXT);
    host.clock.advance(6 * HOUR_MS);
    expect((await collect()).removed).toBe(0);
    expect(await isStored()).toBe(true);
    host.clock.advance(1);
    expect(await collect()).toEqual({
      removed: 1,
      removedBytes: 5,
      orphans: 0,
      failed: 0,
    });
    expect(await host.blobStore.has(alice, cid)).toBe(false);
    expect(host.accountDb.blobs.find(alice, cid)).toBeNull();
  });

  test("removes a blob with its last record", async () => {
    await upload(TEXT);
    reference("a", [cid]);
    reference("b", [cid]);
    host.clock.advance(24 * HOUR_MS);
    expect((await collect()).removed).toBe(0);
    reference("a", null);
    expect((await collect()).removed).toBe(0);
    reference("b", null);
    expect((await collect()).removed).toBe(1);
  });

  test("an upload of the same starts the time anew", async () => {
    await upload(TEXT);
    host.clock.advance(24 * HOUR_MS);
    await upload(TEXT);
    expect((await collect()).removed).toBe(0);
  });

  test("leaves what is taken down, inactive accounts, and repositories behind their log", async () => {
    await upload(TEXT);
    host.clock.advance(24 * HOUR_MS);
    isBehind = true;
    expect((await collect()).removed).toBe(0);
    isBehind = false;
    host.accountDb.accounts.update(alice, { deactivatedAtMs: 1 });
    expect((await collect()).removed).toBe(0);
    host.accountDb.accounts.update(alice, { deactivatedAtMs: null });
    const takedown = { ref: "1", createdAtMs: 1 };
    host.accountDb.takedowns.putBlob({ did: alice, cid }, takedown);
    expect((await collect()).removed).toBe(0);
    expect(await isStored()).toBe(true);
    host.accountDb.takedowns.removeBlob({ did: alice, cid });
    expect((await collect()).removed).toBe(1);
  });

  test("waits for a write, and sees the record that it made", async () => {
    await upload(TEXT);
    host.clock.advance(24 * HOUR_MS);
    const { promise: isReady, resolve: finishWrite } =
      Promise.withResolvers<void>();
    const write = host.locks.run(alice, async () => {
      await isReady;
      reference("a", [cid]);
    });
    const collecting = collect();
    finishWrite();
    await write;
    expect((await collecting).removed).toBe(0);
    expect(await isStored()).toBe(true);
  });

  test("removes files that a crash left without a row", async () => {
    await upload(TEXT);
    host.accountDb.blobs.remove(alice, cid);
    await upload(PNG);
    expect(await collect()).toMatchObject({ removed: 0, orphans: 1 });
    expect(await host.blobStore.has(alice, cid)).toBe(false);
    expect(await host.blobStore.has(alice, cidOfRaw(PNG))).toBe(true);
  });

  test("goes on after an account that can't be read", async () => {
    await upload(TEXT);
    await upload(TEXT, { caller: as(bob) });
    host.clock.advance(24 * HOUR_MS);
    host.stores.quarantine(alice, "for the test");
    expect(await collect()).toMatchObject({ removed: 1, failed: 1 });
    expect(await isStored()).toBe(true);
  });
});
