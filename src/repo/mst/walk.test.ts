import { describe, expect, test } from "bun:test";
import {
  createTreeStore,
  keysOfDepth,
  recordCid,
  sortEntries,
} from "../../../test/support/trees.ts";
import { createBlockMap, type Block } from "#repo/block.ts";
import { cidKey, cidOfCbor, toLink, type CidBytes } from "#repo/cid.ts";
import { encodeDrisl } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { decodeNode } from "./decode.ts";
import { cidOfLink } from "./link.ts";
import { walkTree, type WalkStep } from "./walk.ts";

const keys = [0, 1, 2, 3].flatMap((depth) => keysOfDepth(depth, 20));
const records = new Map(keys.map((key, i) => [key, recordCid(i)]));
const store = createTreeStore(records);
const steps = [...walkTree(store, store.root)];

function recordsOf(
  walk: Iterable<WalkStep>,
): { path: string; cid: CidBytes }[] {
  return [...walk]
    .filter((step) => step.kind === "record")
    .map(({ path, cid }) => ({ path, cid }));
}

test("gives each record once, ascending", () => {
  expect(recordsOf(steps)).toEqual(sortEntries(records));
});

test("gives each node once, with its bytes", () => {
  const nodes = steps.filter((step) => step.kind === "node");
  expect(nodes.length).toBe(store.nodes.size);
  for (const { cid, bytes } of nodes) {
    expect(store.nodes.get(cidKey(cid))).toEqual(bytes);
  }
});

test("goes depth first: a node, then its subtrees and records from left to right", () => {
  function order(cid: CidBytes): string[] {
    const node = decodeNode(store.getBlock(cid)!);
    return node.links.flatMap((link, i) => [
      ...(i > 0 ? [node.keys[i - 1]!] : []),
      ...(link === null ? [] : [link, ...order(cidOfLink(link))]),
    ]);
  }
  const walked = steps.map((step) =>
    step.kind === "node" ? cidKey(step.cid) : step.path,
  );
  expect(walked).toEqual([cidKey(store.root), ...order(store.root)]);
});

test("reads each node once", () => {
  const { reads } = store;
  recordsOf(walkTree(store, store.root));
  expect(store.reads - reads).toBe(store.nodes.size);
});

describe("from a path", () => {
  test("does not enter the subtree left of it", () => {
    const top = decodeNode(store.getBlock(store.root)!);
    expect(top.links[0]).not.toBeNull();
    const walked = [...walkTree(store, store.root, { from: top.keys[0]! })];
    const nodes = walked.filter((step) => step.kind === "node");
    expect(nodes.map(({ cid }) => cidKey(cid))).not.toContain(top.links[0]!);
  });

  test("gives the records from there on", () => {
    const all = sortEntries(records);
    for (const [i, { path }] of all.entries()) {
      expect(recordsOf(walkTree(store, store.root, { from: path }))).toEqual(
        all.slice(i),
      );
      expect(
        recordsOf(walkTree(store, store.root, { from: `${path}.` })),
      ).toEqual(all.slice(i + 1));
    }
  });

  test("does not read the subtrees before it", () => {
    const last = sortEntries(records).at(-1)!.path;
    const { reads } = store;
    recordsOf(walkTree(store, store.root, { from: last }));
    expect(store.reads - reads).toBeLessThanOrEqual(4);
  });
});

test("a node that shall not be entered is left out with all below it", () => {
  const top = decodeNode(store.getBlock(store.root)!);
  const left = recordsOf(
    walkTree(store, store.root, {
      shouldEnter: (cid) => cidKey(cid) === cidKey(store.root),
    }),
  );
  expect(left.map(({ path }) => path)).toEqual([...top.keys]);
  expect([
    ...walkTree(store, store.root, { shouldEnter: () => false }),
  ]).toEqual([]);
});

test("a tree without records is one node", () => {
  const empty = createTreeStore();
  expect([...walkTree(empty, empty.root)].map((step) => step.kind)).toEqual([
    "node",
  ]);
});

describe("keys out of order between nodes are refused", () => {
  const [a, b, c] = keysOfDepth(0, 3) as [string, string, string];
  const parents = keysOfDepth(1, 40);
  const between = parents.find((key) => key > a && key < c)!;
  const record = toLink(recordCid(1));

  function node(key: string, l: Block | null, t: Block | null): Block {
    const bytes = encodeDrisl({
      e: [{ k: Buffer.from(key), p: 0, t: t && toLink(t.cid), v: record }],
      l: l && toLink(l.cid),
    });
    return { cid: cidOfCbor(bytes), bytes };
  }

  test("a key above its bound on the right", () => {
    const child = node(c, null, null);
    const top = node(between, child, null);
    expect(() => [...walkTree(createBlockMap([top, child]), top.cid)]).toThrow(
      BlockError,
    );
  });

  test("a key below its bound on the left", () => {
    const child = node(a, null, null);
    const top = node(between, null, child);
    expect(() => [...walkTree(createBlockMap([top, child]), top.cid)]).toThrow(
      BlockError,
    );
  });

  test("the same subtree on both sides", () => {
    const child = node(b, null, null);
    const top = node(between, child, child);
    expect(() => [...walkTree(createBlockMap([top, child]), top.cid)]).toThrow(
      BlockError,
    );
  });

  test("a bound of a layer further up, on either side", () => {
    const lows = keysOfDepth(0, 400);
    const high = keysOfDepth(2, 8)[4]!;
    const sides = [
      lows.find((key) => key > high)!,
      lows.find((key) => key < high)!,
    ].map((key) => {
      const child = node(key, null, null);
      const bytes = encodeDrisl({ e: [], l: toLink(child.cid) });
      return { child, link: { cid: cidOfCbor(bytes), bytes } };
    });
    const [above, below] = sides as [(typeof sides)[0], (typeof sides)[0]];
    const wrong = [node(high, above.link, null), node(high, null, below.link)];
    const right = node(high, below.link, above.link);
    const all = sides.flatMap(({ child, link }) => [child, link]);
    for (const top of wrong) {
      const source = createBlockMap([top, ...all]);
      expect(() => [...walkTree(source, top.cid)]).toThrow(BlockError);
    }
    expect([
      ...walkTree(createBlockMap([right, ...all]), right.cid),
    ]).toHaveLength(8);
  });
});
