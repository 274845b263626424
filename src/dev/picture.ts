import { deflateSync } from "node:zlib";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]; // PNG §5.2
const BIT_DEPTH = 8;
const TRUECOLOUR = 2;

/**
 * A square picture, so that a new network has something to look at: a slope
 * between two colours.
 *
 * @returns a PNG file
 * @see https://www.w3.org/TR/png-3/
 */
export function drawPicture(options: {
  size: number;
  from: readonly [number, number, number];
  to: readonly [number, number, number];
}): Uint8Array {
  const { size, from, to } = options;
  const rows = new Uint8Array(size * (1 + size * 3));
  let at = 0;
  for (let y = 0; y < size; y++) {
    rows[at++] = 0; // no filter in this row
    for (let x = 0; x < size; x++) {
      const share = (x + y) / (2 * size);
      for (let channel = 0; channel < 3; channel++) {
        rows[at++] = from[channel]! + share * (to[channel]! - from[channel]!);
      }
    }
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, size);
  view.setUint32(4, size);
  header.set([BIT_DEPTH, TRUECOLOUR], 8);
  return Buffer.concat([
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array()),
  ]);
}

/** Length, type, data, and the checksum of the last two. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const whole = new Uint8Array(12 + data.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, data.length);
  whole.set(new TextEncoder().encode(type), 4);
  whole.set(data, 8);
  view.setUint32(
    8 + data.length,
    Bun.hash.crc32(whole.subarray(4, 8 + data.length)),
  );
  return whole;
}
