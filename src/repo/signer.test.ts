import { describe, expect, test } from "bun:test";
import { type Curve, formatDidKey, generatePrivateKey } from "./keys.ts";
import { createSigner, verifySignature } from "./signer.ts";

const message = new TextEncoder().encode("message");

for (const curve of ["k256", "p256"] as Curve[]) {
  describe(curve, () => {
    test("a signature is 64 bytes, verified by its key and no other", () => {
      const signer = createSigner(curve, generatePrivateKey(curve));
      const other = createSigner(curve, generatePrivateKey(curve));
      const signature = signer.sign(message);
      expect(signature.length).toBe(64);
      expect(verifySignature(signer.didKey, message, signature)).toBe(true);
      expect(verifySignature(other.didKey, message, signature)).toBe(false);
    });

    test("a signer keeps working when the caller wipes the key", () => {
      const privateKey = generatePrivateKey(curve);
      const signer = createSigner(curve, privateKey);
      privateKey.fill(0);
      const signature = signer.sign(message);
      expect(verifySignature(signer.didKey, message, signature)).toBe(true);
    });

    test("a private key can't be read from its signer", () => {
      const signer = createSigner(curve, generatePrivateKey(curve));
      expect(Object.keys(signer).sort()).toEqual([
        "curve",
        "didKey",
        "jwtAlg",
        "sign",
      ]);
    });

    test("a signature of zeros, of the order or of another size is refused", () => {
      const { didKey } = createSigner(curve, generatePrivateKey(curve));
      for (const signature of [
        new Uint8Array(64),
        new Uint8Array(64).fill(0xff),
        new Uint8Array(63).fill(1),
        new Uint8Array(65).fill(1),
        new Uint8Array(),
      ]) {
        expect(verifySignature(didKey, message, signature)).toBe(false);
      }
    });

    test("a key that is malformed verifies nothing and throws nothing", () => {
      const noPoint = new Uint8Array(33).fill(0xff);
      noPoint[0] = 2;
      const signature = new Uint8Array(64).fill(1);
      for (const didKey of [
        "",
        "did:key:z",
        "did:plc:abc",
        formatDidKey(curve, noPoint),
        formatDidKey(curve, new Uint8Array(33)),
      ]) {
        expect(verifySignature(didKey, message, signature)).toBe(false);
      }
    });
  });
}
