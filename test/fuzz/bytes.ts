import type { Random } from "../support/random.ts";

/** Heads of each type of CBOR in all forms, and bytes that begin something elsewhere. */
const STRANGE = Buffer.from(
  "0017181a1b1c1f20383b40585b5f6061787f80819b9fa0a1bbbfc0d82ad9dbe0f4f5f6f7f8f9fafbff7180",
  "hex",
);
/** Pieces that mean something in the formats of this protocol. */
const PIECES = [
  "d82a58250001711220", // a link to a block
  "d82a58250001551220", // a link to a blob
  "6524747970 65".replaceAll(" ", ""),
  "a0",
  "80",
  "f6",
  "1bffffffffffffffff",
  "3b001fffffffffffff",
  "5b7fffffffffffffff",
  "9b7fffffffffffffff",
  "bbffffffffffffffff",
  "fb7ff8000000000000",
  "ffffffffffffffff7f",
  "8080808080808001",
].map((hex) => Buffer.from(hex, "hex"));

export function randomBytes(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = random.int(0, 255);
  return bytes;
}

/**
 * A valid input with some things changed: single bits and bytes, whole items,
 * lengths that lie, parts that come twice, elsewhere or not at all.
 * @param other another valid input, parts of which are put in.
 */
export function damageBytes(
  random: Random,
  input: Uint8Array,
  other: Uint8Array,
): Uint8Array {
  let bytes = Buffer.from(input);
  for (let edits = random.int(1, 4); edits > 0; edits--) {
    bytes = damageOnce(random, bytes, other);
  }
  return new Uint8Array(bytes);
}

function damageOnce(
  random: Random,
  bytes: Buffer<ArrayBuffer>,
  other: Uint8Array,
): Buffer<ArrayBuffer> {
  const { length } = bytes;
  const at = random.int(0, Math.max(0, length - 1));
  switch (random.int(0, 9)) {
    case 0:
      if (length > 0) bytes[at]! ^= 1 << random.int(0, 7);
      return bytes;
    case 1:
      if (length > 0) bytes[at] = random.pick([...STRANGE]);
      return bytes;
    case 2:
      return bytes.subarray(0, at);
    case 3: {
      const to = Math.min(length, at + random.int(1, 8));
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    }
    case 4: {
      const piece = random.pick(PIECES);
      return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
    }
    case 5: {
      const from = random.int(0, Math.max(0, other.length - 1));
      const part = other.subarray(from, from + random.int(1, 64));
      return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
    }
    default:
      return damageItem(random, bytes);
  }
}

interface Item {
  /** Where its head begins, and where what it holds itself begins. */
  start: number;
  body: number;
  end: number;
}

/** Changes something at the border of a CBOR item, where a reader decides. */
function damageItem(
  random: Random,
  bytes: Buffer<ArrayBuffer>,
): Buffer<ArrayBuffer> {
  const items = itemsOf(bytes);
  if (items.length === 0) return bytes;
  const { start, body, end } = random.pick(items);
  const item = bytes.subarray(start, end);
  const [before, after] = [bytes.subarray(0, start), bytes.subarray(end)];
  switch (random.int(0, 5)) {
    case 0: // twice
      return Buffer.concat([before, item, item, after]);
    case 1: // not at all
      return Buffer.concat([before, after]);
    case 2: {
      // another one in its place
      const other = random.pick(items);
      const moved = bytes.subarray(other.start, other.end);
      return Buffer.concat([before, moved, after]);
    }
    case 3: // its head says one more or one less
      bytes[start]! += random.pick([1, -1]);
      return bytes;
    case 4: {
      // the same number in more bytes than it needs
      const head = longHead(random, bytes[start]!);
      return Buffer.concat([before, head, bytes.subarray(body)]);
    }
    default: // of another type
      bytes[start] = (bytes[start]! & 0x1f) | (random.int(0, 7) << 5);
      return bytes;
  }
}

function longHead(random: Random, head: number): Uint8Array {
  const value = head & 0x1f;
  const size = random.pick([1, 2, 4, 8]);
  const info = { 1: 24, 2: 25, 4: 26, 8: 27 }[size]!;
  const bytes = new Uint8Array(1 + size);
  bytes[0] = (head & 0xe0) | info;
  bytes[size] = value;
  return bytes;
}

/** All items of the first value, at every depth; as far as it makes sense. */
function itemsOf(bytes: Uint8Array): Item[] {
  const items: Item[] = [];
  let at = 0;
  function read(depth: number): boolean {
    const start = at;
    const head = bytes[at++];
    if (head === undefined || depth > 40 || items.length > 2000) return false;
    const info = head & 0x1f;
    let value = info;
    if (info >= 24) {
      const size = { 24: 1, 25: 2, 26: 4 }[info];
      if (size === undefined) return false;
      value = 0;
      for (let i = 0; i < size; i++) value = value * 256 + (bytes[at++] ?? 0);
    }
    const item = { start, body: at, end: at };
    items.push(item);
    const type = head >> 5;
    let isWhole = true;
    if (type === 2 || type === 3) at += value;
    const count = { 4: value, 5: 2 * value, 6: 1 }[type] ?? 0;
    for (let i = 0; i < count && isWhole; i++) isWhole = read(depth + 1);
    item.end = Math.min(at, bytes.length);
    return isWhole && at <= bytes.length;
  }
  read(0);
  return items;
}
