export {
  cidFromKey as cidOfLink,
  cidKey as linkOf,
  cidOfCbor as cidOfNode,
} from "#repo/cid.ts";

/**
 * A CID with one character for each byte. Inside the tree this form is cheaper
 * than bytes to hold, to compare and to look up.
 */
export type Link = string;

// Called on plain arrays, these need no Buffer around them.
const { latin1Slice, latin1Write } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, from: number, to: number): string;
  latin1Write(
    this: Uint8Array,
    text: string,
    offset: number,
    length: number,
  ): number;
};

/** The characters of a part of some bytes; ASCII or a CID. */
export function readLatin1(
  bytes: Uint8Array,
  from: number,
  to: number,
): string {
  return latin1Slice.call(bytes, from, to);
}

/** Writes one byte for each character and returns the offset after them. */
export function writeLatin1(
  bytes: Uint8Array,
  at: number,
  text: string,
): number {
  latin1Write.call(bytes, text, at, text.length);
  return at + text.length;
}
