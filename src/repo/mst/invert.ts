import type { BlockSource } from "#repo/block.ts";
import type { CidBytes } from "#repo/cid.ts";
import { PathError } from "#repo/errors.ts";
import { deleteKey, finishDraft, openDraft, setKey } from "./draft.ts";
import { checkKey } from "./key.ts";
import { createNodeReader, findKey } from "./read.ts";
import type { MstOp } from "./write.ts";
import { linkOf } from "./link.ts";

/**
 * Undoes the ops of a commit and returns the root of the tree before it. A
 * partial tree is enough: the blocks of a `#commit` event hold what is needed,
 * and no order of undoing needs more.
 * @throws PathError when an op does not fit the tree, or a path has two ops.
 * @throws BlockError when a node is missing or malformed.
 * @see https://atproto.com/specs/sync (Sync 1.1, operation inversion)
 */
export function invertOps(
  source: BlockSource,
  root: CidBytes,
  ops: readonly MstOp[],
): CidBytes {
  const reader = createNodeReader(source, null);
  const paths = new Set<string>();
  for (const op of ops) {
    checkKey(op.path);
    checkShape(op);
    if (paths.has(op.path)) throw new PathError("path with two ops", op.path);
    paths.add(op.path);
    const found = findKey(reader, linkOf(root), op.path);
    if (found !== (op.cid && linkOf(op.cid))) {
      throw new PathError("op does not fit the tree", op.path);
    }
  }
  const tree = openDraft(reader, linkOf(root));
  for (const op of ops) {
    if (op.prev === null) deleteKey(tree, op.path);
    else setKey(tree, op.path, linkOf(op.prev));
  }
  return finishDraft(tree).root;
}

/** @throws PathError when an op's CIDs are not those of its action. */
function checkShape({ action, path, cid, prev }: MstOp): void {
  const fits =
    (cid === null) === (action === "delete") &&
    (prev === null) === (action === "create");
  if (!fits) throw new PathError("op with the wrong CIDs", path);
}
