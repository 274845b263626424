import type { Block, BlockSource } from "#repo/block.ts";
import { cidKey, cidOfCbor, type CidBytes } from "#repo/cid.ts";
import { encodeDrisl } from "#repo/drisl.ts";
import { buildTree, type MstEntry } from "#repo/mst/build.ts";
import { depthOfKey } from "#repo/mst/key.ts";
import type { MstChange } from "#repo/mst/write.ts";

/** A made-up record; equal numbers give equal blocks. */
export function recordBlock(number: number): Block {
  const bytes = encodeDrisl({ $type: "com.example.record", number });
  return { cid: cidOfCbor(bytes), bytes };
}

export function recordCid(number: number): CidBytes {
  return recordBlock(number).cid;
}

/** The first keys `com.example.record/<number>` that live on a layer, ascending. */
export function keysOfDepth(depth: number, count: number): string[] {
  const keys: string[] = [];
  for (let number = 0; keys.length < count; number++) {
    const key = `com.example.record/${number}`;
    if (depthOfKey(key) === depth) keys.push(key);
  }
  return keys.sort();
}

export function sortEntries(
  records: ReadonlyMap<string, CidBytes>,
): MstEntry[] {
  return [...records]
    .map(([path, cid]) => ({ path, cid }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

export interface TreeStore extends BlockSource {
  root: CidBytes;
  /** Nodes of the tree, by `cidKey`. */
  readonly nodes: ReadonlyMap<string, Uint8Array>;
  /** Calls of `getBlock` so far. */
  reads: number;
  /** Does with a change what a repository does: adds, removes, moves the root. */
  apply(change: Pick<MstChange, "root" | "added" | "removed">): void;
}

/** Holds the nodes of one tree, and exactly those. */
export function createTreeStore(
  records: ReadonlyMap<string, CidBytes> = new Map(),
): TreeStore {
  const built = buildTree(sortEntries(records));
  const nodes = new Map(
    built.nodes.map(({ cid, bytes }: Block) => [cidKey(cid), bytes]),
  );
  return {
    root: built.root,
    nodes,
    reads: 0,
    getBlock(cid) {
      this.reads++;
      return nodes.get(cidKey(cid)) ?? null;
    },
    apply({ root, added, removed }) {
      for (const { cid, bytes } of added) nodes.set(cidKey(cid), bytes);
      for (const cid of removed) nodes.delete(cidKey(cid));
      this.root = root;
    },
  };
}
