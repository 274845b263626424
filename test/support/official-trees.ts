import { BlockMap, MemoryBlockstore, MST } from "@atproto/repo";
import type { Block } from "#repo/block.ts";
import { cidKey, toLink, type CidBytes } from "#repo/cid.ts";
import type { MstOp } from "#repo/mst/write.ts";

/** Trees and blocks of the official package, made from ours. */

type OfficialCid = Parameters<BlockMap["get"]>[0];

export function officialCid(cid: CidBytes): OfficialCid {
  return toLink(cid) as never;
}

export function officialBlocks(blocks: Iterable<Block>): BlockMap {
  const map = new BlockMap();
  for (const { cid, bytes } of blocks) map.set(officialCid(cid), bytes);
  return map;
}

export function officialTree(blocks: Iterable<Block>, root: CidBytes): MST {
  const storage = new MemoryBlockstore(officialBlocks(blocks));
  return MST.load(storage, officialCid(root));
}

/** A tree that the official package makes record by record. */
export async function makeOfficialTree(
  records: Iterable<readonly [string, CidBytes]>,
): Promise<MST> {
  let tree = await MST.create(new MemoryBlockstore());
  for (const [path, cid] of records) {
    tree = await tree.add(path, officialCid(cid));
  }
  return tree;
}

/** Undoes ops by the official package, over nothing but the given blocks. */
export async function invertOfficially(
  blocks: Iterable<Block>,
  root: CidBytes,
  ops: readonly MstOp[],
): Promise<CidBytes> {
  let tree = officialTree(blocks, root);
  for (const { path, cid, prev } of ops) {
    if (prev === null) tree = await tree.delete(path);
    else if (cid === null) tree = await tree.add(path, officialCid(prev));
    else tree = await tree.update(path, officialCid(prev));
  }
  return new Uint8Array((await tree.getPointer()).bytes);
}

/** Text of each block, sorted, for comparing sets of blocks. */
export function setOfBlocks(blocks: Iterable<Block>): string[] {
  return [...blocks]
    .map(
      ({ cid, bytes }) =>
        `${cidKey(cid)} ${Buffer.from(bytes).toString("hex")}`,
    )
    .sort();
}

export function setOfOfficial(blocks: BlockMap): string[] {
  return setOfBlocks(
    blocks.entries().map(({ cid, bytes }) => ({
      cid: new Uint8Array(cid.bytes),
      bytes,
    })),
  );
}
