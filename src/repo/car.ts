import { checkBlockHash, type Block } from "./block.ts";
import { CborReader } from "./cbor-reader.ts";
import { CborWriter } from "./cbor-writer.ts";
import { CID_SIZE_BYTES, isCidBytes, type CidBytes } from "./cid.ts";
import { BlockError } from "./errors.ts";
import { decodeVarint, varintLength, writeVarint } from "./varint.ts";

/**
 * CAR version 1: a header that names the roots, then blocks, each behind its
 * length and CID. Readers take blocks in any order and more than once, as the
 * format allows; whether they make up a repository is for `walkTree` to say.
 * @see https://ipld.io/specs/transport/car/carv1/
 * @see https://atproto.com/specs/repository#car-file-serialization
 */

const VERSION = 1;

/** Largest block read. Records end at 1 MB (specs/data-model); twice that leaves room. */
export const MAX_CAR_BLOCK_BYTES = 2 * 1024 * 1024;
/** Largest header read: about twenty roots, where a repository has one. */
export const MAX_CAR_HEADER_BYTES = 1024;

/** @param root null writes a CAR without roots, for blocks that have no common top. */
export function encodeCarHeader(root: CidBytes | null): Uint8Array {
  const writer = new CborWriter(64);
  writer.map(2);
  writer.text("roots");
  writer.array(root === null ? 0 : 1);
  if (root !== null) writer.cid(root);
  writer.text("version");
  writer.int(VERSION);
  const header = writer.finish();
  const bytes = new Uint8Array(varintLength(header.length) + header.length);
  bytes.set(header, writeVarint(bytes, 0, header.length));
  return bytes;
}

export function encodeCarBlock(block: Block): Uint8Array {
  return encodeCarBlocks([block]);
}

/** The blocks of a CAR without its header, in the order given. */
export function encodeCarBlocks(blocks: readonly Block[]): Uint8Array {
  return writeBlocks(new Uint8Array(0), blocks);
}

/** A whole CAR, the blocks in the order given. */
export function encodeCar(
  root: CidBytes | null,
  blocks: readonly Block[],
): Uint8Array {
  return writeBlocks(encodeCarHeader(root), blocks);
}

function writeBlocks(header: Uint8Array, blocks: readonly Block[]): Uint8Array {
  let size = header.length;
  for (const block of blocks) size += carBlockLength(block);
  const bytes = new Uint8Array(size);
  bytes.set(header, 0);
  let at = header.length;
  for (const block of blocks) at = writeSection(bytes, at, block);
  return bytes;
}

/** How long a block is in a CAR. */
function carBlockLength({ bytes }: Block): number {
  const length = CID_SIZE_BYTES + bytes.length;
  return varintLength(length) + length;
}

/** Buffer's own, which needs no Buffer around the bytes, nor a view of a part of them. */
const { copy } = Buffer.prototype as unknown as {
  copy(
    this: Uint8Array,
    target: Uint8Array,
    at: number,
    from: number,
    to: number,
  ): number;
};

/** Gathers blocks of a CAR in one piece of memory, which grows as it must. */
export class CarPart {
  #bytes: Uint8Array;
  /** What there is so far. */
  sizeBytes = 0;

  constructor(capacityBytes: number) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  addHeader(root: CidBytes | null): void {
    const header = encodeCarHeader(root);
    this.#makeRoom(this.sizeBytes + header.length);
    this.#bytes.set(header, this.sizeBytes);
    this.sizeBytes += header.length;
  }

  /** @param cidAt where the block's CID begins in `cidSource`; saves making an array of it */
  add(bytes: Uint8Array, cidSource: Uint8Array, cidAt = 0): void {
    const length = CID_SIZE_BYTES + bytes.length;
    const start = this.sizeBytes;
    this.#makeRoom(start + varintLength(length) + length);
    const at = writeVarint(this.#bytes, start, length);
    copy.call(cidSource, this.#bytes, at, cidAt, cidAt + CID_SIZE_BYTES);
    this.#bytes.set(bytes, at + CID_SIZE_BYTES);
    this.sizeBytes = at + length;
  }

  /** What was gathered; the part is of no use afterwards. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.sizeBytes);
  }

  #makeRoom(sizeBytes: number): void {
    const { length } = this.#bytes;
    if (sizeBytes <= length) return;
    const larger = new Uint8Array(Math.max(sizeBytes, 2 * length));
    larger.set(this.finish());
    this.#bytes = larger;
  }
}

function writeSection(
  target: Uint8Array,
  offset: number,
  { cid, bytes }: Block,
): number {
  const at = writeVarint(target, offset, CID_SIZE_BYTES + bytes.length);
  target.set(cid, at);
  target.set(bytes, at + CID_SIZE_BYTES);
  return at + CID_SIZE_BYTES + bytes.length;
}

/**
 * Reads a whole CAR from memory. Blocks are copies, in the order they came,
 * repeated ones included.
 * @throws BlockError when it is cut short, malformed or beyond a limit, or a
 *   block is not what its CID says.
 */
export function decodeCar(bytes: Uint8Array): {
  roots: CidBytes[];
  blocks: Block[];
} {
  let at = 0;
  const take = (limit: number): Uint8Array => {
    const { value: length, next } = decodeVarint(bytes, at);
    checkLength(length, limit);
    if (next + length > bytes.length) throw cutShort();
    at = next + length;
    return bytes.slice(next, at);
  };
  const roots = decodeHeader(take(MAX_CAR_HEADER_BYTES));
  const blocks: Block[] = [];
  while (at < bytes.length) {
    blocks.push(decodeSection(take(CID_SIZE_BYTES + MAX_CAR_BLOCK_BYTES)));
  }
  return { roots, blocks };
}

/** @throws BlockError when a header or section is longer than is read. */
export function checkLength(length: number, limit: number): void {
  if (length > limit) {
    throw new BlockError(
      `CAR section of ${length} bytes, ${limit} is the most`,
    );
  }
}

export function cutShort(): BlockError {
  return new BlockError("CAR is cut short");
}

/** Reads the roots from a header without its length. */
export function decodeHeader(bytes: Uint8Array): CidBytes[] {
  const reader = new CborReader(bytes);
  const fields = reader.map();
  reader.key("roots");
  const roots: CidBytes[] = [];
  const count = reader.array();
  for (let i = 0; i < count; i++) roots.push(reader.cid().slice());
  reader.key("version");
  if (fields !== 2 || reader.int() !== VERSION) {
    throw new BlockError("not a CAR of version 1");
  }
  reader.end();
  return roots;
}

/**
 * Splits a section without its length into CID and block.
 * @throws BlockError when the block is not what its CID says.
 */
export function decodeSection(section: Uint8Array): Block {
  const cid = section.slice(0, CID_SIZE_BYTES);
  if (!isCidBytes(cid)) {
    throw new BlockError("CAR block without a CID that AT Protocol allows");
  }
  const bytes = section.slice(CID_SIZE_BYTES);
  checkBlockHash(cid, bytes);
  return { cid, bytes };
}
