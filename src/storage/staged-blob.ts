import { closeSync, fdatasync, open, write, writeSync } from "node:fs";
import { promisify } from "node:util";
import { XrpcError } from "#lib/errors.ts";
import { cidOfDigest } from "#repo/cid.ts";
import type { StagedBlob } from "./blob-store.ts";

const openFile = promisify<string, string, number, number>(open);
const writeFile = promisify(write);
const syncData = promisify(fdatasync);

const HEAD_SIZE_BYTES = 512;
// Small pieces are gathered to this much before they are written.
const WRITE_SIZE_BYTES = 256 * 1024;

/**
 * Writes a body into a new file and hashes it on the way. The file is on disk
 * when this resolves; when it throws there is the file as far as it came, or none.
 * @throws XrpcError PayloadTooLarge
 */
export async function stageBlob(
  path: string,
  body: ReadableStream<Uint8Array> | Uint8Array,
  maxBytes: number,
): Promise<Pick<StagedBlob, "cid" | "sizeBytes" | "head">> {
  const sha256 = new Bun.CryptoHasher("sha256");
  const head = new Uint8Array(HEAD_SIZE_BYTES);
  let sizeBytes = 0;
  const writer = createWriter(path);
  try {
    for await (const piece of piecesOf(body)) {
      if (sizeBytes + piece.length > maxBytes) throw tooLarge(maxBytes);
      if (sizeBytes < HEAD_SIZE_BYTES) {
        head.set(piece.subarray(0, HEAD_SIZE_BYTES - sizeBytes), sizeBytes);
      }
      sizeBytes += piece.length;
      sha256.update(piece);
      await writer.add(piece);
    }
    await writer.finish();
    return {
      cid: cidOfDigest("raw", sha256.digest()),
      sizeBytes,
      head: head.subarray(0, Math.min(sizeBytes, HEAD_SIZE_BYTES)),
    };
  } finally {
    writer.close();
  }
}

/** Leaving the loop early cancels the stream, so that its sender is told. */
async function* piecesOf(
  body: ReadableStream<Uint8Array> | Uint8Array,
): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else yield* body;
}

/**
 * Gathers pieces and writes many at once. What may wait for the disk goes to
 * another thread: to make a file, which is an entry in the journal of its file
 * system, and to sync it. A last write goes to memory, and a thread of its own
 * would cost it more.
 */
function createWriter(path: string) {
  let fd: number | null = null;
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;

  function take(): Uint8Array {
    const bytes =
      gathered.length === 1 ? gathered[0]! : Buffer.concat(gathered);
    gathered = [];
    gatheredBytes = 0;
    return bytes;
  }

  return {
    async add(piece: Uint8Array): Promise<void> {
      gathered.push(piece);
      gatheredBytes += piece.length;
      if (gatheredBytes < WRITE_SIZE_BYTES) return;
      fd ??= await openFile(path, "wx", 0o600);
      const bytes = take();
      for (let at = 0; at < bytes.length;) {
        at += (await writeFile(fd, bytes, at)).bytesWritten;
      }
    },
    /** Writes what is left. All is on disk when this resolves. */
    async finish(): Promise<void> {
      fd ??= await openFile(path, "wx", 0o600);
      const bytes = take();
      for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      await syncData(fd);
    },
    close(): void {
      if (fd !== null) closeSync(fd);
    },
  };
}

function tooLarge(maxBytes: number): XrpcError {
  return new XrpcError(
    "PayloadTooLarge",
    `A blob may have ${maxBytes} bytes here; this one has more`,
  ).because("fileTooBig", { most: maxBytes });
}
