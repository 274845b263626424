import { BlockError } from "./errors.ts";

/**
 * Unsigned LEB128 as multiformats defines it: seven bits a byte, the lowest
 * first, the top bit set on all bytes but the last, and no spare bytes.
 * @see https://github.com/multiformats/unsigned-varint
 */

// The specification allows nine bytes (2^63 - 1); eight already exceed what a
// JavaScript number holds exactly, and no length in a CAR comes near it.
const MAX_BYTES = 8;

export interface Varint {
  value: number;
  /** Where the next byte after the varint is. */
  next: number;
}

/** The bytes that `writeVarint` needs for a safe, non-negative integer. */
export function varintLength(value: number): number {
  let length = 1;
  while (value >= 0x80) {
    value = Math.floor(value / 0x80);
    length++;
  }
  return length;
}

/** Writes at `offset`, which must leave room. Returns the offset after it. */
export function writeVarint(
  target: Uint8Array,
  offset: number,
  value: number,
): number {
  while (value >= 0x80) {
    target[offset++] = (value % 0x80) | 0x80;
    value = Math.floor(value / 0x80);
  }
  target[offset++] = value;
  return offset;
}

export function encodeVarint(value: number): Uint8Array {
  const bytes = new Uint8Array(varintLength(value));
  writeVarint(bytes, 0, value);
  return bytes;
}

/**
 * Reads one varint, or returns null when the bytes end within it, so that a
 * reader of a stream can wait for more.
 * @throws BlockError when it is longer than 8 bytes, has spare zero bytes or
 *   is no safe integer.
 */
export function readVarint(source: Uint8Array, offset = 0): Varint | null {
  let value = 0;
  let weight = 1; // shifts would wrap at 32 bits
  for (let i = 0; i < MAX_BYTES; i++) {
    const byte = source[offset + i];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * weight;
    if (byte < 0x80) {
      if (byte === 0 && i > 0) throw new BlockError("varint is not minimal");
      if (!Number.isSafeInteger(value)) throw new BlockError("varint too big");
      return { value, next: offset + i + 1 };
    }
    weight *= 0x80;
  }
  throw new BlockError("varint too long");
}

/**
 * Reads one varint that must be whole.
 * @throws BlockError also when the bytes end within it.
 */
export function decodeVarint(source: Uint8Array, offset = 0): Varint {
  const varint = readVarint(source, offset);
  if (varint === null) throw new BlockError("varint is cut short");
  return varint;
}
