import type { Block, BlockSource } from "#repo/block.ts";
import type { CidBytes } from "#repo/cid.ts";
import { checkKey, lowerBound } from "./key.ts";
import { encodeNode } from "./encode.ts";
import type { Node } from "./node.ts";
import {
  createNodeReader,
  getChild,
  layerOfRoot,
  type NodeReader,
} from "./read.ts";
import { cidOfLink, linkOf, type Link } from "./link.ts";

/**
 * Collects the nodes of a tree that prove something about some of its paths.
 * The root is always one of them: readers open the tree even of a commit
 * without ops.
 */
export interface Proof {
  /** The nodes from the root to where the path is or would be. */
  follow(path: string): void;
  /**
   * Those of `follow`, and where the path is, the nodes beside it: down the
   * right edge of the subtree to its left and the left edge of the one to its
   * right. These are the nodes that taking the path out again joins.
   */
  cover(path: string): void;
  /** Each node once, parents before children, without those given. */
  blocks(except?: ReadonlySet<Link>): Block[];
}

export function createProof(reader: NodeReader, root: Link): Proof {
  const top = reader.get(root);
  const nodes = new Map<Link, Node>([[root, top]]);

  /** The node that holds the path, if one does. */
  function follow(path: string): { node: Node; layer: number } | null {
    let node = top;
    let layer = layerOfRoot(top, root);
    for (;;) {
      const index = lowerBound(node.keys, path);
      if (node.keys[index] === path) return { node, layer };
      const link = node.links[index]!;
      if (link === null) return null;
      layer--;
      node = getChild(reader, link, layer);
      nodes.set(link, node);
    }
  }

  function descend(
    from: Link | null,
    layer: number,
    edge: (node: Node) => Link | null,
  ): void {
    for (let link = from; link !== null;) {
      layer--;
      const node = getChild(reader, link, layer);
      nodes.set(link, node);
      link = edge(node);
    }
  }

  return {
    follow,
    cover(path) {
      const found = follow(path);
      if (found === null) return;
      const { node, layer } = found;
      const index = lowerBound(node.keys, path);
      descend(node.links[index]!, layer, (left) => left.links.at(-1)!);
      descend(node.links[index + 1]!, layer, (right) => right.links[0]!);
    },
    blocks(except) {
      const blocks: Block[] = [];
      for (const [link, node] of nodes) {
        if (except?.has(link)) continue;
        blocks.push({ cid: cidOfLink(link), bytes: encodeNode(node) });
      }
      return blocks;
    },
  };
}

/**
 * The nodes that show whether a path is in a tree, and with which record.
 * Root first.
 * @throws PathError when the path is malformed.
 * @throws BlockError when a node is missing or malformed.
 * @see https://atproto.com/specs/sync (proofs: com.atproto.sync.getRecord)
 */
export function proofOfPath(
  source: BlockSource,
  root: CidBytes,
  path: string,
): Block[] {
  checkKey(path);
  const proof = createProof(createNodeReader(source, null), linkOf(root));
  proof.follow(path);
  return proof.blocks();
}
