import { describe, expect, test } from "bun:test";
import { base58btc } from "multiformats/bases/base58";
import { BlockError, InvalidSyntax } from "./errors.ts";
import {
  type Curve,
  decodeDidKey,
  formatDidKey,
  formatMultikey,
  generatePrivateKey,
  parseDidKey,
  parseMultikey,
  parseVerificationKey,
  publicKeyOf,
} from "./keys.ts";

const CURVES: Curve[] = ["k256", "p256"];

describe("private keys", () => {
  for (const curve of CURVES) {
    test(`of ${curve} are 32 bytes and differ`, () => {
      const first = generatePrivateKey(curve);
      expect(first.length).toBe(32);
      expect(generatePrivateKey(curve)).not.toEqual(first);
      expect(publicKeyOf(curve, first).length).toBe(33);
    });

    test(`of ${curve} are neither zero nor beyond the order`, () => {
      for (const bad of [
        new Uint8Array(32),
        new Uint8Array(32).fill(0xff),
        new Uint8Array(31).fill(1),
        new Uint8Array(33).fill(1),
      ]) {
        expect(() => publicKeyOf(curve, bad)).toThrow(BlockError);
      }
    });
  }
});

describe("did:key", () => {
  const publicKey = publicKeyOf("k256", new Uint8Array(32).fill(1));
  const didKey = formatDidKey("k256", publicKey);

  test("is refused with another prefix, base or multicodec", () => {
    const ed25519 = Uint8Array.of(0xed, 0x01, ...publicKey);
    for (const text of [
      didKey.slice("did:key:".length),
      didKey.replace("did:key:", "did:KEY:"),
      didKey.replace("did:key:z", "did:key:m"),
      `did:key:${base58btc.encode(ed25519)}`,
      `${didKey}0`,
      "did:key:",
      "did:key:z",
    ]) {
      expect(() => parseDidKey(text)).toThrow(InvalidSyntax);
    }
  });

  test("has one spelling: a character that the decoder takes for a zero is refused", () => {
    for (let at = "did:key:z".length; at < didKey.length; at++) {
      const text = `${didKey.slice(0, at)}\u202e${didKey.slice(at + 1)}`;
      expect(() => decodeDidKey(text)).toThrow(InvalidSyntax);
    }
  });

  test("is refused when the key is uncompressed or no point", () => {
    const wrong = publicKey.slice();
    wrong[0] = 5;
    expect(() => parseDidKey(formatDidKey("k256", wrong))).toThrow("point");
    const short = formatMultikey("k256", publicKey.subarray(0, 32));
    expect(() => parseMultikey(short)).toThrow(InvalidSyntax);
    const long = formatMultikey("k256", new Uint8Array(65).fill(4));
    expect(() => parseMultikey(long)).toThrow(InvalidSyntax);
  });

  test("of hostile length is refused unread", () => {
    // Decoding this much base 58 would take minutes.
    expect(() => parseDidKey(`did:key:z${"2".repeat(5_000_000)}`)).toThrow(
      InvalidSyntax,
    );
  });
});

describe("verification keys", () => {
  test("of an unknown type, or malformed, are refused", () => {
    const key = formatMultikey("p256", publicKeyOf("p256", bytesOf(1)));
    expect(parseVerificationKey("Multikey", key).curve).toBe("p256");
    const older = "EcdsaSecp256r1VerificationKey2019";
    for (const [type, text] of [
      ["Ed25519VerificationKey2020", key],
      [older, key], // has a multicodec prefix
      [older, "z111"],
      [older, "not base 58"],
    ] as const) {
      expect(() => parseVerificationKey(type, text)).toThrow(InvalidSyntax);
    }
  });
});

function bytesOf(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte);
}
