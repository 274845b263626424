import type { Block, BlockSource } from "#repo/block.ts";
import { equalCids, type CidBytes } from "#repo/cid.ts";
import { PathError } from "#repo/errors.ts";
import type { NodeCache } from "./cache.ts";
import {
  deleteKey,
  finishDraft,
  openDraft,
  setKey,
  type FinishedTree,
} from "./draft.ts";
import { checkKey } from "./key.ts";
import { createProof } from "./proof.ts";
import { createNodeReader, findKey, type NodeReader } from "./read.ts";
import { cidOfLink, linkOf, type Link } from "./link.ts";

export type MstAction = "create" | "update" | "delete";

/** One change that a caller asks for. */
export interface MstWrite {
  action: MstAction;
  /** `<collection>/<rkey>`. */
  path: string;
  /** The record's new CID; null for a delete. */
  cid: CidBytes | null;
}

/** What became of one path. */
export interface MstOp {
  action: MstAction;
  path: string;
  /** The record now; null when it is gone. */
  cid: CidBytes | null;
  /** The record before; null when there was none. */
  prev: CidBytes | null;
}

export interface MstChange {
  root: CidBytes;
  /**
   * One net op for each path that changed, in the order in which paths were
   * first named. A path that ends as it began has none.
   */
  ops: MstOp[];
  /** Nodes of the new tree that the old one did not have, parents first. */
  added: Block[];
  /** Nodes of the old tree that the new one does not have. */
  removed: CidBytes[];
  /**
   * Nodes of both trees without which the ops can't be inverted. Together with
   * `added` they are the new tree's covering proof of every path in `ops`;
   * without ops, its root.
   */
  proof: Block[];
}

/**
 * Applies writes, in order, to a tree. Reads and rewrites only the nodes that
 * the paths lead through, each once however many writes there are. Pure: the
 * new nodes are returned, not stored.
 *
 * @param root the tree before; null when the repository is being made, and
 *   then even the node of an empty tree counts as added.
 * @throws PathError when a path is malformed, a create meets a record, an
 *   update or delete meets none, or a create or update has no CID. Nothing has
 *   then changed.
 * @throws BlockError when a node is missing or malformed.
 * @see https://atproto.com/specs/repository
 * @see https://atproto.com/specs/sync (the proof: Sync 1.1, operation inversion)
 */
export function applyWrites(
  source: BlockSource,
  cache: NodeCache | null,
  root: CidBytes | null,
  writes: readonly MstWrite[],
): MstChange {
  const reader = createNodeReader(source, cache);
  const oldRoot = root === null ? null : linkOf(root);
  const ops = netOps(reader, oldRoot, writes);
  const tree = openDraft(reader, oldRoot);
  for (const op of ops) {
    if (op.cid === null) deleteKey(tree, op.path);
    else setKey(tree, op.path, linkOf(op.cid));
  }
  const finished = finishDraft(tree);
  // The old nodes would only wait in the cache for their eviction.
  for (const cid of finished.removed) cache?.remove(linkOf(cid));
  return { ...finished, ops, proof: unchangedProof(reader, finished, ops) };
}

/** Follows each path through the writes and keeps what differs in the end. */
function netOps(
  reader: NodeReader,
  root: Link | null,
  writes: readonly MstWrite[],
): MstOp[] {
  const changes = new Map<
    string,
    { prev: CidBytes | null; cid: CidBytes | null }
  >();
  for (const { action, path, cid } of writes) {
    let change = changes.get(path);
    if (change === undefined) {
      checkKey(path);
      const link = root === null ? null : findKey(reader, root, path);
      const prev = link === null ? null : cidOfLink(link);
      change = { prev, cid: prev };
      changes.set(path, change);
    }
    checkAction({ action, path, cid }, change.cid !== null);
    change.cid = action === "delete" ? null : cid;
  }
  const ops: MstOp[] = [];
  for (const [path, { prev, cid }] of changes) {
    if (equalCids(prev, cid)) continue;
    const action =
      prev === null ? "create" : cid === null ? "delete" : "update";
    ops.push({ action, path, cid, prev });
  }
  return ops;
}

function checkAction({ action, path, cid }: MstWrite, exists: boolean): void {
  if (action === "create" && exists) {
    throw new PathError("record already exists", path);
  }
  if (action !== "create" && !exists) {
    throw new PathError("no such record", path);
  }
  if (action !== "delete" && cid === null) {
    throw new PathError("write without a record", path);
  }
}

function unchangedProof(
  reader: NodeReader,
  { root, added }: FinishedTree,
  ops: readonly MstOp[],
): Block[] {
  const proof = createProof(reader, linkOf(root));
  for (const op of ops) proof.cover(op.path);
  const isAdded = new Set(added.map((block) => linkOf(block.cid)));
  return proof.blocks(isAdded);
}
