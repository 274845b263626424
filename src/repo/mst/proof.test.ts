import { expect, test } from "bun:test";
import {
  createTreeStore,
  keysOfDepth,
  recordCid,
} from "../../../test/support/trees.ts";
import { createBlockMap } from "#repo/block.ts";
import { cidOfCbor } from "#repo/cid.ts";
import { BlockError, PathError } from "#repo/errors.ts";
import { proofOfPath } from "./proof.ts";
import { findPath } from "./read.ts";

const keys = [0, 1, 2, 3].flatMap((depth) => keysOfDepth(depth, 12));
const records = new Map(keys.map((key, i) => [key, recordCid(i)]));
const store = createTreeStore(records);

test("a proof alone answers for its path", () => {
  for (const [path, cid] of records) {
    const proof = createBlockMap(proofOfPath(store, store.root, path));
    expect(findPath(proof, null, store.root, path)).toEqual(cid);
    const absent = createBlockMap(proofOfPath(store, store.root, `${path}x`));
    expect(findPath(absent, null, store.root, `${path}x`)).toBeNull();
  }
});

test("a proof is one path from the root, with no node that can be left out", () => {
  for (const [path] of records) {
    const proof = proofOfPath(store, store.root, path);
    expect(proof[0]!.cid).toEqual(store.root);
    expect(proof.length).toBeLessThanOrEqual(4);
    for (const { cid, bytes } of proof) expect(cidOfCbor(bytes)).toEqual(cid);
    for (let i = 0; i < proof.length; i++) {
      const short = createBlockMap(proof.toSpliced(i, 1));
      expect(() => findPath(short, null, store.root, path)).toThrow(BlockError);
    }
  }
});

test("an empty tree proves the absence of every path", () => {
  const empty = createTreeStore();
  expect(proofOfPath(empty, empty.root, "a.b/1")).toHaveLength(1);
});

test("a malformed path is refused", () => {
  expect(() => proofOfPath(store, store.root, "a.b")).toThrow(PathError);
});
