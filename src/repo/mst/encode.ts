import type { Block } from "#repo/block.ts";
import { ARRAY, BYTES, NULL, UNSIGNED } from "#repo/cbor-writer.ts";
import { CID_SIZE_BYTES } from "#repo/cid.ts";
import { sharedPrefixLength } from "./key.ts";
import { cidOfNode, writeLatin1, type Link } from "./link.ts";
import type { Node } from "./node.ts";

/** Maps of two and four entries, and the one-letter text before each value. */
export const MAP_OF_2 = 0xa2; // RFC 8949 §3.1
export const MAP_OF_4 = 0xa4;
export const TEXT_OF_1 = 0x61;
export const NAME = { e: 0x65, k: 0x6b, l: 0x6c, p: 0x70, t: 0x74, v: 0x76 };

/**
 * What stands before the 36 bytes of a CID: tag 42, a byte string of 37, and
 * the zero of a binary multibase.
 * @see https://ipld.io/specs/codecs/dag-cbor/spec/#links
 */
export const LINK_PREFIX = Uint8Array.of(0xd8, 0x2a, 0x58, 0x25, 0x00);
const LINK_SIZE_BYTES = LINK_PREFIX.length + CID_SIZE_BYTES;

/** Writes a node; the same node always gives the same bytes. */
export function encodeNode(node: Node): Uint8Array {
  const { keys, values, links } = node;
  const prefixes = keys.map((key, index) =>
    index === 0 ? 0 : sharedPrefixLength(keys[index - 1]!, key),
  );
  const bytes = new Uint8Array(measure(node, prefixes));
  let at = 0;
  bytes[at++] = MAP_OF_2;
  at = writeName(bytes, at, NAME.e);
  at = writeHead(bytes, at, ARRAY, keys.length);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const prefix = prefixes[i]!;
    bytes[at++] = MAP_OF_4;
    at = writeName(bytes, at, NAME.k);
    at = writeHead(bytes, at, BYTES, key.length - prefix);
    for (let j = prefix; j < key.length; j++) bytes[at++] = key.charCodeAt(j);
    at = writeName(bytes, at, NAME.p);
    at = writeHead(bytes, at, UNSIGNED, prefix);
    at = writeName(bytes, at, NAME.t);
    at = writeLink(bytes, at, links[i + 1]!);
    at = writeName(bytes, at, NAME.v);
    at = writeLink(bytes, at, values[i]!);
  }
  at = writeName(bytes, at, NAME.l);
  writeLink(bytes, at, links[0]!);
  return bytes;
}

function measure(node: Node, prefixes: readonly number[]): number {
  const { keys, links } = node;
  let size = 1 + 2 + headSize(keys.length) + 2 + linkSize(links[0]!);
  for (let i = 0; i < keys.length; i++) {
    const rest = keys[i]!.length - prefixes[i]!;
    size += 1 + 4 * 2 + headSize(rest) + rest + headSize(prefixes[i]!);
    size += linkSize(links[i + 1]!) + LINK_SIZE_BYTES;
  }
  return size;
}

function headSize(value: number): number {
  return value < 24 ? 1 : value < 0x100 ? 2 : 3;
}

function linkSize(link: Link | null): number {
  return link === null ? 1 : LINK_SIZE_BYTES;
}

function writeName(bytes: Uint8Array, at: number, char: number): number {
  bytes[at] = TEXT_OF_1;
  bytes[at + 1] = char;
  return at + 2;
}

/** The start of an item in its shortest form, for the values below 2^16 that occur here. */
function writeHead(
  bytes: Uint8Array,
  at: number,
  major: number,
  value: number,
): number {
  const type = major << 5;
  if (value < 24) {
    bytes[at] = type | value;
    return at + 1;
  }
  if (value < 0x100) {
    bytes[at] = type | 24;
    bytes[at + 1] = value;
    return at + 2;
  }
  bytes[at] = type | 25;
  bytes[at + 1] = value >> 8;
  bytes[at + 2] = value;
  return at + 3;
}

function writeLink(bytes: Uint8Array, at: number, link: Link | null): number {
  if (link === null) {
    bytes[at] = NULL;
    return at + 1;
  }
  for (let i = 0; i < LINK_PREFIX.length; i++) bytes[at + i] = LINK_PREFIX[i]!;
  return writeLatin1(bytes, at + LINK_PREFIX.length, link);
}

const emptyBytes = encodeNode({
  keys: [],
  values: [],
  links: [null],
  layer: -1,
});
const emptyCid = cidOfNode(emptyBytes);

/** The tree without records: one node without entries. */
export function emptyTree(): Block {
  return { cid: emptyCid.slice(), bytes: emptyBytes.slice() };
}
