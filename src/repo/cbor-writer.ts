import { CID_SIZE_BYTES, type CidBytes } from "./cid.ts";
import { BlockError } from "./errors.ts";

/**
 * Writes DRISL, item by item, into a buffer that grows. It makes every item
 * canonical but can't know the order of a map's keys: that is the caller's.
 * @see https://dasl.ing/drisl.html
 */

// RFC 8949 §3.1: the major type is the top three bits of an item's first byte.
export const UNSIGNED = 0;
export const NEGATIVE = 1;
export const BYTES = 2;
export const TEXT = 3;
export const ARRAY = 4;
export const MAP = 5;
export const TAG = 6;
export const SIMPLE = 7;

// RFC 8949 §3.3: simple values, as whole bytes.
export const FALSE = 0xf4;
export const TRUE = 0xf5;
export const NULL = 0xf6;

/** The tag of a CID, and the only tag allowed. https://dasl.ing/drisl.html */
export const CID_TAG = 42;

/**
 * How a CID starts: tag 42 in its long form, a byte string of 37 bytes, and the
 * 0x00 that stands for "binary" in multibase.
 */
const CID_HEAD = Uint8Array.of(0xd8, CID_TAG, 0x58, 37, 0x00);

// A post is about 300 bytes and an MST node under 3 KB.
const INITIAL_SIZE_BYTES = 4096;
// A head is at most 9 bytes long.
const HEAD_ROOM = 9;
// Up to about this many characters a loop is faster than a call of the runtime.
const SHORT_TEXT = 16;

const UINT32_RANGE = 2 ** 32;

/** Buffer's own encoder: unlike TextEncoder it takes an offset. */
const utf8Write = (
  Buffer.prototype as unknown as {
    utf8Write(this: Uint8Array, text: string, offset: number): number;
  }
).utf8Write;

/**
 * Appends items to one buffer. Nothing is checked across items: a writer that
 * is told of three array items and given two makes bytes that nobody can read.
 * Not to be shared: `finish` ends one item and begins the next.
 */
export class CborWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(sizeBytes = INITIAL_SIZE_BYTES) {
    this.#bytes = new Uint8Array(sizeBytes);
  }

  /** Bytes written so far: the offset of the next item. */
  get length(): number {
    return this.#length;
  }

  /** Bytes that can be written before the buffer grows. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** Forgets all that was written at or after `length`. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** The start of an item: its major type and a safe, non-negative integer. */
  head(major: number, argument: number): void {
    this.#reserve(HEAD_ROOM);
    this.#head(major, argument);
  }

  #head(major: number, argument: number): void {
    const bytes = this.#bytes;
    const type = major << 5;
    let at = this.#length;
    // The shortest form that holds the argument is the only one allowed.
    if (argument < 24) {
      bytes[at++] = type | argument;
    } else if (argument < 0x100) {
      bytes[at++] = type | 24;
      bytes[at++] = argument;
    } else if (argument < 0x10000) {
      bytes[at++] = type | 25;
      bytes[at++] = argument >>> 8;
      bytes[at++] = argument;
    } else if (argument < UINT32_RANGE) {
      bytes[at++] = type | 26;
      at = putUint32(bytes, at, argument);
    } else {
      bytes[at++] = type | 27;
      at = putUint32(bytes, at, Math.floor(argument / UINT32_RANGE));
      at = putUint32(bytes, at, argument % UINT32_RANGE);
    }
    this.#length = at;
  }

  /** The start of an array; its items follow. */
  array(count: number): void {
    this.head(ARRAY, count);
  }

  /** The start of a map; each key, a text, is followed by its value. */
  map(count: number): void {
    this.head(MAP, count);
  }

  /** @throws BlockError unless the number is an integer within ±(2^53 - 1). */
  int(value: number): void {
    if (!Number.isSafeInteger(value)) {
      throw new BlockError(`not an integer within ±(2^53 - 1): ${value}`);
    }
    if (value < 0) this.head(NEGATIVE, -1 - value);
    else this.head(UNSIGNED, value);
  }

  // RFC 8949 §3.3: simple values are one byte long, without an argument.
  bool(value: boolean): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value ? TRUE : FALSE;
  }

  null(): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = NULL;
  }

  /** @throws BlockError when the string has a surrogate without its pair. */
  text(text: string): void {
    const count = text.length;
    // No UTF-16 unit becomes more than three bytes of UTF-8.
    this.#reserve(HEAD_ROOM + count * 3);
    if (count > SHORT_TEXT || !this.#asciiText(text)) this.#anyText(text);
  }

  /** Writes a short text if it is ASCII, else leaves the buffer as it was. */
  #asciiText(text: string): boolean {
    const bytes = this.#bytes;
    const count = text.length;
    let at = this.#length;
    bytes[at++] = (TEXT << 5) | count; // SHORT_TEXT < 24
    for (let i = 0; i < count; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[at++] = code;
    }
    this.#length = at;
    return true;
  }

  #anyText(text: string): void {
    const start = this.#length;
    // The head is guessed: right when the text is ASCII, as it mostly is.
    this.#head(TEXT, text.length);
    const from = this.#length;
    const size = utf8Write.call(this.#bytes, text, from);
    if (size !== text.length) {
      if (!text.isWellFormed()) {
        throw new BlockError("text with an unpaired surrogate");
      }
      // The text moves first: a longer head would overwrite its start.
      const to = start + headLength(size);
      if (to !== from) this.#bytes.copyWithin(to, from, from + size);
      this.#length = start;
      this.#head(TEXT, size);
    }
    this.#length += size;
  }

  /** A byte string, which is copied. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(HEAD_ROOM + bytes.length);
    this.#head(BYTES, bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A link: tag 42 and the CID behind a zero byte. */
  cid(cid: CidBytes): void {
    this.#reserve(CID_HEAD.length + CID_SIZE_BYTES);
    this.#bytes.set(CID_HEAD, this.#length);
    this.#bytes.set(cid, this.#length + CID_HEAD.length);
    this.#length += CID_HEAD.length + CID_SIZE_BYTES;
  }

  /** A link, or null where there is none, as in MST nodes and events. */
  nullableCid(cid: CidBytes | null): void {
    if (cid === null) this.null();
    else this.cid(cid);
  }

  /** Bytes that are already encoded. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A copy of what was written. The writer is empty afterwards. */
  finish(): Uint8Array {
    const written = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return written;
  }

  /** Doubles, so that many small items cost one copy of each byte on average. */
  #reserve(sizeBytes: number): void {
    const needed = this.#length + sizeBytes;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** The bytes of the shortest head that holds a text's or byte string's length. */
function headLength(argument: number): number {
  if (argument < 24) return 1;
  if (argument < 0x100) return 2;
  return argument < 0x10000 ? 3 : 5;
}

// By shifts: a DataView would be one object more for each growth, and no faster.
function putUint32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}
