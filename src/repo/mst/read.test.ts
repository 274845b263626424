import { expect, test } from "bun:test";
import {
  createTreeStore,
  keysOfDepth,
  recordCid,
} from "../../../test/support/trees.ts";
import { createBlockMap, type Block } from "#repo/block.ts";
import { cidOfCbor, toLink } from "#repo/cid.ts";
import { encodeDrisl, type LexValue } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { createNodeCache } from "./cache.ts";
import { emptyTree } from "./encode.ts";
import { invertOps } from "./invert.ts";
import { depthOfKey } from "./key.ts";
import { proofOfPath } from "./proof.ts";
import { findPath } from "./read.ts";
import { walkTree } from "./walk.ts";
import { applyWrites } from "./write.ts";

const keys = [0, 1, 2].flatMap((depth) => keysOfDepth(depth, 10));
const records = new Map(keys.map((key, i) => [key, recordCid(i)]));

test("finds each record, and null for other paths", () => {
  const store = createTreeStore(records);
  const cache = createNodeCache({ maxBytes: 1e6 });
  for (const [path, cid] of records) {
    expect(findPath(store, cache, store.root, path)).toEqual(cid);
    expect(findPath(store, null, store.root, path)).toEqual(cid);
    expect(findPath(store, null, store.root, `${path}x`)).toBeNull();
  }
  for (const path of ["", "a", "a.b/", "zz.zz/1", "a.b/€"]) {
    expect(findPath(store, cache, store.root, path)).toBeNull();
  }
  expect(
    findPath(createBlockMap([]), null, emptyTree().cid, "a.b/1"),
  ).toBeNull();
});

test("a cached path is not read again", () => {
  const store = createTreeStore(records);
  const cache = createNodeCache({ maxBytes: 1e6 });
  findPath(store, cache, store.root, keys[0]!);
  const { reads } = store;
  expect(reads).toBeGreaterThan(0);
  findPath(store, cache, store.root, keys[0]!);
  expect(store.reads).toBe(reads);
});

test("a CID that was returned may be changed", () => {
  const store = createTreeStore(records);
  const cache = createNodeCache({ maxBytes: 1e6 });
  findPath(store, cache, store.root, keys[0]!)!.fill(0);
  expect(findPath(store, cache, store.root, keys[0]!)).toEqual(
    records.get(keys[0]!)!,
  );
});

// Trees that no writer makes: every reader that meets the fault refuses.

function block(value: LexValue): Block {
  const bytes = encodeDrisl(value);
  return { cid: cidOfCbor(bytes), bytes };
}

function nodeOf(l: Block | null, key?: string, t?: Block): Block {
  const v = toLink(recordCid(1));
  const right = t ? toLink(t.cid) : null;
  const e = key ? [{ k: Buffer.from(key), p: 0, t: right, v }] : [];
  return block({ e, l: l && toLink(l.cid) });
}

/** A path on the lowest layer, so that looking for it leads through all others. */
function lowPath(collection: string): string {
  for (let i = 0; ; i++) {
    const path = `${collection}/${i}`;
    if (depthOfKey(path) === 0) return path;
  }
}

const [low, middle, high] = [0, 1, 2].map((depth) => keysOfDepth(depth, 1)[0]!);
const lowest = nodeOf(null, low);
const linked = nodeOf(lowest);
const empty = emptyTree();
const LEFT = lowPath("a.a");
const RIGHT = lowPath("z.z");

const HOSTILE: [why: string, path: string, blocks: Block[]][] = [
  ["a top without entries", LEFT, [nodeOf(lowest), lowest]],
  ["an empty node below the top", LEFT, [nodeOf(empty, middle), empty]],
  ["an empty node on a higher layer", LEFT, [nodeOf(empty, high), empty]],
  [
    "an empty node beside an entry",
    RIGHT,
    [nodeOf(null, middle, empty), empty],
  ],
  ["a layer that is skipped", LEFT, [nodeOf(lowest, high), lowest]],
  ["a child on its parent's layer", LEFT, [nodeOf(lowest, low), lowest]],
  [
    "a node below the last layer",
    LEFT,
    [nodeOf(linked, middle), linked, lowest],
  ],
  ["a missing node", LEFT, [nodeOf(lowest, middle)]],
  ["a node that is a record", LEFT, [block({ $type: "a.b" })]],
];

for (const [why, path, blocks] of HOSTILE) {
  const source = createBlockMap(blocks);
  const root = blocks[0]!.cid;
  const write = { action: "create", path, cid: recordCid(1) } as const;
  const op = {
    ...write,
    action: "delete",
    cid: null,
    prev: recordCid(1),
  } as const;
  const readers: Record<string, () => unknown> = {
    walkTree: () => [...walkTree(source, root)],
    proofOfPath: () => proofOfPath(source, root, path),
    applyWrites: () => applyWrites(source, null, root, [write]),
    invertOps: () => invertOps(source, root, [op]),
  };
  // Looking for a path stops on its layer, before what may hang below.
  if (!why.includes("parent's layer")) {
    readers.findPath = () => findPath(source, null, root, path);
  }
  for (const [name, read] of Object.entries(readers)) {
    test(`${name} refuses ${why}`, () => expect(read).toThrow(BlockError));
  }
}
