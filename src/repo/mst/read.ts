import { checkBlockHash, type Block, type BlockSource } from "#repo/block.ts";
import { formatCid, type CidBytes } from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import type { NodeCache } from "./cache.ts";
import { decodeNode } from "./decode.ts";
import { depthOfKey, isKey, lowerBound } from "./key.ts";
import { emptyTree } from "./encode.ts";
import { isEmptyNode, type Node } from "./node.ts";
import { cidOfLink, linkOf, type Link } from "./link.ts";

/** Reads nodes for the length of one call; each block is read at most once. */
export interface NodeReader {
  /** @throws BlockError when the block is missing, not a node, or not of its hash. */
  get(link: Link): Node;
  /** Makes a node known that the source does not hold yet. */
  put(link: Link, node: Node): void;
}

export function createNodeReader(
  source: BlockSource,
  cache: NodeCache | null,
): NodeReader {
  // The cache may drop a node at any time; this keeps it until the call ends.
  const seen = new Map<Link, Node>();
  return {
    get(link) {
      const known = seen.get(link);
      if (known !== undefined) return known;
      let node = cache?.find(link) ?? null;
      if (node === null) {
        node = loadNode(source, cidOfLink(link)).node;
        cache?.add(link, node);
      }
      seen.set(link, node);
      return node;
    },
    put(link, node) {
      seen.set(link, node);
      cache?.add(link, node);
    },
  };
}

const empty = emptyTree();
const emptyLink = linkOf(empty.cid);

/**
 * Reads one node without any cache.
 * @throws BlockError when the block is missing, not a node, or not of its hash.
 */
export function loadNode(
  source: BlockSource,
  cid: CidBytes,
): { node: Node; bytes: Uint8Array } {
  const bytes = loadNodeBytes(source, cid);
  try {
    return { node: decodeNode(bytes), bytes };
  } catch (error) {
    if (!(error instanceof BlockError)) throw error;
    throw new BlockError(error.message, formatCid(cid), error);
  }
}

/**
 * As `loadNode`, without taking the node apart.
 * @throws BlockError when the block is missing or not of its hash.
 */
export function loadNodeBytes(source: BlockSource, cid: CidBytes): Uint8Array {
  // A new repository starts from the empty tree before anything is stored.
  const bytes =
    source.getBlock(cid) ?? (linkOf(cid) === emptyLink ? empty.bytes : null);
  if (bytes === null) throw new BlockError("missing block", formatCid(cid));
  checkBlockHash(cid, bytes);
  return bytes;
}

/**
 * The layer of a tree's top node, which is that of its keys. A tree without
 * records counts as layer 0.
 * @throws BlockError when a top node without keys was not trimmed.
 */
export function layerOfRoot(node: Node, root: Link): number {
  if (node.keys.length > 0) return node.layer;
  if (isEmptyNode(node)) return 0;
  throw misplaced("top of the tree is not trimmed", root);
}

/**
 * Reads the node one layer below its parent. Layers fall by one from parent to
 * child, which bounds every descent, whatever the blocks say.
 * @throws BlockError also when the node does not belong on that layer.
 */
export function getChild(reader: NodeReader, link: Link, layer: number): Node {
  const node = reader.get(link);
  checkLayer(node, link, layer);
  return node;
}

/** @throws BlockError when the node can't be a child on that layer. */
export function checkLayer(node: Node, link: Link, layer: number): void {
  if (node.keys.length > 0) {
    if (node.layer !== layer) throw misplaced("node on a wrong layer", link);
    return;
  }
  if (isEmptyNode(node)) throw misplaced("empty node below the top", link);
  // Layer 0 is the last: a node without keys there would link to nowhere.
  if (layer <= 0) throw misplaced("node on a wrong layer", link);
}

function misplaced(message: string, link: Link): BlockError {
  return new BlockError(message, formatCid(cidOfLink(link)));
}

/**
 * The record under a path, or null. Reads only the nodes from the root to it.
 * A string that can't be a path has no record.
 * @param cache null reads every node from the source.
 * @throws BlockError when a block on the way is missing or malformed.
 */
export function findPath(
  source: BlockSource,
  cache: NodeCache | null,
  root: CidBytes,
  path: string,
): CidBytes | null {
  if (!isKey(path)) return null;
  const found = findKey(createNodeReader(source, cache), linkOf(root), path);
  return found === null ? null : cidOfLink(found);
}

/** As `findPath`, with a reader that stays open. */
export function findKey(
  reader: NodeReader,
  root: Link,
  key: string,
): Link | null {
  const depth = depthOfKey(key);
  let node = reader.get(root);
  let layer = layerOfRoot(node, root);
  while (depth < layer) {
    const link = node.links[lowerBound(node.keys, key)]!;
    if (link === null) return null;
    layer--;
    node = getChild(reader, link, layer);
  }
  const index = lowerBound(node.keys, key);
  return node.keys[index] === key ? node.values[index]! : null;
}

/**
 * The nodes that have to be read to set or delete a key: those that its place
 * leads through, top first, down to the last layer; and where the key is
 * there, those on both sides of it.
 * @throws BlockError when a block on the way is missing or malformed.
 */
export function readAround(
  source: BlockSource,
  root: CidBytes,
  key: string,
): Block[] {
  const found: Block[] = [];
  function visit(link: Link | null, layer: number | null): void {
    if (link === null) return;
    const cid = cidOfLink(link);
    const { node, bytes } = loadNode(source, cid);
    found.push({ cid, bytes });
    if (layer !== null) checkLayer(node, link, layer);
    const below = (layer ?? layerOfRoot(node, link)) - 1;
    const at = lowerBound(node.keys, key);
    visit(node.links[at]!, below);
    if (node.keys[at] === key) visit(node.links[at + 1]!, below);
  }
  visit(linkOf(root), null);
  return found;
}
