import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createFakeClock } from "#lib/clock.ts";
import { OperatorError, XrpcError } from "#lib/errors.ts";
import { cidOfRaw, formatCid, type CidBytes } from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { BlobStore } from "./blob-store.ts";
import { until } from "../../test/support/until.ts";
import { createDiskBlobStore } from "./disk-blob-store.ts";
import { MAX_HELD_BYTES } from "./staged-blob.ts";

const alice = "did:plc:alice" as Did;
const bob = "did:web:..%2F..%2Fetc" as Did;
const roomy = { maxBytes: 10_000_000 };

let folder: string;
let store: BlobStore;
const clock = createFakeClock();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-blobs-"));
  store = createDiskBlobStore({ blobsPath: folder, clock });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** More than is held in memory. */
const LARGE_BYTES = MAX_HELD_BYTES + 1;

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));

function files(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function keep(did: Did, bytes: Uint8Array): Promise<CidBytes> {
  const staged = await store.put(did, bytes, roomy);
  await staged.commit({ isPromised: false });
  return staged.cid;
}

async function read(
  cid: CidBytes,
  range?: { start: number; end: number },
): Promise<Uint8Array | null> {
  const found = await store.open(alice, cid, range);
  return found && new Response(found.stream).bytes();
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("was not refused");
    },
    (error: unknown) => error,
  );
}

/** A body that gives `pieces` and then `end`; `cancelled` tells whether it was stopped. */
function bodyOf(pieces: Uint8Array[], end?: Error) {
  const body = {
    cancelled: false,
    stream: new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const piece = pieces.shift();
          if (piece !== undefined) controller.enqueue(piece);
          else if (end === undefined) controller.close();
          else controller.error(end);
        },
        cancel() {
          body.cancelled = true;
        },
      },
      { highWaterMark: 0 },
    ),
  };
  return body;
}

/** Seven megabytes, more than is left to the disk at a time. */
function manyPieces(): Uint8Array[] {
  return Array.from({ length: 70 }, (_, i) =>
    new Uint8Array(100_000).fill(i + 1),
  );
}

describe("an upload", () => {
  test("is found once it is committed, under a hash of the DID and its CID", async () => {
    const bytes = bytesOf("a picture");
    const staged = await store.put(bob, bytes, roomy);
    expect(staged.cid).toEqual(cidOfRaw(bytes));
    expect(staged.sizeBytes).toBe(bytes.length);
    expect(staged.head).toEqual(bytes);
    expect(await store.has(bob, staged.cid)).toBe(false);
    await staged.commit({ isPromised: false });
    expect(await store.has(bob, staged.cid)).toBe(true);
    expect(await store.has(alice, staged.cid)).toBe(false);
    const hash = new Bun.CryptoHasher("sha256").update(bob).digest("hex");
    const path = join(folder, hash.slice(0, 2), hash, formatCid(staged.cid));
    expect(files()).toEqual([path]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  test("comes in pieces of any size", async () => {
    const sizes = [0, 1, 511, 2, 0, 300_000, 7, 262_144, 1];
    const pieces = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
    const whole = new Uint8Array(Buffer.concat(pieces));
    const staged = await store.put(alice, bodyOf(pieces).stream, roomy);
    expect(staged.cid).toEqual(cidOfRaw(whole));
    expect(staged.head).toEqual(whole.subarray(0, 512));
    await staged.commit({ isPromised: false });
    expect(await read(staged.cid)).toEqual(whole);
  });

  test("may be empty", async () => {
    const cid = await keep(alice, new Uint8Array(0));
    expect(await read(cid)).toEqual(new Uint8Array(0));
  });

  test.each([
    ["in a file", LARGE_BYTES, 1],
    ["held in memory, and in no file", MAX_HELD_BYTES, 0],
  ])(
    "that is %s leaves nothing when it is discarded",
    async (_, sizeBytes, inFiles) => {
      const bytes = new Uint8Array(sizeBytes).fill(7);
      const pieces = [bytes.subarray(0, 70_000), bytes.subarray(70_000)];
      const staged = await store.put(alice, bodyOf(pieces).stream, roomy);
      expect(staged.cid).toEqual(cidOfRaw(bytes));
      expect(files().length).toBe(inFiles);
      await staged.discard();
      await staged.discard();
      expect(files()).toEqual([]);
    },
  );

  test.each([
    ["small and promised", 1000, true],
    ["small", 1000, false],
    ["large and promised", LARGE_BYTES, true],
    ["large", LARGE_BYTES, false],
  ])(
    "that is %s takes the place of what a crash left there",
    async (_, sizeBytes, isPromised) => {
      const bytes = new Uint8Array(sizeBytes).fill(7);
      const cid = await keep(alice, bytes);
      const [path] = files();
      writeFileSync(path!, "what a crash left");
      const reader = (await store.open(alice, cid))!;
      const staged = await store.put(alice, bytes, roomy);
      await staged.commit({ isPromised });
      expect(await read(cid)).toEqual(bytes);
      expect(files()).toEqual([path!]);
      await reader.stream.cancel();
    },
  );

  test.each([
    ["small", 1000],
    ["large", LARGE_BYTES],
  ])(
    "that is %s finds its folder made again when that was removed",
    async (_, sizeBytes) => {
      await keep(alice, bytesOf("first"));
      await store.removeAll(alice);
      const bytes = new Uint8Array(sizeBytes).fill(7);
      const cid = await keep(alice, bytes);
      expect(await read(cid)).toEqual(bytes);
    },
  );

  test.if(existsSync("/proc/self/fd"))(
    "that can't be placed holds no file open, and leaves none",
    async () => {
      await keep(alice, bytesOf("first"));
      const [first] = files();
      const countOpen = () => readdirSync("/proc/self/fd").length;
      const openBefore = countOpen();
      const staged = await store.put(alice, bytesOf("second"), roomy);
      mkdirSync(join(dirname(first!), formatCid(staged.cid)));
      await rejection(staged.commit({ isPromised: false }));
      await rejection(staged.commit({ isPromised: true }));
      expect(files()).toEqual([first!]);
      expect(countOpen()).toBe(openBefore);
    },
  );

  test("leaves nothing, and stops its sender, when it is too large", async () => {
    const maxBytes = 5;
    const exact = await store.put(alice, bytesOf("12345"), { maxBytes });
    await exact.discard();
    const pieces = ["123", "45", "6", "7"].map(bytesOf);
    const body = bodyOf(pieces);
    const error = await rejection(store.put(alice, body.stream, { maxBytes }));
    expect((error as XrpcError).error).toBe("PayloadTooLarge");
    expect(body.cancelled).toBe(true);
    expect(pieces.length).toBe(1);
    expect(files()).toEqual([]);
  });

  test("leaves nothing when its body fails", async () => {
    const end = new Error("the client went away");
    const body = bodyOf([bytesOf("123")], end);
    expect(await rejection(store.put(alice, body.stream, roomy))).toBe(end);
    expect(files()).toEqual([]);
  });

  test("is given to the disk while more arrives, and is whole all the same", async () => {
    const pieces = manyPieces();
    const whole = new Uint8Array(Buffer.concat(pieces));
    const staged = await store.put(alice, bodyOf(pieces).stream, roomy);
    expect(staged.cid).toEqual(cidOfRaw(whole));
    expect(staged.sizeBytes).toBe(whole.length);
    await staged.commit({ isPromised: false });
    expect(await read(staged.cid)).toEqual(whole);
  });

  test.if(existsSync("/proc/self/fd"))(
    "that ends while the disk is at work leaves neither bytes nor an open file",
    async () => {
      const countOpen = () => readdirSync("/proc/self/fd").length;
      const openBefore = countOpen();
      const end = new Error("the client went away");
      const failing = bodyOf(manyPieces(), end);
      expect(await rejection(store.put(alice, failing.stream, roomy))).toBe(
        end,
      );
      const tooLarge = bodyOf(manyPieces());
      const maxBytes = 6_500_000;
      const error = await rejection(
        store.put(alice, tooLarge.stream, { maxBytes }),
      );
      expect((error as XrpcError).error).toBe("PayloadTooLarge");
      expect(files()).toEqual([]);
      expect(countOpen()).toBe(openBefore);
    },
  );

  test("of bytes that are there replaces them by the same", async () => {
    await keep(alice, bytesOf("same"));
    const cid = await keep(alice, bytesOf("same"));
    expect(files().length).toBe(1);
    expect(await read(cid)).toEqual(bytesOf("same"));
  });
});

describe("a blob", () => {
  const large = new Uint8Array(300_000).map((_, i) => i % 251);

  test("is read whole or in part", async () => {
    const cid = await keep(alice, large);
    expect(await read(cid)).toEqual(large);
    const part = (start: number, end: number) => read(cid, { start, end });
    expect(await part(0, 1)).toEqual(large.subarray(0, 1));
    expect(await part(100, 200_000)).toEqual(large.subarray(100, 200_000));
    expect(await part(299_999, 400_000)).toEqual(large.subarray(299_999));
    expect(await part(300_000, 400_000)).toEqual(new Uint8Array(0));
    expect(await part(5, 5)).toEqual(new Uint8Array(0));
    const found = await store.open(alice, cid, { start: 1, end: 2 });
    expect(found?.sizeBytes).toBe(300_000);
    await found?.stream.cancel();
  });

  test("is read to its end although it is removed meanwhile", async () => {
    const cid = await keep(alice, large);
    const { stream } = (await store.open(alice, cid))!;
    const reader = stream.getReader();
    let size = (await reader.read()).value!.length;
    expect(size).toBeLessThan(large.length);
    await store.remove(alice, cid);
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      size += value.length;
    }
    expect(size).toBe(large.length);
  });

  test.if(existsSync("/proc/self/fd"))(
    "holds no file open once it is read or cancelled",
    async () => {
      const cid = await keep(alice, large);
      const countOpen = () => readdirSync("/proc/self/fd").length;
      const openBefore = countOpen();
      for (let i = 0; i < 50; i++) {
        await read(cid);
        const { stream } = (await store.open(alice, cid))!;
        const reader = stream.getReader();
        await reader.read();
        await reader.cancel();
        await store.open(alice, cid);
      }
      // The system closes them a little later.
      await until("files are closed", 30_000, () => {
        return countOpen() < openBefore + 25;
      });
    },
  );

  test("that is absent is no error", async () => {
    const cid = cidOfRaw(bytesOf("never seen"));
    expect(await store.open(alice, cid)).toBeNull();
    expect(await store.has(alice, cid)).toBe(false);
    await store.remove(alice, cid);
    expect(await store.quarantine(alice, cid)).toBe(false);
    expect(await store.restore(alice, cid)).toBe(false);
    expect(await store.listAll(alice)).toEqual([]);
    await store.removeAll(alice);
  });

  test("is named by a CID and nothing else", async () => {
    const path = bytesOf("../../../../../../../../../etc/passwd");
    expect(await rejection(store.has(alice, path))).toBeInstanceOf(BlockError);
    expect(await rejection(store.open(alice, path))).toBeInstanceOf(BlockError);
  });

  test("is removed for one account only", async () => {
    const cid = await keep(alice, bytesOf("same"));
    await keep(bob, bytesOf("same"));
    await store.remove(alice, cid);
    expect(await store.has(alice, cid)).toBe(false);
    expect(await store.has(bob, cid)).toBe(true);
  });
});

describe("quarantine", () => {
  test("hides a blob until it is restored", async () => {
    const cid = await keep(alice, bytesOf("bad"));
    const other = await keep(alice, bytesOf("good"));
    expect(await store.quarantine(alice, cid)).toBe(true);
    expect(await store.quarantine(alice, cid)).toBe(true);
    expect(await store.has(alice, cid)).toBe(false);
    expect(await read(cid)).toBeNull();
    expect(await store.listAll(alice)).toEqual([other]);
    await store.remove(alice, cid);
    expect(await store.restore(alice, cid)).toBe(true);
    expect(await store.restore(alice, cid)).toBe(true);
    expect(await read(cid)).toEqual(bytesOf("bad"));
  });

  test("goes with all of an account, and with it only", async () => {
    const bad = await keep(alice, bytesOf("bad"));
    await keep(alice, bytesOf("good"));
    const kept = await keep(bob, bytesOf("bob's"));
    await store.quarantine(alice, bad);
    await store.removeAll(alice);
    expect(await store.restore(alice, bad)).toBe(false);
    expect(await store.listAll(alice)).toEqual([]);
    expect(files().map((path) => basename(path))).toEqual([formatCid(kept)]);
  });
});

test("lists an account's blobs, and no file that isn't one", async () => {
  const cids = await Promise.all(
    ["1", "2", "3"].map((text) => keep(alice, bytesOf(text))),
  );
  await keep(bob, bytesOf("4"));
  const [first] = files().filter(
    (path) => basename(path) === formatCid(cids[0]!),
  );
  writeFileSync(join(dirname(first!), "Thumbs.db"), "");
  const listed = await store.listAll(alice);
  expect(listed.map(formatCid).sort()).toEqual(cids.map(formatCid).sort());
});

test("sweeps what was never committed, after a day", async () => {
  const large = (fill: number) => new Uint8Array(LARGE_BYTES).fill(fill);
  const staged = await store.put(alice, large(1), roomy);
  const fresh = await store.put(alice, large(2), roomy);
  const [a, b] = files();
  const isFirst = readFileSync(a!)[0] === 1;
  const nowSec = clock.nowMs() / 1000;
  const day = 24 * 60 * 60;
  utimesSync(isFirst ? a! : b!, nowSec, nowSec - day - 1);
  utimesSync(isFirst ? b! : a!, nowSec, nowSec - day + 1);
  expect(await store.sweep()).toBe(1);
  expect(await store.sweep()).toBe(0);
  await fresh.commit({ isPromised: false });
  expect(await store.has(alice, fresh.cid)).toBe(true);
  await staged.discard();
  expect(files().length).toBe(1);
});

test.if(
  existsSync("/dev/shm") && statSync("/dev/shm").dev !== statSync(tmpdir()).dev,
)("uploads must be on the filesystem of the blobs", () => {
  const temporaryPath = mkdtempSync("/dev/shm/tempest-uploads-");
  const options = { blobsPath: folder, temporaryPath, clock };
  expect(() => createDiskBlobStore(options)).toThrow(OperatorError);
  rmSync(temporaryPath, { recursive: true });
});

test.each([
  ["with blobs in it", "blocks/did:plc:alice"],
  ["without a blob yet", "blocks"],
])("the folder of another PDS, %s, is refused untouched", (_name, path) => {
  const other = join(folder, "pds");
  mkdirSync(join(other, path), { recursive: true });
  // Blobs may lie apart from the databases.
  if (path === "blocks") writeFileSync(join(other, "account.sqlite"), "");
  const before = readdirSync(other, { recursive: true });
  const open = () =>
    createDiskBlobStore({ blobsPath: join(other, "blocks"), clock });
  expect(open).toThrow("belongs to another PDS");
  expect(readdirSync(other, { recursive: true })).toEqual(before);
  // Nobody is shut out of what is here already.
  mkdirSync(join(other, "blocks/0a"));
  open();
});
