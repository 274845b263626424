import { describe, expect, test } from "bun:test";
import { createNodeCache } from "#repo/mst/cache.ts";
import { depthOfKey } from "#repo/mst/key.ts";
import { findPath } from "#repo/mst/read.ts";
import { applyWrites, type MstWrite } from "#repo/mst/write.ts";
import { createTreeStore, recordCid } from "../support/trees.ts";

/** Records of the tree; its height is the depth of its highest key. */
const RECORDS = 10_000;

// Keys of a fixed sequence, so that every run sees the same tree.
function pathOf(number: number): string {
  const hash = Bun.hash.wyhash(String(number)).toString(36).slice(0, 12);
  return `app.bsky.feed.post/${hash}`;
}

const records = new Map(
  Array.from({ length: RECORDS }, (_, i) => [pathOf(i), recordCid(i)]),
);
const height = 1 + Math.max(...[...records.keys()].map(depthOfKey));

function write(action: MstWrite["action"], number: number): MstWrite {
  const cid = action === "delete" ? null : recordCid(number + 1);
  return { action, path: pathOf(number), cid };
}

test("a tree of 10,000 records is about as high as its logarithm", () => {
  // log4(10,000) is 6.6.
  expect(height).toBeGreaterThanOrEqual(6);
  expect(height).toBeLessThanOrEqual(10);
});

// An insert or delete of a high key goes down the edges of two subtrees; with
// the way to the key that is twice the height at most.
describe("one write reads and makes a few nodes of thousands", () => {
  const kinds: [MstWrite["action"], start: number][] = [
    ["create", RECORDS],
    ["update", 0],
    ["delete", 1000],
  ];
  for (const [action, start] of kinds) {
    test(action, () => {
      const store = createTreeStore(records);
      expect(store.nodes.size).toBeGreaterThan(2500);
      let total = 0;
      for (let i = 0; i < 300; i++) {
        store.reads = 0;
        const change = applyWrites(store, null, store.root, [
          write(action, start + i),
        ]);
        expect(store.reads).toBeLessThanOrEqual(2 * height);
        expect(change.added.length).toBeLessThanOrEqual(2 * height);
        expect(change.proof.length).toBeLessThanOrEqual(2 * height);
        total += store.reads;
        store.apply(change);
      }
      // Three of four keys are on the lowest layer: one way down, no edges.
      expect(total / 300).toBeLessThanOrEqual(height + 1);
    });
  }
});

test("a lookup reads one way down", () => {
  const store = createTreeStore(records);
  for (let i = 0; i < 300; i++) {
    store.reads = 0;
    findPath(store, null, store.root, pathOf(i));
    expect(store.reads).toBeLessThanOrEqual(height);
  }
});

test("a batch reads and makes each node once, however many writes share it", () => {
  const store = createTreeStore(records);
  const read = new Set<string>();
  let reads = 0;
  const source = {
    getBlock(cid: Uint8Array) {
      reads++;
      read.add(cid.join());
      return store.getBlock(cid);
    },
  };
  const writes = Array.from({ length: 200 }, (_, i) =>
    write("create", RECORDS + i),
  );
  const change = applyWrites(source, null, store.root, writes);
  expect(reads).toBe(read.size);
  expect(reads).toBeLessThanOrEqual(200 * 4);
  expect(change.added.length).toBeLessThanOrEqual(200 * 4);
});

test("neighbouring keys in a batch cost hardly more than one", () => {
  const store = createTreeStore(records);
  const stem = pathOf(7);
  const writes = Array.from({ length: 200 }, (_, i) => ({
    action: "create" as const,
    path: `${stem}${String(i).padStart(3, "0")}`,
    cid: recordCid(i),
  }));
  applyWrites(store, null, store.root, writes);
  expect(store.reads).toBeLessThanOrEqual(2 * height);
});

test("with a warm cache, writes read next to nothing", () => {
  const store = createTreeStore(records);
  const cache = createNodeCache({ maxBytes: 64 * 1024 * 1024 });
  for (const path of records.keys()) findPath(store, cache, store.root, path);
  store.reads = 0;
  for (let i = 0; i < 300; i++) {
    store.apply(
      applyWrites(store, cache, store.root, [write("create", RECORDS + i)]),
    );
  }
  expect(store.reads).toBe(0);
});

test("with a cache of one repository's paths, memory stays in its bound", () => {
  const maxBytes = 100_000;
  const store = createTreeStore(records);
  const cache = createNodeCache({ maxBytes });
  for (let i = 0; i < 300; i++) {
    store.apply(
      applyWrites(store, cache, store.root, [write("create", RECORDS + i)]),
    );
    expect(cache.sizeBytes()).toBeLessThanOrEqual(maxBytes);
  }
});
