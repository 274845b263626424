import { NULL } from "#repo/cbor-writer.ts";
import { CID_SIZE_BYTES } from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import { LINK_PREFIX } from "./encode.ts";

/** No CID begins at the first byte of a node. */
export const NO_LINK = 0;

/** A map's first byte, and the name of one letter before each value. */
const MAP_SIZE_BYTES = 1;
const NAME_SIZE_BYTES = 2;

/**
 * Where the CIDs of a node lie in its bytes, in the order of a walk: the
 * subtree left of all records, then each record and the subtree right of it.
 * `NO_LINK` stands where there is no subtree, so that records have odd places.
 *
 * For bytes that are known to be what was once written, by their hash: this
 * does not ask whether they are canonical, in order or on the right layer, as
 * `decodeNode` does, and costs a fraction of it.
 * @throws BlockError when they are no node.
 */
export function scanNode(bytes: Uint8Array): number[] {
  const found = [NO_LINK];
  let at = MAP_SIZE_BYTES + NAME_SIZE_BYTES;
  const count = argumentAt(bytes, at);
  at += headSize(count);
  for (let i = 0; i < count; i++) {
    at += MAP_SIZE_BYTES + NAME_SIZE_BYTES;
    const rest = argumentAt(bytes, at);
    at += headSize(rest) + rest + NAME_SIZE_BYTES;
    at += headSize(argumentAt(bytes, at)) + NAME_SIZE_BYTES;
    const subtree = linkAt(bytes, at);
    at = afterLink(at, subtree) + NAME_SIZE_BYTES;
    const record = linkAt(bytes, at);
    at = afterLink(at, record);
    found.push(record, subtree);
  }
  at += NAME_SIZE_BYTES;
  found[0] = linkAt(bytes, at);
  if (afterLink(at, found[0]) !== bytes.length) throw notNode();
  return found;
}

/** A count or length of up to two bytes, which is all that nodes hold. */
function argumentAt(bytes: Uint8Array, at: number): number {
  const info = bytes[at]! & 0x1f; // RFC 8949 §3
  if (info < 24) return info;
  if (info === 24) return bytes[at + 1]!;
  return (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

function headSize(argument: number): number {
  return argument < 24 ? 1 : argument < 0x100 ? 2 : 3;
}

function linkAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === NULL) return NO_LINK;
  if (first !== LINK_PREFIX[0]) throw notNode();
  return at + LINK_PREFIX.length;
}

function afterLink(at: number, link: number): number {
  return link === NO_LINK ? at + 1 : link + CID_SIZE_BYTES;
}

function notNode(): BlockError {
  return new BlockError("not a tree node");
}
