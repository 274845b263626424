import * as lexCbor from "@atproto/lex-cbor";
import { type Block, createBlockMap } from "#repo/block.ts";
import { decodeCar, encodeCar } from "#repo/car.ts";
import { type CidBytes, cidOfCbor, equalCids } from "#repo/cid.ts";
import { BlockError, PathError } from "#repo/errors.ts";
import { buildTree, type MstEntry } from "#repo/mst/build.ts";
import { decodeNode } from "#repo/mst/decode.ts";
import { encodeNode } from "#repo/mst/encode.ts";
import { invertOps } from "#repo/mst/invert.ts";
import { cidOfLink } from "#repo/mst/link.ts";
import { walkTree } from "#repo/mst/walk.ts";
import type { Random } from "../../support/random.ts";
import { damageBytes, randomBytes } from "../bytes.ts";
import type { Target } from "../engine.ts";
import { accepted, bytesOf, same } from "../expect.ts";

/** Trees from strangers: single nodes, and whole ones whose hashes are right although their content is not. */

function makeEntries(random: Random): MstEntry[] {
  const paths = new Set<string>();
  for (let left = random.int(1, 40); left > 0; left--) {
    const collection = random.pick(["app.bsky.feed.post", "a.b.c", "z.y.x"]);
    paths.add(`${collection}/${random.int(0, 5000).toString(36)}`);
  }
  return [...paths]
    .sort()
    .map((path) => ({ path, cid: cidOfCbor(randomBytes(random, 4)) }));
}

const node: Target = {
  name: "tree node",
  make(random) {
    const { nodes } = buildTree(makeEntries(random));
    const { bytes } = random.pick(nodes);
    if (random.next() < 0.1) return bytes;
    return damageBytes(random, bytes, random.pick(nodes).bytes);
  },
  check(input) {
    const bytes = bytesOf(input);
    const read = accepted(() => decodeNode(bytes), BlockError);
    if (read === undefined) return false;
    same("bytes", encodeNode(read), bytes);
    lexCbor.decode(bytes);
    return true;
  },
};

/** A CAR whose root is the tree's; one node is damaged, and all above it name it by its new hash. */
const tree: Target = {
  name: "tree with a damaged node",
  make(random) {
    const { root, nodes } = buildTree(makeEntries(random));
    if (random.next() < 0.1) return encodeCar(root, nodes);
    const at = random.int(0, nodes.length - 1);
    const blocks = [...nodes];
    let from = blocks[at]!.cid;
    const bytes = damageBytes(
      random,
      blocks[at]!.bytes,
      random.pick(nodes).bytes,
    );
    let to = cidOfCbor(bytes);
    let top = equalCids(root, from) ? to : root;
    blocks[at] = { cid: to, bytes };
    // Nodes come children first, so one pass upward renames all.
    for (let above = at + 1; above < blocks.length; above++) {
      const renamed = rename(blocks[above]!, from, to);
      if (renamed === null) continue;
      if (equalCids(root, blocks[above]!.cid)) top = renamed.cid;
      from = blocks[above]!.cid;
      to = renamed.cid;
      blocks[above] = renamed;
    }
    return encodeCar(top, blocks);
  },
  check(input) {
    const car = accepted(() => decodeCar(bytesOf(input)), BlockError);
    if (car === undefined || car.roots.length === 0) return false;
    const root = car.roots[0]!;
    const source = createBlockMap(car.blocks);
    const entries = accepted(() => readEntries(source, root), BlockError);
    if (entries === undefined) return false;
    // What can be read is the one tree of its records.
    const built = accepted(() => buildTree(entries), PathError);
    if (built === undefined) throw new Error("records out of order");
    same("root", built.root, root);
    return true;
  },
};

function rename(block: Block, from: CidBytes, to: CidBytes): Block | null {
  const bytes = Buffer.from(block.bytes);
  const at = bytes.indexOf(from);
  if (at < 0) return null;
  bytes.set(to, at);
  const copy = new Uint8Array(bytes);
  return { cid: cidOfCbor(copy), bytes: copy };
}

function readEntries(
  source: Parameters<typeof walkTree>[0],
  root: CidBytes,
): MstEntry[] {
  const entries: MstEntry[] = [];
  for (const step of walkTree(source, root)) {
    if (step.kind === "record")
      entries.push({ path: step.path, cid: step.cid });
  }
  return entries;
}

/** Undoing operations in a tree that a stranger sends: those of some records, and of one that is not there. */
const inversion: Target = {
  name: "inversion of a damaged tree",
  make: (random) => tree.make(random),
  check(input) {
    const car = accepted(() => decodeCar(bytesOf(input)), BlockError);
    if (car === undefined || car.roots.length === 0) return false;
    const source = createBlockMap(car.blocks);
    const root = car.roots[0]!;
    let isAccepted = false;
    for (const { path, cid } of recordsOf(car.blocks).slice(0, 5)) {
      const ops = [
        { action: "create" as const, path, cid, prev: null },
        { action: "update" as const, path, cid, prev: root },
        { action: "delete" as const, path: `${path}~`, cid: null, prev: root },
      ];
      for (const op of ops) {
        const before = accepted(
          () => invertOps(source, root, [op]),
          BlockError,
          PathError,
        );
        if (before !== undefined) isAccepted = true;
      }
    }
    return isAccepted;
  },
};

function recordsOf(blocks: readonly Block[]): MstEntry[] {
  return blocks.flatMap(({ bytes }) => {
    const read = accepted(() => decodeNode(bytes), BlockError);
    return (read?.keys ?? []).map((path, index) => ({
      path,
      cid: cidOfLink(read!.values[index]!),
    }));
  });
}

export const TREES: readonly Target[] = [node, tree, inversion];
