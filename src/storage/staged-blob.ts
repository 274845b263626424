import { closeSync, openSync, writeSync } from "node:fs";
import { XrpcError } from "#lib/errors.ts";
import { cidOfDigest } from "#repo/cid.ts";
import type { StagedBlob } from "./blob-store.ts";
import { syncData } from "./durable-file.ts";

const HEAD_SIZE_BYTES = 512;
/** What is no larger is held in memory until it is known where it belongs. */
export const MAX_HELD_BYTES = 128 * 1024;
/** Small pieces of what is larger are gathered to this much before they are written. */
const WRITE_SIZE_BYTES = 64 * 1024;
/** What is given to the disk at a time; twice as much is under way at most. */
const SYNC_SIZE_BYTES = 2 * 1024 * 1024;

/** What `stageBlob` took in. */
export interface TakenIn extends Pick<
  StagedBlob,
  "cid" | "sizeBytes" | "head"
> {
  /** All of it, where it is small; null when it is in the file. */
  held: Uint8Array | null;
}

/**
 * Takes in a body and hashes it on the way. A small one is held, a larger one
 * is in a new file, and on disk when this resolves; when it throws there is
 * the file as far as it came, or none.
 * @throws XrpcError PayloadTooLarge
 */
export async function stageBlob(
  path: string,
  body: AsyncIterable<Uint8Array> | Uint8Array,
  maxBytes: number,
): Promise<TakenIn> {
  const sha256 = new Bun.CryptoHasher("sha256");
  const head = new Uint8Array(HEAD_SIZE_BYTES);
  let sizeBytes = 0;
  let unhashed: Uint8Array | null = null;
  const writer = createWriter(path);
  try {
    const pieces = body instanceof Uint8Array ? [body] : body;
    for await (const piece of pieces) {
      if (sizeBytes + piece.length > maxBytes) throw tooLarge(maxBytes);
      if (sizeBytes < HEAD_SIZE_BYTES) {
        head.set(piece.subarray(0, HEAD_SIZE_BYTES - sizeBytes), sizeBytes);
      }
      sizeBytes += piece.length;
      if (unhashed !== null) sha256.update(unhashed);
      unhashed = piece;
      await writer.add(piece);
    }
    const finished = writer.finish();
    // The last piece, while the disk is at work.
    if (unhashed !== null) sha256.update(unhashed);
    const held = await finished;
    return {
      cid: cidOfDigest("raw", sha256.digest()),
      sizeBytes,
      head: head.subarray(0, Math.min(sizeBytes, HEAD_SIZE_BYTES)),
      held,
    };
  } finally {
    await writer.close();
  }
}

/**
 * Gathers small pieces and hands larger ones to the kernel as they come, which
 * keeps them in memory: a thread of its own for each write costs more than the
 * write. The disk is given them every few megabytes, while more arrives, and
 * is waited for there, so that a fast sender can't fill the memory that the
 * kernel has for it, after which a write would hold up everybody.
 */
function createWriter(path: string) {
  let fd: number | null = null;
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  let unsyncedBytes = 0;
  let syncing: Promise<void> | null = null;

  function takeGathered(): Uint8Array {
    const bytes =
      gathered.length === 1 ? gathered[0]! : Buffer.concat(gathered);
    gathered = [];
    gatheredBytes = 0;
    return bytes;
  }

  function write(): number {
    fd ??= openSync(path, "wx", 0o600);
    const bytes = takeGathered();
    unsyncedBytes += bytes.length;
    writeAll(fd, bytes);
    return fd;
  }

  return {
    async add(piece: Uint8Array): Promise<void> {
      gathered.push(piece);
      gatheredBytes += piece.length;
      const mostBytes = fd === null ? MAX_HELD_BYTES : WRITE_SIZE_BYTES;
      if (gatheredBytes <= mostBytes) return;
      const file = write();
      if (unsyncedBytes < SYNC_SIZE_BYTES) return;
      unsyncedBytes = 0;
      await syncing;
      syncing = syncData(file);
      // Whoever waits for it next is told.
      syncing.catch(() => undefined);
    },
    /** Writes what is left. All is on disk when this resolves, or what it answers is all. */
    async finish(): Promise<Uint8Array | null> {
      if (fd === null) return takeGathered();
      const file = write();
      // A sync that failed is told once; the next would say that all is well.
      await syncing;
      await syncData(file);
      return null;
    },
    async close(): Promise<void> {
      await syncing?.catch(() => undefined);
      if (fd !== null) closeSync(fd);
    },
  };
}

export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

function tooLarge(maxBytes: number): XrpcError {
  return new XrpcError(
    "PayloadTooLarge",
    `A blob may have ${maxBytes} bytes here; this one has more`,
  ).because("fileTooBig", { most: maxBytes });
}
