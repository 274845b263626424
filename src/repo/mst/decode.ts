import { ARRAY, BYTES, NULL, UNSIGNED } from "#repo/cbor-writer.ts";
import { CID_SIZE_BYTES } from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import { depthOfKey, isKeyBytes, MAX_KEY_BYTES } from "./key.ts";
import { readLatin1, type Link } from "./link.ts";
import { LINK_PREFIX, MAP_OF_2, MAP_OF_4, NAME, TEXT_OF_1 } from "./encode.ts";
import { MAX_NODE_ENTRIES, type Node } from "./node.ts";

/**
 * How the CID of a node or record starts: version 1, dag-cbor, SHA-256, 32
 * bytes. Raw blocks are blobs, which a tree does not hold.
 */
const CID_PREFIX = [0x01, 0x71, 0x12, 0x20];

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** The key being read; what it shares with the next one is then in place. */
const keyBytes = new Uint8Array(MAX_KEY_BYTES);

/**
 * Reads a node, refusing every spelling but the canonical one: names in order,
 * shortest numbers, whole prefixes, ascending keys of one depth, nothing after.
 * So encoding what was read gives the same bytes.
 * @throws BlockError saying what is wrong.
 */
export function decodeNode(bytes: Uint8Array): Node {
  const cursor = { bytes, at: 0 };
  const keys: string[] = [];
  const values: Link[] = [];
  const links: (Link | null)[] = [null];
  let layer = -1;
  expect(cursor, MAP_OF_2);
  readName(cursor, NAME.e);
  const count = readHead(cursor, ARRAY);
  if (count > MAX_NODE_ENTRIES) refuse("too many entries");
  let keyLength = 0;
  for (let i = 0; i < count; i++) {
    expect(cursor, MAP_OF_4);
    keyLength = readKey(cursor, keyLength);
    const key = readLatin1(keyBytes, 0, keyLength);
    keys.push(key);
    const depth = depthOfKey(key);
    if (i > 0 && depth !== layer) refuse("keys of different depths");
    layer = depth;
    readName(cursor, NAME.t);
    links.push(readLink(cursor));
    readName(cursor, NAME.v);
    values.push(readLink(cursor) ?? refuse("entry without a record"));
  }
  readName(cursor, NAME.l);
  links[0] = readLink(cursor);
  if (cursor.at !== bytes.length) refuse("bytes after the end");
  return { keys, values, links, layer };
}

function refuse(reason: string): never {
  throw new BlockError(`not a tree node: ${reason}`);
}

/** Reads `k` and `p` into `keyBytes`, which holds the previous key; returns the length. */
function readKey(cursor: Cursor, previousLength: number): number {
  readName(cursor, NAME.k);
  const size = readHead(cursor, BYTES);
  const from = cursor.at;
  cursor.at += size;
  readName(cursor, NAME.p);
  const prefix = readHead(cursor, UNSIGNED);
  if (prefix > previousLength) refuse("prefix longer than the key before");
  // One comparison shows two things: a whole prefix means that the next byte
  // differs, and ascending order means that it is higher.
  const isAbove =
    size > 0 &&
    (prefix === previousLength || cursor.bytes[from]! > keyBytes[prefix]!);
  if (!isAbove) refuse("keys not ascending, or prefix too short");
  const length = prefix + size;
  if (length > MAX_KEY_BYTES) refuse("key too long");
  for (let i = 0; i < size; i++) {
    keyBytes[prefix + i] = cursor.bytes[from + i]!;
  }
  if (!isKeyBytes(keyBytes, length)) refuse("key is not a repository path");
  return length;
}

/** Past the end there is undefined, which is no byte either. */
function expect(cursor: Cursor, byte: number): void {
  if (cursor.bytes[cursor.at++] !== byte) refuse("unexpected byte");
}

function readName(cursor: Cursor, char: number): void {
  expect(cursor, TEXT_OF_1);
  expect(cursor, char);
}

/** The start of an item: lengths of up to two bytes, more than any node needs. */
function readHead(cursor: Cursor, major: number): number {
  const { bytes } = cursor;
  const first = bytes[cursor.at++];
  if (first === undefined || first >> 5 !== major) refuse("unexpected byte");
  const info = first & 0x1f;
  if (info < 24) return info;
  if (info > 25) refuse("number too large");
  let value = bytes[cursor.at++] ?? 0;
  if (info === 25) value = (value << 8) | (bytes[cursor.at++] ?? 0);
  if (value < (info === 24 ? 24 : 0x100)) refuse("number not minimal");
  return value;
}

function readLink(cursor: Cursor): Link | null {
  const { bytes } = cursor;
  if (bytes[cursor.at] === NULL) {
    cursor.at++;
    return null;
  }
  for (let i = 0; i < LINK_PREFIX.length; i++) expect(cursor, LINK_PREFIX[i]!);
  const from = cursor.at;
  for (let i = 0; i < CID_PREFIX.length; i++) expect(cursor, CID_PREFIX[i]!);
  cursor.at = from + CID_SIZE_BYTES;
  if (cursor.at > bytes.length) refuse("cut short");
  return readLatin1(bytes, from, cursor.at);
}
