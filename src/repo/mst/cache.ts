import type { Link } from "./link.ts";
import type { Node } from "./node.ts";

/**
 * Decoded nodes by CID, shared by all repositories. A CID names its content,
 * so an entry is never wrong, only unused. Bounded by an estimate of the memory
 * held; the least recently used nodes go first.
 */
export interface NodeCache {
  find(link: Link): Node | null;
  add(link: Link, node: Node): void;
  remove(link: Link): void;
  /** Estimated memory held now. */
  sizeBytes(): number;
  /** Nodes held now. */
  count(): number;
}

// From the growth of resident memory with 27,000 nodes of 100,000 keys: a node
// with its three arrays and map entry; a string of a key or CID with its slots.
const NODE_OVERHEAD_BYTES = 500;
const STRING_OVERHEAD_BYTES = 56;
const LINK_BYTES = STRING_OVERHEAD_BYTES + 36;

/** @param options.maxBytes bound of the estimate; 0 caches nothing. */
export function createNodeCache(options: { maxBytes: number }): NodeCache {
  const nodes = new Map<Link, Node>();
  let heldBytes = 0;

  function remove(link: Link): void {
    const node = nodes.get(link);
    if (node === undefined) return;
    nodes.delete(link);
    heldBytes -= estimateBytes(node);
  }

  return {
    find(link) {
      const node = nodes.get(link);
      if (node === undefined) return null;
      // A map keeps the order of insertion: the first entry is the oldest.
      nodes.delete(link);
      nodes.set(link, node);
      return node;
    },
    add(link, node) {
      remove(link);
      nodes.set(link, node);
      heldBytes += estimateBytes(node);
      for (const oldest of nodes.keys()) {
        if (heldBytes <= options.maxBytes) break;
        remove(oldest);
      }
    },
    remove,
    sizeBytes: () => heldBytes,
    count: () => nodes.size,
  };
}

function estimateBytes(node: Node): number {
  let bytes = NODE_OVERHEAD_BYTES + LINK_BYTES;
  for (const key of node.keys) {
    // The key, its record and the subtree beside it.
    bytes += STRING_OVERHEAD_BYTES + key.length + 2 * LINK_BYTES;
  }
  return bytes;
}
