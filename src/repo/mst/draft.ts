import type { Block } from "#repo/block.ts";
import type { CidBytes } from "#repo/cid.ts";
import { PathError } from "#repo/errors.ts";
import { depthOfKey, lowerBound } from "./key.ts";
import { encodeNode } from "./encode.ts";
import { MAX_NODE_ENTRIES, type Node } from "./node.ts";
import { getChild, layerOfRoot, type NodeReader } from "./read.ts";
import { cidOfLink, linkOf, cidOfNode, type Link } from "./link.ts";

/**
 * A tree being changed. Nodes become objects when a change reaches them; all
 * other subtrees stay links. Any number of changes cost each node one encoding
 * and one hash, when the draft is finished.
 */
export interface DraftTree {
  readonly reader: NodeReader;
  /** Every node of the old tree that became an object. */
  readonly opened: Set<Link>;
  root: DraftNode;
}

interface DraftNode {
  layer: number;
  keys: string[];
  values: Link[];
  /** One more than keys: left of the first, then right of each. */
  children: Child[];
  /** The node that this one was read from, while it has not changed. */
  origin: Link | null;
}

/** A subtree: opened, still closed, or none. */
type Child = DraftNode | Link | null;

/** @param root null starts a tree that has no node at all yet. */
export function openDraft(reader: NodeReader, root: Link | null): DraftTree {
  const tree: DraftTree = {
    reader,
    opened: new Set(),
    root: createNode(0, [], [], [null]),
  };
  if (root !== null) {
    const node = reader.get(root);
    tree.root = thaw(tree, node, layerOfRoot(node, root), root);
  }
  return tree;
}

function createNode(
  layer: number,
  keys: string[],
  values: Link[],
  children: Child[],
): DraftNode {
  return { layer, keys, values, children, origin: null };
}

function thaw(
  tree: DraftTree,
  node: Node,
  layer: number,
  origin: Link,
): DraftNode {
  tree.opened.add(origin);
  return {
    layer,
    keys: node.keys.slice(),
    values: node.values.slice(),
    children: node.links.slice(),
    origin,
  };
}

function open(
  tree: DraftTree,
  child: DraftNode | Link,
  layer: number,
): DraftNode {
  if (typeof child !== "string") return child;
  return thaw(tree, getChild(tree.reader, child, layer), layer, child);
}

/** The subtree at an index, opened in place; one without nodes if there is none. */
function openAt(tree: DraftTree, parent: DraftNode, index: number): DraftNode {
  const layer = parent.layer - 1;
  const child = parent.children[index]!;
  const opened =
    child === null
      ? createNode(layer, [], [], [null])
      : open(tree, child, layer);
  parent.children[index] = opened;
  return opened;
}

function isEmpty(node: DraftNode): boolean {
  return node.keys.length === 0 && node.children[0] === null;
}

/** Puts a record under a key. Returns what was there, or null. */
export function setKey(tree: DraftTree, key: string, value: Link): Link | null {
  const depth = depthOfKey(key);
  if (isEmpty(tree.root)) tree.root.layer = depth;
  if (depth > tree.root.layer) growTop(tree, key, depth);
  let node = tree.root;
  while (node.layer > depth) {
    node.origin = null;
    node = openAt(tree, node, lowerBound(node.keys, key));
  }
  node.origin = null;
  const index = lowerBound(node.keys, key);
  if (node.keys[index] === key) {
    const previous = node.values[index]!;
    node.values[index] = value;
    return previous;
  }
  const child = node.children[index]!;
  const [left, right] = split(tree, child, node.layer - 1, key);
  node.keys.splice(index, 0, key);
  node.values.splice(index, 0, value);
  node.children.splice(index, 1, left, right);
  return null;
}

/** Adds layers above the root until it is on the layer of the key. */
function growTop(tree: DraftTree, key: string, depth: number): void {
  while (tree.root.layer < depth) {
    tree.root = createNode(tree.root.layer + 1, [], [], [tree.root]);
  }
}

/**
 * Cuts a subtree in two at a key that it does not hold. The cut goes down
 * through one node of each layer; halves that would be empty become null, and
 * a node that lies whole on one side stays as it is.
 */
function split(
  tree: DraftTree,
  child: Child,
  layer: number,
  key: string,
): [Child, Child] {
  if (child === null) return [null, null];
  const node = open(tree, child, layer);
  const { keys, values, children } = node;
  const index = lowerBound(keys, key);
  const [left, right] = split(tree, children[index]!, layer - 1, key);
  if (index === 0 && left === null) {
    children[0] = right;
    return [null, node];
  }
  if (index === keys.length && right === null) {
    children[index] = left;
    return [node, null];
  }
  return [
    createNode(layer, keys.slice(0, index), values.slice(0, index), [
      ...children.slice(0, index),
      left,
    ]),
    createNode(layer, keys.slice(index), values.slice(index), [
      right,
      ...children.slice(index + 1),
    ]),
  ];
}

/**
 * Takes a key away and returns its record.
 * @throws PathError when the key is not there; the draft is then of no use.
 */
export function deleteKey(tree: DraftTree, key: string): Link {
  const depth = depthOfKey(key);
  const parents: { node: DraftNode; index: number }[] = [];
  let node = tree.root;
  while (node.layer > depth) {
    const index = lowerBound(node.keys, key);
    node.origin = null;
    parents.push({ node, index });
    node = openAt(tree, node, index);
  }
  const index = lowerBound(node.keys, key);
  if (node.keys[index] !== key) throw new PathError("no such record", key);
  const [value] = node.values.splice(index, 1);
  const [left, right] = node.children.slice(index, index + 2);
  const merged = merge(tree, left!, right!, node.layer - 1);
  node.keys.splice(index, 1);
  node.children.splice(index, 2, merged);
  node.origin = null;
  // A node that became empty goes, and so may then its parents. A node without
  // keys that still links downward stays.
  for (const parent of parents.reverse()) {
    if (!isEmpty(parent.node.children[parent.index] as DraftNode)) break;
    parent.node.children[parent.index] = null;
  }
  return value!;
}

/** Joins two neighbouring subtrees, the inverse of `split`. */
function merge(
  tree: DraftTree,
  left: Child,
  right: Child,
  layer: number,
): Child {
  if (left === null) return right;
  if (right === null) return left;
  const a = open(tree, left, layer);
  const b = open(tree, right, layer);
  const last = a.keys.length;
  const middle = merge(tree, a.children[last]!, b.children[0]!, layer - 1);
  return createNode(
    layer,
    [...a.keys, ...b.keys],
    [...a.values, ...b.values],
    [...a.children.slice(0, last), middle, ...b.children.slice(1)],
  );
}

export interface FinishedTree {
  root: CidBytes;
  /** Nodes that the old tree did not have, parents before children. */
  added: Block[];
  /** Nodes of the old tree that the new one does not have. */
  removed: CidBytes[];
}

/**
 * Encodes and hashes what changed. New nodes become known to the reader.
 * @throws PathError when a node would hold more keys than MAX_NODE_ENTRIES.
 */
export function finishDraft(tree: DraftTree): FinishedTree {
  trimTop(tree);
  const added: (Block | null)[] = [];
  const kept = new Set<Link>();

  // Recursion goes as deep as the tree has layers, 129 at most.
  function finish(draft: DraftNode): Link {
    // Taken before the children's, so that parents come first.
    const slot = added.push(null) - 1;
    const links = draft.children.map((child) =>
      child === null || typeof child === "string" ? child : finish(child),
    );
    const link = draft.origin ?? freeze(draft, links, slot);
    kept.add(link);
    return link;
  }

  function freeze(
    { keys, values, layer }: DraftNode,
    links: (Link | null)[],
    slot: number,
  ): Link {
    if (keys.length > MAX_NODE_ENTRIES) {
      throw new PathError("too many keys of one depth in a row", keys[0]!);
    }
    const node = { keys, values, links, layer: keys.length > 0 ? layer : -1 };
    const bytes = encodeNode(node);
    const cid = cidOfNode(bytes);
    const link = linkOf(cid);
    // Changes may cancel out and lead back to a node that was there before.
    if (!tree.opened.has(link)) {
      added[slot] = { cid, bytes };
      tree.reader.put(link, node);
    }
    return link;
  }

  const root = finish(tree.root);
  const removed = [...tree.opened].filter((link) => !kept.has(link));
  return {
    root: cidOfLink(root),
    added: added.filter((block) => block !== null),
    removed: removed.map(cidOfLink),
  };
}

/** Drops nodes without keys from the top, as long as there is one below. */
function trimTop(tree: DraftTree): void {
  while (tree.root.keys.length === 0 && tree.root.children[0] !== null) {
    tree.root = openAt(tree, tree.root, 0);
  }
}
