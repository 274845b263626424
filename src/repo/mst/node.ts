import type { Link } from "./link.ts";

/**
 * One node of the tree. A block is the map `{e: [{k, p, t, v}], l}`: `l` the
 * subtree left of all entries; of an entry, `p` how many bytes its key shares
 * with the key before it in the node, `k` the rest of the key, `v` the record,
 * `t` the subtree right of it.
 * @see https://atproto.com/specs/repository#mst-structure
 */
export interface Node {
  /** Ascending, all of one depth. Empty in a node that only links downward. */
  readonly keys: readonly string[];
  /** The record under each key. */
  readonly values: readonly Link[];
  /** Subtrees, one more than keys: left of the first, then right of each. */
  readonly links: readonly (Link | null)[];
  /** Depth of the keys; -1 where there are none, and the parent decides. */
  readonly layer: number;
}

/**
 * Most entries of one node. Hashed keys give four on average, and more than
 * this with a probability of 0.75^512; only keys searched for on purpose do,
 * and then every write would carry the whole node. The specification asks for
 * such a limit without a number.
 */
export const MAX_NODE_ENTRIES = 512;

/** True for the one node that a tree without records has. */
export function isEmptyNode(node: Node): boolean {
  return node.keys.length === 0 && node.links[0] === null;
}
