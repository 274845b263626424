import { CID } from "multiformats/cid";
import { CborReader } from "./cbor-reader.ts";
import {
  ARRAY,
  BYTES,
  CborWriter,
  MAP,
  NEGATIVE,
  NULL,
  TAG,
  TEXT,
  UNSIGNED,
} from "./cbor-writer.ts";
import { fromLink, toLink } from "./cid.ts";
import { BlockError } from "./errors.ts";

/**
 * DRISL, the deterministic CBOR of AT Protocol: one encoding for each value, so
 * that equal data has equal CIDs.
 * @see https://dasl.ing/drisl.html
 * @see https://atproto.com/specs/data-model
 */

export { CborReader } from "./cbor-reader.ts";
export { CborWriter } from "./cbor-writer.ts";

/**
 * A value of the data model. Numbers are integers within ±(2^53 - 1); maps are
 * plain objects.
 */
export type LexValue =
  null | boolean | number | string | Uint8Array | CID | LexValue[] | LexMap;

export type LexMap = { [key: string]: LexValue };

/**
 * How deep arrays and maps may be nested. The protocol advises 32
 * (https://atproto.com/guides/data-validation); a reader must take what others
 * were allowed to write, and stop before the stack does.
 */
export const MAX_DEPTH = 128;

// Above this many keys an insertion sort costs more than the runtime's sort.
const SMALL_MAP = 24;
// A buffer that one large record made grow is not kept for the small ones.
const MAX_KEPT_SIZE_BYTES = 64 * 1024;

let spare: CborWriter | null = new CborWriter();

/**
 * The one encoding of a value. The order in which keys were added to a map does
 * not matter.
 * @throws BlockError when the value holds a float, an integer beyond 2^53 - 1,
 *   undefined, an unpaired surrogate, a CID that AT Protocol doesn't allow, an
 *   object that is no plain map, or is nested deeper than MAX_DEPTH.
 */
export function encodeDrisl(value: LexValue): Uint8Array {
  // Taken, so that a getter which encodes finds none and makes its own.
  const writer = spare ?? new CborWriter();
  spare = null;
  writer.truncate(0);
  try {
    writeValue(writer, value, 0);
    return writer.finish();
  } finally {
    if (writer.capacity <= MAX_KEPT_SIZE_BYTES) spare = writer;
  }
}

/**
 * Writes one value into a larger item.
 * @throws BlockError as encodeDrisl does.
 */
export function writeValue(
  writer: CborWriter,
  value: LexValue,
  depth: number,
): void {
  switch (typeof value) {
    // The commonest first: most of a record is text.
    case "string":
      return writer.text(value);
    case "number":
      return writer.int(value);
    case "boolean":
      return writer.bool(value);
    case "object":
      if (value === null) return writer.null();
      return writeObject(writer, value, depth);
    default:
      throw new BlockError(`${typeof value} is not part of the data model`);
  }
}

function writeObject(
  writer: CborWriter,
  value: object & LexValue,
  depth: number,
): void {
  if (Array.isArray(value)) return writeArray(writer, value, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    return writeMap(writer, value as LexMap, depth);
  }
  if (value instanceof Uint8Array) return writer.bytes(value);
  // Several versions of multiformats can be loaded: `instanceof` is not enough.
  const link = CID.asCID(value);
  if (link === null) {
    throw new BlockError("an object that is not part of the data model");
  }
  writer.cid(fromLink(link));
}

function writeArray(writer: CborWriter, items: LexValue[], depth: number) {
  refuseDepth(depth);
  writer.array(items.length);
  // By index: a hole must be met, and is refused as undefined.
  for (let i = 0; i < items.length; i++) {
    writeValue(writer, items[i]!, depth + 1);
  }
}

function writeMap(writer: CborWriter, map: LexMap, depth: number): void {
  refuseDepth(depth);
  const keys = Object.keys(map);
  sortKeys(keys);
  writer.map(keys.length);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    writer.text(key);
    writeValue(writer, map[key]!, depth + 1);
  }
}

/**
 * Sorts by length in UTF-8, then bytewise: the order of RFC 7049 §3.9, which
 * DAG-CBOR and thus AT Protocol kept. For ASCII it is that of the strings.
 */
function sortKeys(keys: string[]): void {
  for (let i = 0; i < keys.length; i++) {
    if (!isAscii(keys[i]!)) {
      keys.sort(compareAsUtf8);
      return;
    }
  }
  if (keys.length > SMALL_MAP) keys.sort(compareAscii);
  else insertionSort(keys);
}

// Records have few keys, and those mostly in one order that is nearly sorted.
function insertionSort(keys: string[]): void {
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i]!;
    let at = i;
    while (at > 0 && compareAscii(keys[at - 1]!, key) > 0) {
      keys[at] = keys[at - 1]!;
      at--;
    }
    keys[at] = key;
  }
}

// Comparing UTF-16 units is comparing bytes while both are ASCII.
function compareAscii(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareAsUtf8(a: string, b: string): number {
  // UTF-16 sorts U+E000 to U+FFFF behind the characters above them; UTF-8 not.
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length - right.length || Buffer.compare(left, right);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return false;
  }
  return true;
}

function refuseDepth(depth: number): void {
  if (depth >= MAX_DEPTH) throw new BlockError("nested too deep");
}

/**
 * The value that these bytes encode. Byte strings are copies.
 * @throws BlockError when the bytes are anything but the one encoding of one
 *   value: other key orders, repeated keys, longer numbers, floats, undefined,
 *   indefinite lengths, tags other than 42, text that is not UTF-8, deeper
 *   nesting than MAX_DEPTH, or bytes left over.
 */
export function decodeDrisl(bytes: Uint8Array): LexValue {
  const reader = new CborReader(bytes);
  const value = readValue(reader, 0);
  reader.end();
  return value;
}

/**
 * The first of several values that follow each other, as in event frames, and
 * the offset behind it.
 * @throws BlockError as decodeDrisl does, except for bytes left over.
 */
export function decodeFirst(
  bytes: Uint8Array,
): [value: LexValue, restOffset: number] {
  const reader = new CborReader(bytes);
  const value = readValue(reader, 0);
  return [value, reader.offset];
}

/**
 * Reads one value out of a larger item.
 * @throws BlockError as decodeDrisl does, except for bytes left over.
 */
export function readValue(reader: CborReader, depth: number): LexValue {
  switch (reader.peek()) {
    case TEXT:
      return reader.text();
    case UNSIGNED:
    case NEGATIVE:
      return reader.int();
    case MAP:
      return readMap(reader, depth);
    case ARRAY:
      return readArray(reader, depth);
    case BYTES:
      // Copied, or one short string would keep a whole CAR in memory.
      return reader.bytes().slice();
    case TAG:
      return toLink(reader.cid().slice());
    default:
      return reader.source[reader.offset] === NULL
        ? readNull(reader)
        : reader.bool();
  }
}

function readNull(reader: CborReader): null {
  reader.null();
  return null;
}

function readArray(reader: CborReader, depth: number): LexValue[] {
  refuseDepth(depth);
  const count = reader.array();
  const items: LexValue[] = [];
  for (let i = 0; i < count; i++) items.push(readValue(reader, depth + 1));
  return items;
}

function readMap(reader: CborReader, depth: number): LexMap {
  refuseDepth(depth);
  const count = reader.map();
  const map: LexMap = {};
  const { source } = reader;
  let lastFrom = 0;
  let lastTo = 0;
  for (let i = 0; i < count; i++) {
    const start = reader.offset;
    const key = reader.mapKey();
    // The head of a text starts with its length, so that comparing the encoded
    // keys is comparing lengths, then bytes. This refuses repeated keys, too.
    const end = reader.offset;
    if (i > 0 && !isAbove(source, start, end, lastFrom, lastTo)) {
      throw new BlockError("map keys out of order or repeated");
    }
    lastFrom = start;
    lastTo = end;
    setOwn(map, key, readValue(reader, depth + 1));
  }
  return map;
}

/** True when the bytes at `from` sort behind those at `otherFrom`. */
function isAbove(
  source: Uint8Array,
  from: number,
  to: number,
  otherFrom: number,
  otherTo: number,
): boolean {
  const size = to - from;
  const otherSize = otherTo - otherFrom;
  if (size !== otherSize) return size > otherSize;
  for (let i = 0; i < size; i++) {
    const difference = source[from + i]! - source[otherFrom + i]!;
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** Sets a key as data: assigning `__proto__` would change the prototype. */
export function setOwn<T>(map: Record<string, T>, key: string, value: T): void {
  if (key !== "__proto__") {
    map[key] = value;
    return;
  }
  Object.defineProperty(map, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}
