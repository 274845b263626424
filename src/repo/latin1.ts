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

/** A part of some bytes, one character a byte; ASCII or a CID. */
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
