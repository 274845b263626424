import {
  ARRAY,
  BYTES,
  CID_TAG,
  FALSE,
  MAP,
  NEGATIVE,
  NULL,
  TAG,
  TEXT,
  TRUE,
  UNSIGNED,
} from "./cbor-writer.ts";
import { CID_SIZE_BYTES, type CidBytes, isCidBytes } from "./cid.ts";
import { BlockError } from "./errors.ts";

/**
 * Reads DRISL item by item and refuses every other spelling of the same data,
 * so that what it accepts has exactly one encoding.
 * @see https://dasl.ing/drisl.html
 */

// RFC 8949 §3: the low five bits of an item's first byte.
const LARGEST_INLINE = 23;
const UINT32_RANGE = 2 ** 32;

/** A CID as it stands in a byte string: behind the zero byte of multibase. */
const LINK_SIZE_BYTES = 1 + CID_SIZE_BYTES;

// What a lenient decoder puts in the place of bytes that are not UTF-8.
const REPLACEMENT = "\uFFFD";

/** Buffer's own decoders, which need no Buffer around the bytes. */
const { latin1Slice, utf8Slice } = Buffer.prototype as unknown as Record<
  "latin1Slice" | "utf8Slice",
  (this: Uint8Array, from: number, to: number) => string
>;

// Without ignoreBOM the decoder would swallow a U+FEFF at the start.
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const LONGEST_CACHED_KEY = 32;
const KEY_SLOTS = 1024; // a power of two

// Up to about this many bytes a scan for ASCII is cheaper than UTF-8 decoding.
const SHORT_TEXT = 24;

/**
 * Reads items in turn. Each method reads one item of the type that it names and
 * throws BlockError when the next item is another, is cut short or is not in its
 * one spelling; the offset is then undefined and the reader of no further use.
 */
export class CborReader {
  readonly source: Uint8Array;
  /** Where the next item starts. */
  offset: number;

  constructor(source: Uint8Array, offset = 0) {
    this.source = source;
    this.offset = offset;
  }

  /** True when all bytes have been read. */
  get atEnd(): boolean {
    return this.offset >= this.source.length;
  }

  /** The major type of the next item, without reading it. */
  peek(): number {
    return this.#byteAt(this.offset) >>> 5;
  }

  /** Reads the start of an item of that major type and returns its argument. */
  head(major: number): number {
    const first = this.#byteAt(this.offset);
    if (first >>> 5 !== major) {
      throw new BlockError(
        `CBOR major type ${first >>> 5} where ${major} was expected`,
      );
    }
    this.offset++;
    const info = first & 0x1f;
    return info <= LARGEST_INLINE ? info : this.#longArgument(info);
  }

  #longArgument(info: number): number {
    let value: number;
    let smallest: number;
    if (info === 24) {
      value = this.#uint(1);
      smallest = LARGEST_INLINE + 1;
    } else if (info === 25) {
      value = this.#uint(2);
      smallest = 0x100;
    } else if (info === 26) {
      value = this.#uint(4);
      smallest = 0x10000;
    } else if (info === 27) {
      value = this.#uint(4) * UINT32_RANGE + this.#uint(4);
      smallest = UINT32_RANGE;
    } else {
      // 28 to 30 are reserved, 31 is the indefinite length.
      throw new BlockError("CBOR of indefinite or reserved length");
    }
    if (value < smallest) throw new BlockError("CBOR number is not minimal");
    if (!Number.isSafeInteger(value)) {
      throw new BlockError("CBOR number beyond 2^53 - 1");
    }
    return value;
  }

  // Without shifts, which would make a number with the top bit set negative.
  #uint(size: number): number {
    const end = this.#take(size);
    let value = 0;
    for (let at = end - size; at < end; at++) {
      value = value * 0x100 + this.source[at]!;
    }
    return value;
  }

  /** An integer of either sign, within ±(2^53 - 1). */
  int(): number {
    if (this.peek() === UNSIGNED) return this.head(UNSIGNED);
    const value = -1 - this.head(NEGATIVE);
    if (!Number.isSafeInteger(value)) {
      throw new BlockError("CBOR number beyond -(2^53 - 1)");
    }
    return value;
  }

  /** A text: valid UTF-8, in which nothing is replaced or dropped. */
  text(): string {
    const size = this.head(TEXT);
    const end = this.#take(size);
    return decodeText(this.source, end - size, end);
  }

  /** A view of the source, not a copy. */
  bytes(): Uint8Array {
    const size = this.head(BYTES);
    const end = this.#take(size);
    return this.source.subarray(end - size, end);
  }

  /** A link. The CID is a view of the source, not a copy. */
  cid(): CidBytes {
    if (this.head(TAG) !== CID_TAG) {
      throw new BlockError("a CBOR tag other than 42");
    }
    const link = this.bytes();
    const cid = link.subarray(1);
    if (link.length !== LINK_SIZE_BYTES || link[0] !== 0 || !isCidBytes(cid)) {
      throw new BlockError("not a CID that AT Protocol allows");
    }
    return cid;
  }

  /** Reads a null if the next item is one. */
  null(): boolean {
    if (this.#byteAt(this.offset) !== NULL) return false;
    this.offset++;
    return true;
  }

  /** A link or null. */
  nullableCid(): CidBytes | null {
    return this.null() ? null : this.cid();
  }

  // What is left of major type 7 is floats, undefined and simple values that
  // have no meaning: the data model has none of them.
  bool(): boolean {
    const byte = this.#byteAt(this.offset);
    if (byte !== TRUE && byte !== FALSE) {
      throw new BlockError("not a boolean (floats and undefined are refused)");
    }
    this.offset++;
    return byte === TRUE;
  }

  /** The number of items that follow. */
  array(): number {
    // No item is shorter than one byte.
    return this.#count(this.head(ARRAY), 1);
  }

  /** The number of keys that follow, each before its value. */
  map(): number {
    return this.#count(this.head(MAP), 2);
  }

  /** Refuses a count that the rest can't hold, before anything is allocated. */
  #count(count: number, itemSizeBytes: number): number {
    if (count * itemSizeBytes > this.source.length - this.offset) {
      throw new BlockError("CBOR is cut short");
    }
    return count;
  }

  /**
   * Reads a text that is the key of a map. Keys repeat from record to record:
   * the same string object is given for most of them, which saves making it
   * and makes setting the property several times faster.
   */
  mapKey(): string {
    const size = this.head(TEXT);
    const end = this.#take(size);
    return size <= LONGEST_CACHED_KEY && size > 0
      ? findKey(this.source, end - size, end)
      : decodeText(this.source, end - size, end);
  }

  /** Reads a text that must be exactly this one, as the key of a fixed map. */
  key(expected: string): void {
    const found = this.text();
    if (found !== expected) {
      throw new BlockError(
        `key ${JSON.stringify(found.slice(0, 40))} where "${expected}" was expected`,
      );
    }
  }

  /** @throws BlockError when anything is left. */
  end(): void {
    if (!this.atEnd) throw new BlockError("bytes after the end of the CBOR");
  }

  #byteAt(offset: number): number {
    const byte = this.source[offset];
    if (byte === undefined) throw new BlockError("CBOR is cut short");
    return byte;
  }

  /** Moves past that many bytes and returns the new offset. */
  #take(sizeBytes: number): number {
    if (sizeBytes > this.source.length - this.offset) {
      throw new BlockError("CBOR is cut short");
    }
    return (this.offset += sizeBytes);
  }
}

/**
 * Keys lately seen, each in the one slot that its hash gives; a newcomer takes
 * the slot. Only ASCII keys are kept, so that bytes and characters compare.
 */
const keySlots: string[] = new Array<string>(KEY_SLOTS).fill("");

function findKey(source: Uint8Array, from: number, to: number): string {
  let hash = to - from;
  for (let at = from; at < to; at++) {
    hash = (Math.imul(hash, 31) + source[at]!) | 0;
  }
  const slot = (hash ^ (hash >>> 10)) & (KEY_SLOTS - 1);
  const known = keySlots[slot]!;
  if (isText(source, from, to, known)) return known;
  const key = decodeText(source, from, to);
  if (key.length === to - from) keySlots[slot] = key;
  return key;
}

function isText(source: Uint8Array, from: number, to: number, text: string) {
  if (text.length !== to - from) return false;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== source[from + i]) return false;
  }
  return true;
}

/** @throws BlockError when the bytes are not UTF-8. */
function decodeText(source: Uint8Array, from: number, to: number): string {
  if (to - from <= SHORT_TEXT && isAscii(source, from, to)) {
    return latin1Slice.call(source, from, to);
  }
  const text = utf8Slice.call(source, from, to);
  // A replacement character is either in the source or hides bytes that are
  // not UTF-8; only then is the slower decoder needed to tell.
  if (!text.includes(REPLACEMENT)) return text;
  try {
    return strictUtf8.decode(source.subarray(from, to));
  } catch (cause) {
    throw new BlockError("text that is not UTF-8", null, cause);
  }
}

function isAscii(source: Uint8Array, from: number, to: number): boolean {
  let bits = 0;
  for (let at = from; at < to; at++) bits |= source[at]!;
  return bits < 0x80;
}
