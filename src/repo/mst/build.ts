import type { Block } from "#repo/block.ts";
import type { CidBytes } from "#repo/cid.ts";
import { PathError } from "#repo/errors.ts";
import { checkKey, depthOfKey } from "./key.ts";
import { emptyTree, encodeNode } from "./encode.ts";
import { MAX_NODE_ENTRIES } from "./node.ts";
import { cidOfLink, linkOf, cidOfNode, type Link } from "./link.ts";

export interface MstEntry {
  path: string;
  cid: CidBytes;
}

interface OpenNode {
  keys: string[];
  values: Link[];
  links: (Link | null)[];
}

/**
 * Builds a whole tree from all its entries in one pass. Nodes come out children
 * first, the root last; memory beyond them is one open node a layer.
 * @param entries ascending by path.
 * @throws PathError when a path is malformed, or not above the one before.
 */
export function buildTree(entries: Iterable<MstEntry>): {
  root: CidBytes;
  nodes: Block[];
} {
  const nodes: Block[] = [];
  // The node being filled on each layer, the lowest first.
  const layers: OpenNode[] = [];
  let last = "";

  /** Closes all nodes below a layer; returns the link to the highest of them. */
  function closeBelow(layer: number): Link | null {
    let link: Link | null = null;
    for (let at = 0; at < layer; at++) {
      const open = (layers[at] ??= { keys: [], values: [], links: [] });
      // Nothing here and nothing below: no node. Something below only: a node
      // without keys, so that each link spans one layer.
      if (open.keys.length === 0 && link === null) continue;
      link = writeNode(nodes, open, link, at);
      layers[at] = { keys: [], values: [], links: [] };
    }
    return link;
  }

  for (const { path, cid } of entries) {
    checkKey(path);
    if (path <= last) throw new PathError("paths not ascending", path);
    last = path;
    const depth = depthOfKey(path);
    const below = closeBelow(depth);
    const open = (layers[depth] ??= { keys: [], values: [], links: [] });
    open.keys.push(path);
    open.values.push(linkOf(cid));
    // Left of this key, so right of the one before it in the node.
    open.links.push(below);
  }
  const root = closeBelow(layers.length);
  if (root !== null) return { root: cidOfLink(root), nodes };
  const empty = emptyTree();
  return { root: empty.cid, nodes: [empty] };
}

function writeNode(
  nodes: Block[],
  open: OpenNode,
  lastLink: Link | null,
  layer: number,
): Link {
  const { keys, values, links } = open;
  if (keys.length > MAX_NODE_ENTRIES) {
    throw new PathError("too many keys of one depth in a row", keys[0]!);
  }
  const bytes = encodeNode({
    keys,
    values,
    links: [...links, lastLink],
    layer,
  });
  const cid = cidOfNode(bytes);
  nodes.push({ cid, bytes });
  return linkOf(cid);
}
