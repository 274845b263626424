import { expect, test } from "bun:test";
import { formatCid, parseCid } from "#repo/cid.ts";
import { buildTree } from "#repo/mst/build.ts";
import { depthOfKey, sharedPrefixLength } from "#repo/mst/key.ts";
import { walkTree } from "#repo/mst/walk.ts";
import { applyWrites } from "#repo/mst/write.ts";
import { createTreeStore } from "../support/trees.ts";
import { describeVectors, readJson, readLines } from "./vectors.ts";

interface KeyHeight {
  key: string;
  height: number;
}

interface CommonPrefix {
  left: string;
  right: string;
  len: number;
}

describeVectors("mst", (folder) => {
  test("key_heights.json", () => {
    for (const { key, height } of readJson<KeyHeight>(
      folder,
      "key_heights.json",
    )) {
      expect({ key, height: depthOfKey(key) }).toEqual({ key, height });
    }
  });

  test("common_prefix.json", () => {
    for (const { left, right, len } of readJson<CommonPrefix>(
      folder,
      "common_prefix.json",
    )) {
      expect({ left, right, len: sharedPrefixLength(left, right) }).toEqual({
        left,
        right,
        len,
      });
    }
  });

  // Written so that a key's letter, digit and place say on which layer it is.
  test("example_keys.txt: each key is on the layer that its name says", () => {
    for (const key of readLines(folder, "example_keys.txt")) {
      expect({ key, layer: depthOfKey(key) }).toEqual({
        key,
        layer: Number(key[1]),
      });
    }
  });

  test("example_keys.txt: a tree of all keys comes out the same one by one", () => {
    const cid = parseCid(
      "bafyreie5cvv4h45feadgeuwhbcutmh6t2ceseocckahdoe6uat64zmz454",
    );
    const paths = readLines(folder, "example_keys.txt");
    const { root } = buildTree(paths.toSorted().map((path) => ({ path, cid })));
    const store = createTreeStore();
    for (const path of paths.toReversed()) {
      store.apply(
        applyWrites(store, null, store.root, [{ action: "create", path, cid }]),
      );
    }
    expect(formatCid(store.root)).toBe(formatCid(root));
    const walked = [...walkTree(store, root)];
    expect(
      walked.flatMap((step) => (step.kind === "record" ? [step.path] : [])),
    ).toEqual(paths.toSorted());
  });
});
