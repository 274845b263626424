import { open, type FileHandle } from "node:fs/promises";
import { XrpcError } from "#lib/errors.ts";
import { cidOfDigest } from "#repo/cid.ts";
import type { StagedBlob } from "./blob-store.ts";

const HEAD_SIZE_BYTES = 512;
// Small pieces are gathered to this much before they are written.
const WRITE_SIZE_BYTES = 256 * 1024;

/**
 * Writes a body into a new file and hashes it on the way. The file is on disk
 * when this resolves, and left as it is when it throws.
 * @throws XrpcError PayloadTooLarge
 */
export async function stageBlob(
  path: string,
  body: ReadableStream<Uint8Array> | Uint8Array,
  maxBytes: number,
): Promise<Pick<StagedBlob, "cid" | "sizeBytes" | "head">> {
  const file = await open(path, "wx", 0o600);
  try {
    const sha256 = new Bun.CryptoHasher("sha256");
    const head = new Uint8Array(HEAD_SIZE_BYTES);
    let sizeBytes = 0;
    const writer = createWriter(file);
    for await (const piece of piecesOf(body)) {
      if (sizeBytes + piece.length > maxBytes) throw tooLarge(maxBytes);
      if (sizeBytes < HEAD_SIZE_BYTES) {
        head.set(piece.subarray(0, HEAD_SIZE_BYTES - sizeBytes), sizeBytes);
      }
      sizeBytes += piece.length;
      sha256.update(piece);
      await writer.write(piece);
    }
    await writer.flush();
    await file.datasync();
    return {
      cid: cidOfDigest("raw", sha256.digest()),
      sizeBytes,
      head: head.subarray(0, Math.min(sizeBytes, HEAD_SIZE_BYTES)),
    };
  } finally {
    await file.close();
  }
}

/** Leaving the loop early cancels the stream, so that its sender is told. */
async function* piecesOf(
  body: ReadableStream<Uint8Array> | Uint8Array,
): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else yield* body;
}

function createWriter(file: FileHandle) {
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;

  async function flush(): Promise<void> {
    const bytes =
      gathered.length === 1 ? gathered[0]! : Buffer.concat(gathered);
    gathered = [];
    gatheredBytes = 0;
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, at);
      at += bytesWritten;
    }
  }

  return {
    async write(piece: Uint8Array): Promise<void> {
      gathered.push(piece);
      gatheredBytes += piece.length;
      if (gatheredBytes >= WRITE_SIZE_BYTES) await flush();
    },
    flush,
  };
}

function tooLarge(maxBytes: number): XrpcError {
  return new XrpcError(
    "PayloadTooLarge",
    `A blob may have ${maxBytes} bytes here; this one has more`,
  );
}
