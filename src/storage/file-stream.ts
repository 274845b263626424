import { open, type FileHandle } from "node:fs/promises";

const READ_SIZE_BYTES = 128 * 1024;

/**
 * The bytes of a file from `start` up to `end`, read as they are pulled. The
 * file is opened by the first pull, and closed at the end or on cancel.
 */
export function openFileStream(
  path: string,
  start: number,
  end: number,
): ReadableStream<Uint8Array> {
  let file: FileHandle | null = null;
  let at = start;

  async function close(): Promise<void> {
    const opened = file;
    file = null;
    await opened?.close();
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          if (at < end) {
            file ??= await open(path, "r");
            const length = Math.min(end - at, READ_SIZE_BYTES);
            const piece = new Uint8Array(length);
            const { bytesRead } = await file.read(piece, 0, length, at);
            if (bytesRead === 0) throw new Error(`${path} is cut short`);
            at += bytesRead;
            controller.enqueue(piece.subarray(0, bytesRead));
          }
          if (at >= end) {
            await close();
            controller.close();
          }
        } catch (error) {
          await close();
          throw error;
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
}
