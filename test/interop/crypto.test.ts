import { expect, test } from "bun:test";
import { base58btc } from "multiformats/bases/base58";
import {
  type Curve,
  formatDidKey,
  formatMultikey,
  parseDidKey,
  parseMultikey,
  parseVerificationKey,
  publicKeyOf,
} from "#repo/keys.ts";
import { createSigner, verifySignature } from "#repo/signer.ts";
import { describeVectors, readJson } from "./vectors.ts";

interface SignatureFixture {
  comment: string;
  messageBase64: string;
  algorithm: "ES256" | "ES256K";
  didDocSuite: string;
  publicKeyDid: string;
  publicKeyMultibase: string;
  signatureBase64: string;
  validSignature: boolean;
}

interface KeyFixture {
  privateKeyBytesHex?: string;
  privateKeyBytesBase58?: string;
  publicDidKey: string;
}

describeVectors("crypto", (folder) => {
  test("signature-fixtures.json", () => {
    const fixtures = readJson<SignatureFixture>(
      folder,
      "signature-fixtures.json",
    );
    for (const fixture of fixtures) {
      const message = Buffer.from(fixture.messageBase64, "base64");
      const signature = Buffer.from(fixture.signatureBase64, "base64");
      const key = parseDidKey(fixture.publicKeyDid);
      expect(key.curve).toBe(fixture.algorithm === "ES256" ? "p256" : "k256");
      expect(
        parseVerificationKey(fixture.didDocSuite, fixture.publicKeyMultibase),
      ).toEqual(key);
      expect(
        verifySignature(fixture.publicKeyDid, message, signature),
        fixture.comment,
      ).toBe(fixture.validSignature);
    }
    // Each curve has one good signature; a verifier that refuses all would
    // otherwise pass for most of the cases.
    expect(fixtures.filter((fixture) => fixture.validSignature).length).toBe(2);
  });

  for (const [file, curve] of [
    ["w3c_didkey_K256.json", "k256"],
    ["w3c_didkey_P256.json", "p256"],
  ] as const) {
    test(file, () => {
      for (const fixture of readJson<KeyFixture>(folder, file)) {
        checkKey(curve, fixture);
      }
    });
  }
});

function checkKey(curve: Curve, fixture: KeyFixture): void {
  const privateKey =
    fixture.privateKeyBytesHex === undefined
      ? base58btc.baseDecode(fixture.privateKeyBytesBase58!)
      : new Uint8Array(Buffer.from(fixture.privateKeyBytesHex, "hex"));
  const publicKey = publicKeyOf(curve, privateKey);
  const didKey = fixture.publicDidKey;
  expect(formatDidKey(curve, publicKey)).toBe(didKey);
  expect(parseDidKey(didKey)).toEqual({ curve, publicKey });
  expect(parseMultikey(formatMultikey(curve, publicKey)).curve).toBe(curve);
  const signer = createSigner(curve, privateKey);
  expect(signer.didKey).toBe(didKey);
  const message = new TextEncoder().encode(didKey);
  expect(verifySignature(didKey, message, signer.sign(message))).toBe(true);
}
