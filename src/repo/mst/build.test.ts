import { expect, test } from "bun:test";
import { keysOfDepth, recordCid } from "../../../test/support/trees.ts";
import { createBlockMap } from "#repo/block.ts";
import { formatCid } from "#repo/cid.ts";
import { PathError } from "#repo/errors.ts";
import { buildTree } from "./build.ts";
import { emptyTree } from "./encode.ts";
import { MAX_NODE_ENTRIES } from "./node.ts";
import { walkTree } from "./walk.ts";

const cid = recordCid(1);

test("no entries make the empty tree", () => {
  expect(buildTree([])).toEqual({
    root: emptyTree().cid,
    nodes: [emptyTree()],
  });
  // Known from every implementation.
  expect(formatCid(emptyTree().cid)).toBe(
    "bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm" as never,
  );
});

test("what was built can be walked, and the root comes last", () => {
  const keys = [0, 1, 2, 3, 4].flatMap((depth) => keysOfDepth(depth, 5)).sort();
  const { root, nodes } = buildTree(keys.map((path) => ({ path, cid })));
  const walked = [...walkTree(createBlockMap(nodes), root)];
  expect(
    walked.flatMap((step) => (step.kind === "record" ? [step.path] : [])),
  ).toEqual(keys);
  expect(nodes.at(-1)!.cid).toEqual(root);
  expect(walked.filter((step) => step.kind === "node")).toHaveLength(
    nodes.length,
  );
});

test("entries that do not ascend are refused", () => {
  for (const paths of [["a.b/2", "a.b/1"], ["a.b/1", "a.b/1"], ["a.b"], [""]]) {
    expect(() => buildTree(paths.map((path) => ({ path, cid })))).toThrow(
      PathError,
    );
  }
});

test("a row of keys that no reader takes is refused", () => {
  const paths = keysOfDepth(0, MAX_NODE_ENTRIES + 1);
  expect(() => buildTree(paths.map((path) => ({ path, cid })))).toThrow(
    PathError,
  );
  expect(() =>
    buildTree(paths.slice(1).map((path) => ({ path, cid }))),
  ).not.toThrow();
});
