import { expect, test } from "bun:test";
import {
  createTreeStore,
  keysOfDepth,
  recordCid,
} from "../../../test/support/trees.ts";
import { cidKey } from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import { decodeNode } from "./decode.ts";
import { emptyTree, encodeNode } from "./encode.ts";
import { readLatin1 } from "./link.ts";
import type { Node } from "./node.ts";
import { NO_LINK, scanNode } from "./scan.ts";

/** The CIDs of a node in the order of a walk. */
function linksOf({ links, values }: Node) {
  return links.flatMap((link, i) =>
    i < values.length ? [link, values[i]!] : [link],
  );
}

const scanned = (bytes: Uint8Array) =>
  scanNode(bytes).map((at) =>
    at === NO_LINK ? null : readLatin1(bytes, at, at + 36),
  );

const link = cidKey(recordCid(1));
const records = new Map(
  [0, 1, 2, 3].flatMap((depth) =>
    keysOfDepth(depth, 30).map((key, i) => [key, recordCid(i)] as const),
  ),
);
const nodes = [...createTreeStore(records).nodes.values()];

test("finds what the decoder finds", () => {
  const long = keysOfDepth(0, 1)[0]! + "x".repeat(300);
  nodes.push(
    emptyTree().bytes,
    encodeNode({ keys: [], values: [], links: [link], layer: -1 }),
  );
  for (const bytes of nodes) {
    expect(scanned(bytes)).toEqual(linksOf(decodeNode(bytes)));
  }
  // Lengths of one, two and three bytes; layers do not matter here.
  const keys = ["a/b", `a/b${"c".repeat(40)}`, long];
  const values = keys.map((_, i) => cidKey(recordCid(i)));
  const node = { keys, values, links: [null, link, null, link], layer: 0 };
  expect(scanned(encodeNode(node))).toEqual(linksOf(node));
});

test("what is no node is refused, and nothing is read behind the end", () => {
  const bytes = nodes.toSorted((a, b) => b.length - a.length)[0]!;
  for (let size = 0; size < bytes.length; size++) {
    expect(() => scanNode(bytes.subarray(0, size))).toThrow(BlockError);
  }
  expect(() => scanNode(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(
    BlockError,
  );
  expect(() => scanNode(Buffer.from("a record"))).toThrow(BlockError);
});
