import type { Block } from "./block.ts";
import {
  checkLength,
  cutShort,
  decodeHeader,
  decodeSection,
  MAX_CAR_BLOCK_BYTES,
  MAX_CAR_HEADER_BYTES,
} from "./car.ts";
import { CID_SIZE_BYTES, type CidBytes } from "./cid.ts";
import { BlockError } from "./errors.ts";
import { readVarint } from "./varint.ts";

export interface CarLimits {
  /** Most bytes of the whole CAR. */
  maxBytes: number;
  maxBlockBytes?: number;
  maxHeaderBytes?: number;
}

export interface CarStream {
  roots: CidBytes[];
  /** In the order they come, repeated ones included. To be read to the end or returned from. */
  blocks: AsyncGenerator<Block>;
}

/**
 * Reads a CAR as it arrives, holding one block and what came with it. The
 * source is left when reading fails or stops early.
 * @throws BlockError (also from `blocks`) when the CAR is cut short, malformed
 *   or beyond a limit, or a block is not what its CID says.
 */
export async function readCar(
  source: AsyncIterable<Uint8Array>,
  limits: CarLimits,
): Promise<CarStream> {
  const input = createInput(source, limits.maxBytes);
  try {
    const header = await input.takeSection(
      limits.maxHeaderBytes ?? MAX_CAR_HEADER_BYTES,
    );
    if (header === null) throw cutShort();
    return { roots: decodeHeader(header), blocks: readBlocks(input, limits) };
  } catch (error) {
    await input.cancel();
    throw error;
  }
}

async function* readBlocks(
  input: Input,
  limits: CarLimits,
): AsyncGenerator<Block> {
  const maxBytes =
    CID_SIZE_BYTES + (limits.maxBlockBytes ?? MAX_CAR_BLOCK_BYTES);
  try {
    for (;;) {
      const section = await input.takeSection(maxBytes);
      if (section === null) return;
      yield decodeSection(section);
    }
  } finally {
    await input.cancel();
  }
}

interface Input {
  /** The bytes behind the next length; null at the end. */
  takeSection(limit: number): Promise<Uint8Array | null>;
  cancel(): Promise<void>;
}

function createInput(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Input {
  const pieces = source[Symbol.asyncIterator]();
  let buffer: Uint8Array = new Uint8Array(0);
  let at = 0;
  let totalBytes = 0;

  /** Reads until `size` bytes lie ahead; false when the source ends before. */
  async function fill(size: number): Promise<boolean> {
    if (buffer.length - at >= size) return true;
    const chunks = [buffer.subarray(at)];
    let ahead = buffer.length - at;
    let isOpen = true;
    while (ahead < size && isOpen) {
      const { done, value } = await pieces.next();
      isOpen = !done;
      if (done) continue;
      totalBytes += value.length;
      if (totalBytes > maxBytes) {
        throw new BlockError(`CAR is larger than ${maxBytes} bytes`);
      }
      chunks.push(value);
      ahead += value.length;
    }
    // Joined once, so that many small chunks cost no more than one large.
    buffer = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    at = 0;
    return ahead >= size;
  }

  return {
    async takeSection(limit) {
      if (!(await fill(1))) return null;
      let varint = readVarint(buffer, at);
      while (varint === null) {
        if (!(await fill(buffer.length - at + 1))) throw cutShort();
        varint = readVarint(buffer, at);
      }
      const { value: length, next } = varint;
      // Before anything is gathered for it.
      checkLength(length, limit);
      at = next;
      if (!(await fill(length))) throw cutShort();
      const section = new Uint8Array(buffer.subarray(at, at + length));
      at += length;
      return section;
    },
    async cancel() {
      // One that failed or ended has nothing left to cancel.
      await pieces.return?.().catch(() => {});
    },
  };
}
