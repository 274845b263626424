import { expect, test } from "bun:test";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import fc from "fast-check";
import { loadNativeSecp256k1 } from "./secp256k1.ts";

const native = loadNativeSecp256k1();
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const privateKey = bytes32.filter((key) =>
  secp256k1.utils.isValidSecretKey(key),
);
const portable = { prehash: false, lowS: true } as const;

test("is there on Linux for x64", () => {
  const isExpected = process.platform === "linux" && process.arch === "x64";
  expect(native !== null).toBe(isExpected);
});

test("makes the bytes that the portable code makes", () => {
  fc.assert(
    fc.property(bytes32, privateKey, (hash, key) => {
      const expected = secp256k1.sign(hash, key, portable);
      expect((native?.sign(hash, key) ?? expected).toHex()).toBe(
        expected.toHex(),
      );
    }),
  );
});

test("finds the public keys that the portable code finds", () => {
  fc.assert(
    fc.property(privateKey, (key) => {
      const expected = secp256k1.getPublicKey(key);
      expect((native?.publicKeyOf(key) ?? expected).toHex()).toBe(
        expected.toHex(),
      );
    }),
  );
});

test("judges signatures as the portable code does", () => {
  const order = secp256k1.Point.Fn.ORDER;
  fc.assert(
    fc.property(bytes32, privateKey, fc.nat(64 * 8 - 1), (hash, key, bit) => {
      if (native === null) return;
      const publicKey = secp256k1.getPublicKey(key);
      const signature = secp256k1.sign(hash, key, portable);
      expect(native.verify(signature, hash, publicKey)).toBe(true);
      const s = BigInt(`0x${signature.subarray(32).toHex()}`);
      const high = signature.slice();
      const highS = (order - s).toString(16).padStart(64, "0");
      high.set(Buffer.from(highS, "hex"), 32);
      expect(native.verify(high, hash, publicKey)).toBe(false);
      const flipped = signature.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const judge = () => native.verify(flipped, hash, publicKey);
      let verdict = false;
      try {
        verdict = judge();
      } catch {
        // r or s beyond the order
      }
      expect(verdict).toBe(false);
    }),
  );
});

test("refuses keys that are none", () => {
  if (native === null) return;
  const hash = new Uint8Array(32);
  expect(() => native.publicKeyOf(new Uint8Array(32))).toThrow();
  expect(() => native.sign(hash, new Uint8Array(32))).toThrow();
  expect(() => native.sign(hash, new Uint8Array(32).fill(0xff))).toThrow();
  const noPoint = new Uint8Array(33).fill(0xff);
  expect(() => native.verify(new Uint8Array(64), hash, noPoint)).toThrow();
});
