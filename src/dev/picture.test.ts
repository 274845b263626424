import { expect, test } from "bun:test";
import { inflateSync } from "node:zlib";
import { drawPicture } from "./picture.ts";

test("the picture is a PNG whose chunks and pixels are right", () => {
  const png = drawPicture({ size: 4, from: [0, 0, 0], to: [200, 100, 50] });
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const chunks = new Map<string, Uint8Array>();
  let at = 8;
  while (at < png.length) {
    const length = view.getUint32(at);
    const type = new TextDecoder().decode(png.subarray(at + 4, at + 8));
    const checksum = view.getUint32(at + 8 + length);
    expect(Bun.hash.crc32(png.subarray(at + 4, at + 8 + length))).toBe(
      checksum,
    );
    chunks.set(type, png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  expect([...chunks.keys()]).toEqual(["IHDR", "IDAT", "IEND"]);
  const rows = inflateSync(chunks.get("IDAT")!);
  expect(rows).toHaveLength(4 * (1 + 4 * 3));
  expect([...rows.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
  // The last pixel is at (3 + 3) / 8 of the way.
  expect([...rows.subarray(-3)]).toEqual([150, 75, 37]);
});
