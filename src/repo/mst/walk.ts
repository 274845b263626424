import type { BlockSource } from "#repo/block.ts";
import { formatCid, type CidBytes } from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import type { Node } from "./node.ts";
import { checkLayer, layerOfRoot, loadNode } from "./read.ts";
import { cidOfLink, linkOf, type Link } from "./link.ts";

/** One step of a walk: a node before what hangs below it, or a record. */
export type WalkStep =
  | { kind: "node"; cid: CidBytes; bytes: Uint8Array }
  | { kind: "record"; path: string; cid: CidBytes };

/** A node whose subtrees are being walked. */
interface Frame {
  node: Node;
  layer: number;
  /** Next subtree; record `next` comes after it. */
  next: number;
  /** All keys of the node lie between these; null is no bound. */
  above: string | null;
  below: string | null;
}

/**
 * Walks a tree in the order of a streamable CAR: each node, then depth first
 * its subtrees and records from left to right, so that records come in
 * ascending order. Reads each node once and holds one node a layer.
 *
 * The tree need not be trusted: hashes, spelling, layers and the order of keys
 * between nodes are checked on the way, and what does not fit ends the walk.
 * @param options.from skips records below this path, and subtrees that hold no
 *   others; the nodes above it are given again.
 * @param options.shouldEnter false leaves out a node and all below it.
 * @throws BlockError when a node is missing, malformed or out of place.
 * @see https://atproto.com/specs/repository#car-file-serialization
 */
export function* walkTree(
  source: BlockSource,
  root: CidBytes,
  options: { from?: string; shouldEnter?(cid: CidBytes): boolean } = {},
): Generator<WalkStep> {
  const from = options.from ?? "";
  const shouldEnter = options.shouldEnter ?? (() => true);
  if (!shouldEnter(root)) return;
  const { node: top, bytes } = loadNode(source, root);
  const layer = layerOfRoot(top, linkOf(root));
  const stack: Frame[] = [
    { node: top, layer, next: 0, above: null, below: null },
  ];
  yield { kind: "node", cid: root, bytes };
  while (stack.length > 0) {
    const frame = stack.at(-1)!;
    const { node } = frame;
    const index = frame.next++;
    if (index > node.keys.length) {
      stack.pop();
      continue;
    }
    // The record left of this subtree.
    if (index > 0 && node.keys[index - 1]! >= from) {
      const path = node.keys[index - 1]!;
      const cid = cidOfLink(node.values[index - 1]!);
      yield { kind: "record", path, cid };
    }
    const link = node.links[index]!;
    const end = node.keys[index] ?? frame.below;
    if (link === null || (end !== null && end <= from)) continue;
    const cid = cidOfLink(link);
    if (!shouldEnter(cid)) continue;
    const child = loadNode(source, cid);
    stack.push(placeChild(child.node, link, frame, index));
    yield { kind: "node", cid, bytes: child.bytes };
  }
}

function placeChild(
  node: Node,
  link: Link,
  parent: Frame,
  index: number,
): Frame {
  const layer = parent.layer - 1;
  checkLayer(node, link, layer);
  const above = parent.node.keys[index - 1] ?? parent.above;
  const below = parent.node.keys[index] ?? parent.below;
  const first = node.keys[0];
  const last = node.keys.at(-1);
  if (
    (first !== undefined && above !== null && first <= above) ||
    (last !== undefined && below !== null && last >= below)
  ) {
    const cid = formatCid(cidOfLink(link));
    throw new BlockError("node holds keys out of order", cid);
  }
  return { node, layer, next: 0, above, below };
}
