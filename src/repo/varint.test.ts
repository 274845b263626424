import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BlockError } from "./errors.ts";
import {
  decodeVarint,
  encodeVarint,
  readVarint,
  varintLength,
  writeVarint,
} from "./varint.ts";

const value = fc.oneof(
  fc.maxSafeNat(),
  fc.nat({ max: 70_000 }),
  fc.constantFrom(0, 127, 128, 16383, 16384, 2 ** 28, 2 ** 35, 2 ** 49),
);

describe("a varint", () => {
  test("has the bytes of the specification's examples", () => {
    expect([...encodeVarint(1)]).toEqual([0x01]);
    expect([...encodeVarint(127)]).toEqual([0x7f]);
    expect([...encodeVarint(128)]).toEqual([0x80, 0x01]);
    expect([...encodeVarint(300)]).toEqual([0xac, 0x02]);
    expect([...encodeVarint(16384)]).toEqual([0x80, 0x80, 0x01]);
  });

  test("comes back as it was, from any offset", () => {
    fc.assert(
      fc.property(value, fc.nat({ max: 20 }), (number, offset) => {
        const bytes = new Uint8Array(offset + 10);
        const next = writeVarint(bytes, offset, number);
        expect(next - offset).toBe(varintLength(number));
        expect(decodeVarint(bytes, offset)).toEqual({ value: number, next });
      }),
    );
  });

  test("that is not whole yet is waited for, or refused", () => {
    fc.assert(
      fc.property(value, (number) => {
        const part = encodeVarint(number).subarray(0, -1);
        expect(readVarint(part)).toBeNull();
        expect(() => decodeVarint(part)).toThrow(BlockError);
      }),
    );
  });

  test("with spare zero bytes is refused", () => {
    expect(() => readVarint(Uint8Array.of(0x80, 0x00))).toThrow("minimal");
    expect(() => readVarint(Uint8Array.of(0xff, 0x80, 0x00))).toThrow(
      "minimal",
    );
  });

  test("longer than 8 bytes is refused, even if more could come", () => {
    expect(() => readVarint(new Uint8Array(8).fill(0x80))).toThrow("too long");
    const largest = encodeVarint(Number.MAX_SAFE_INTEGER);
    expect(largest.length).toBe(8);
    expect(decodeVarint(largest).value).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("beyond 2^53 - 1 is refused", () => {
    const bytes = new Uint8Array(8).fill(0xff);
    bytes[7] = 0x7f;
    expect(() => readVarint(bytes)).toThrow("too big");
  });
});
