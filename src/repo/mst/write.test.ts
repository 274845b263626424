import { describe, expect, test } from "bun:test";
import {
  createTreeStore,
  keysOfDepth,
  recordCid,
} from "../../../test/support/trees.ts";
import { cidKey, cidOfCbor, formatCid, type CidBytes } from "#repo/cid.ts";
import { BlockError, PathError } from "#repo/errors.ts";
import { createNodeCache } from "./cache.ts";
import { emptyTree } from "./encode.ts";
import { MAX_NODE_ENTRIES } from "./node.ts";
import { findPath } from "./read.ts";
import { applyWrites, type MstWrite } from "./write.ts";

const path = "app.bsky.feed.post/3lo3kqqljmfe2";
const one = recordCid(1);
const two = recordCid(2);

function create(at: string, cid: CidBytes = one): MstWrite {
  return { action: "create", path: at, cid };
}

function remove(at: string): MstWrite {
  return { action: "delete", path: at, cid: null };
}

function update(at: string, cid: CidBytes): MstWrite {
  return { action: "update", path: at, cid };
}

/** A tree over one record on each of four layers. */
function fourLayers(): Map<string, CidBytes> {
  const keys = [0, 1, 2, 3].flatMap((depth) => keysOfDepth(depth, 2));
  return new Map(keys.map((key, i) => [key, recordCid(i)]));
}

describe("the ops of a batch are net", () => {
  const there = new Map([[path, one]]);
  const cases: [string, Map<string, CidBytes>, MstWrite[], unknown[]][] = [
    [
      "a create",
      new Map(),
      [create(path)],
      [{ action: "create", path, cid: one, prev: null }],
    ],
    [
      "an update",
      there,
      [update(path, two)],
      [{ action: "update", path, cid: two, prev: one }],
    ],
    [
      "a delete",
      there,
      [remove(path)],
      [{ action: "delete", path, cid: null, prev: one }],
    ],
    [
      "create, update: a create of the last record",
      new Map(),
      [create(path), update(path, two)],
      [{ action: "create", path, cid: two, prev: null }],
    ],
    ["create, delete: nothing", new Map(), [create(path), remove(path)], []],
    [
      "update, delete: a delete of the first record",
      there,
      [update(path, two), remove(path)],
      [{ action: "delete", path, cid: null, prev: one }],
    ],
    [
      "delete, create: an update",
      there,
      [remove(path), create(path, two)],
      [{ action: "update", path, cid: two, prev: one }],
    ],
    [
      "delete, create of the same record: nothing",
      there,
      [remove(path), create(path, one)],
      [],
    ],
    ["update to the same record: nothing", there, [update(path, one)], []],
  ];
  for (const [name, records, writes, ops] of cases) {
    test(name, () => {
      const store = createTreeStore(records);
      const change = applyWrites(store, null, store.root, writes);
      expect(change.ops).toEqual(ops as never);
      if (ops.length === 0) {
        expect(change).toEqual({
          root: store.root,
          ops: [],
          added: [],
          removed: [],
          // A commit without ops still shows its tree.
          proof: [{ cid: store.root, bytes: store.getBlock(store.root)! }],
        });
      }
    });
  }

  test("in the order in which paths were first named", () => {
    const store = createTreeStore();
    const change = applyWrites(store, null, store.root, [
      create("z.z/1"),
      create("a.a/1"),
      create("m.m/1"),
      remove("a.a/1"),
      update("z.z/1", two),
      create("a.a/1"),
    ]);
    expect(change.ops.map((op) => op.path)).toEqual([
      "z.z/1",
      "a.a/1",
      "m.m/1",
    ]);
  });
});

describe("a write is refused with nothing changed", () => {
  const there = new Map([[path, one]]);
  const cases: [string, MstWrite[]][] = [
    ["a create of a record that exists", [create(path)]],
    ["an update of none", [update("a.b/1", two)]],
    ["a delete of none", [remove("a.b/1")]],
    ["a delete twice", [remove(path), remove(path)]],
    ["a create twice", [create("a.b/1"), create("a.b/1")]],
    ["a malformed path", [create("a.b/1/2")]],
    [
      "a create without a record",
      [{ action: "create", path: "a.b/1", cid: null }],
    ],
    ["an update without a record", [{ action: "update", path, cid: null }]],
  ];
  for (const [name, writes] of cases) {
    test(name, () => {
      const store = createTreeStore(there);
      const batch = [create("a.b/0"), ...writes];
      expect(() => applyWrites(store, null, store.root, batch)).toThrow(
        PathError,
      );
      expect(findPath(store, null, store.root, path)).toEqual(one);
    });
  }
});

describe("the shape of the tree", () => {
  test("without records is one node without entries", () => {
    const store = createTreeStore(new Map([[path, one]]));
    const change = applyWrites(store, null, store.root, [remove(path)]);
    expect(change.root).toEqual(emptyTree().cid);
    expect(change.added).toEqual([emptyTree()]);
    expect(change.removed).toEqual([store.root]);
  });

  test("keeps nodes without entries between layers", () => {
    const [high] = keysOfDepth(3, 1);
    const [low] = keysOfDepth(0, 1);
    const store = createTreeStore();
    const change = applyWrites(store, null, store.root, [
      create(high!),
      create(low!),
    ]);
    // One node for each of the layers 3, 2, 1 and 0.
    expect(change.added).toHaveLength(4);
  });

  test("loses its top nodes with their last entry", () => {
    const [high] = keysOfDepth(3, 1);
    const [low] = keysOfDepth(0, 1);
    const store = createTreeStore(
      new Map([
        [high!, one],
        [low!, two],
      ]),
    );
    const change = applyWrites(store, null, store.root, [remove(high!)]);
    expect(change.root).toEqual(createTreeStore(new Map([[low!, two]])).root);
    expect(change.added).toEqual([]);
    expect(change.removed).toHaveLength(3);
  });

  test("grows by all layers that a high key needs", () => {
    const [high] = keysOfDepth(4, 1);
    const [low] = keysOfDepth(0, 1);
    const store = createTreeStore(new Map([[low!, two]]));
    const change = applyWrites(store, null, store.root, [create(high!)]);
    expect(change.added).toHaveLength(4);
    expect(change.removed).toEqual([]);
    expect(change.root).toEqual(
      createTreeStore(
        new Map([
          [low!, two],
          [high!, one],
        ]),
      ).root,
    );
  });
});

describe("a repository that is being made", () => {
  test("has all nodes added and none removed", () => {
    const store = createTreeStore();
    const change = applyWrites(store, null, null, [create(path)]);
    expect(change.added).toHaveLength(1);
    expect(change.removed).toEqual([]);
  });

  test("may be without records", () => {
    const { root, ops, added, removed, proof } = applyWrites(
      createTreeStore(),
      null,
      null,
      [],
    );
    expect({ root, ops, added, removed, proof }).toEqual({
      root: emptyTree().cid,
      ops: [],
      added: [emptyTree()],
      removed: [],
      proof: [],
    });
  });

  test("may start from an empty tree that is not stored yet", () => {
    const nothing = { getBlock: () => null };
    const change = applyWrites(nothing, null, emptyTree().cid, [create(path)]);
    expect(change.removed).toEqual([emptyTree().cid]);
  });
});

test("added nodes come parents first, each under its own hash", () => {
  const { added, root } = applyWrites(
    createTreeStore(),
    null,
    null,
    [...fourLayers()].map(([at, cid]) => create(at, cid)),
  );
  expect(added[0]!.cid).toEqual(root);
  const seen = new Set([cidKey(root)]);
  for (const { cid, bytes } of added) {
    expect(cidOfCbor(bytes)).toEqual(cid);
    // Every node but the root is named by one before it.
    expect(seen.has(cidKey(cid))).toBe(true);
    const text = Buffer.from(bytes).toString("latin1");
    for (const other of added) {
      if (text.includes(cidKey(other.cid))) seen.add(cidKey(other.cid));
    }
  }
});

test("a missing node is named", () => {
  const store = createTreeStore(fourLayers());
  const nothing = { getBlock: () => null };
  try {
    applyWrites(nothing, null, store.root, [create(path)]);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(BlockError);
    expect((error as BlockError).cid).toBe(formatCid(store.root));
  }
});

test("a block that is not of its hash is refused, and not cached", () => {
  const store = createTreeStore(fourLayers());
  const cache = createNodeCache({ maxBytes: 1e6 });
  const wrong = { getBlock: () => emptyTree().bytes };
  expect(() => applyWrites(wrong, cache, store.root, [create(path)])).toThrow(
    BlockError,
  );
  expect(cache.count()).toBe(0);
  expect(() =>
    applyWrites(store, cache, store.root, [create(path)]),
  ).not.toThrow();
});

test("a node never gets more entries than readers take", () => {
  const keys = keysOfDepth(0, MAX_NODE_ENTRIES + 1);
  const last = keys.pop()!;
  const store = createTreeStore(new Map(keys.map((key) => [key, one])));
  expect(() => applyWrites(store, null, store.root, [create(last)])).toThrow(
    PathError,
  );
  expect(() =>
    applyWrites(store, null, store.root, [remove(keys[0]!), create(last)]),
  ).not.toThrow();
});

test("what a change holds is not shared with the cache", () => {
  const store = createTreeStore(fourLayers());
  const cache = createNodeCache({ maxBytes: 1e6 });
  const [known] = [...fourLayers().keys()];
  const change = applyWrites(store, cache, store.root, [remove(known!)]);
  for (const cid of [change.root, ...change.removed, change.ops[0]!.prev!])
    cid.fill(0);
  for (const { bytes } of [...change.added, ...change.proof]) bytes.fill(0);
  const again = applyWrites(store, cache, store.root, [remove(known!)]);
  expect(again).toEqual(applyWrites(store, null, store.root, [remove(known!)]));
});

test("nodes that a write replaced leave the cache", () => {
  const store = createTreeStore(fourLayers());
  const cache = createNodeCache({ maxBytes: 1e6 });
  for (let i = 0; i < 50; i++) {
    store.apply(applyWrites(store, cache, store.root, [create(`c.d/${i}`)]));
    expect(cache.count()).toBeLessThanOrEqual(store.nodes.size);
  }
});
