import { expect, test } from "bun:test";
import {
  createTreeStore,
  keysOfDepth,
  recordCid,
} from "../../../test/support/trees.ts";
import { createBlockMap } from "#repo/block.ts";
import { cidFromKey } from "#repo/cid.ts";
import { BlockError, PathError } from "#repo/errors.ts";
import { invertOps } from "./invert.ts";
import { applyWrites, type MstOp } from "./write.ts";

const keys = [0, 1, 2].flatMap((depth) => keysOfDepth(depth, 9)).sort();
const records = new Map(keys.map((key, i) => [key, recordCid(i)]));
const store = createTreeStore(records);
const [high] = keysOfDepth(2, 1);
const change = applyWrites(store, null, store.root, [
  { action: "delete", path: high!, cid: null },
  { action: "update", path: keys[4]!, cid: recordCid(100) },
  { action: "create", path: `${keys[7]!}x`, cid: recordCid(101) },
]);
const slice = createBlockMap([...change.added, ...change.proof]);

test("the blocks of a change are enough, in whatever order its ops are undone", () => {
  const [a, b, c] = change.ops as [MstOp, MstOp, MstOp];
  for (const ops of [
    [a, b, c],
    [a, c, b],
    [b, a, c],
    [b, c, a],
    [c, a, b],
    [c, b, a],
  ]) {
    expect(invertOps(slice, change.root, ops)).toEqual(store.root);
  }
});

test("no ops lead back to the same tree", () => {
  expect(invertOps(slice, change.root, [])).toEqual(change.root);
});

test("a delete without its neighbours can't be undone", () => {
  const first = change.added[0]!;
  const less = createBlockMap(
    [...change.added, ...change.proof].filter((block) => block !== first),
  );
  expect(() => invertOps(less, change.root, change.ops)).toThrow(BlockError);
});

const wrong = recordCid(999);
const [remove, update, create] = change.ops as [MstOp, MstOp, MstOp];
const MISFITS: Record<string, MstOp[]> = {
  "a path twice": [update, update],
  "a malformed path": [{ ...update, path: "a" }],
  "a create of another record": [{ ...create, cid: wrong }],
  "a create that is not in the tree": [{ ...create, path: "z.z/1" }],
  "an update to another record": [{ ...update, cid: wrong }],
  "a delete of what is still there": [{ ...remove, path: update.path }],
  "a create with prev": [{ ...create, prev: wrong }],
  "a create without cid": [{ ...create, cid: null }],
  "an update without prev": [{ ...update, prev: null }],
  "an update without cid": [{ ...update, cid: null }],
  "a delete with cid": [{ ...remove, cid: wrong }],
  "a delete without prev": [{ ...remove, prev: null }],
};

const old = [...store.nodes].map(([key, bytes]) => ({
  cid: cidFromKey(key),
  bytes,
}));
const whole = createBlockMap([...change.added, ...old]);

for (const [why, ops] of Object.entries(MISFITS)) {
  test(`refused: ${why}`, () => {
    expect(() => invertOps(whole, change.root, ops)).toThrow(PathError);
  });
}

test("a wrong prev leads to another root", () => {
  const ops = [remove, { ...update, prev: wrong }, create];
  expect(invertOps(slice, change.root, ops)).not.toEqual(store.root);
});
