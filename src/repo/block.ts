import { cidKey, formatCid, type CidBytes } from "./cid.ts";
import { BlockError } from "./errors.ts";

/** A piece of a repository under the hash of its bytes. */
export interface Block {
  cid: CidBytes;
  bytes: Uint8Array;
}

/**
 * Where blocks are read from. Synchronous; null means that the block is not
 * there. The bytes must not be changed by anyone afterwards.
 */
export interface BlockSource {
  getBlock(cid: CidBytes): Uint8Array | null;
}

/** A source over blocks in memory; of equal CIDs the last one counts. */
export function createBlockMap(blocks: Iterable<Block>): BlockSource & {
  readonly size: number;
} {
  const bytesByKey = new Map<string, Uint8Array>();
  for (const block of blocks) bytesByKey.set(cidKey(block.cid), block.bytes);
  return {
    size: bytesByKey.size,
    getBlock: (cid) => bytesByKey.get(cidKey(cid)) ?? null,
  };
}

const digest = new Uint8Array(32); // SHA-256

/**
 * Confirms that bytes are what their CID says.
 * @throws BlockError when the hash differs.
 */
export function checkBlockHash(cid: CidBytes, bytes: Uint8Array): void {
  Bun.SHA256.hash(bytes, digest);
  for (let i = 0; i < 32; i++) {
    // The digest is the last 32 of the 36 bytes.
    if (digest[i] !== cid[i + 4]) {
      throw new BlockError("block does not match its hash", formatCid(cid));
    }
  }
}
