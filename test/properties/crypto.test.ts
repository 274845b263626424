import { describe, expect, test } from "bun:test";
import * as official from "@atproto/crypto";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import fc from "fast-check";
import {
  type Curve,
  formatDidKey,
  formatMultikey,
  generatePrivateKey,
  parseDidKey,
  parseMultikey,
  parseVerificationKey,
} from "#repo/keys.ts";
import { createSigner, verifySignature } from "#repo/signer.ts";

const CURVES: Curve[] = ["k256", "p256"];
const ALGORITHM_BY_CURVE = { k256: secp256k1, p256 } as const;
const JWT_ALG_BY_CURVE = { k256: "ES256K", p256: "ES256" } as const;

// A signature takes milliseconds where the machine is slow.
const RUNS = { numRuns: 20 };

const message = fc.uint8Array({ maxLength: 500 });
const curve = fc.constantFrom(...CURVES);
// Any 32 bytes with a first byte below 0xff are a private key of both curves
// (unless all are zero), since both orders start with 0xff.
const privateKey = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Uint8Array.from(bytes, (byte, i) => (i ? byte : byte | 1)))
  .filter((bytes) => bytes[0] !== 0xff);

function importOfficial(curve: Curve, key: Uint8Array) {
  const { P256Keypair, Secp256k1Keypair } = official;
  return curve === "k256"
    ? Secp256k1Keypair.import(key)
    : P256Keypair.import(key);
}

async function officialAccepts(
  didKey: string,
  content: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  try {
    return await official.verifySignature(didKey, content, signature);
  } catch {
    return false;
  }
}

describe("signing", () => {
  test("the official package has the same did:key and accepts what we sign", async () => {
    await fc.assert(
      fc.asyncProperty(curve, privateKey, message, async (c, key, content) => {
        const signer = createSigner(c, key);
        const keypair = await importOfficial(c, key);
        expect(signer.didKey).toBe(keypair.did());
        expect(String(signer.jwtAlg)).toBe(keypair.jwtAlg);
        const signature = signer.sign(content);
        expect(signature.length).toBe(64);
        expect(await officialAccepts(signer.didKey, content, signature)).toBe(
          true,
        );
      }),
      RUNS,
    );
  });

  test("k256 gives the same bytes as the official package", async () => {
    await fc.assert(
      fc.asyncProperty(privateKey, message, async (key, content) => {
        const keypair = await importOfficial("k256", key);
        expect(createSigner("k256", key).sign(content)).toEqual(
          new Uint8Array(await keypair.sign(content)),
        );
      }),
      RUNS,
    );
  });

  test("s is low in every signature of P-256", () => {
    const { n } = p256.Point.CURVE();
    const signer = createSigner("p256", generatePrivateKey("p256"));
    // Half of the runtime's own signatures have a high s, so that a signer
    // which forgets to lower it fails here.
    for (let i = 0; i < 100; i++) {
      const content = Uint8Array.of(i);
      const signature = signer.sign(content);
      const s = BigInt(
        "0x" + Buffer.from(signature.subarray(32)).toString("hex"),
      );
      expect(s <= n / 2n).toBe(true);
      expect(verifySignature(signer.didKey, content, signature)).toBe(true);
    }
  });
});

describe("verifying", () => {
  test("we accept what the official package signs", async () => {
    await fc.assert(
      fc.asyncProperty(curve, privateKey, message, async (c, key, content) => {
        const keypair = await importOfficial(c, key);
        const signature = await keypair.sign(content);
        expect(verifySignature(keypair.did(), content, signature)).toBe(true);
      }),
      RUNS,
    );
  });

  test("we refuse what the official package refuses", async () => {
    const edit = fc.tuple(
      fc.constantFrom("message", "signature", "key", "length", "none"),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
    );
    const run = fc.tuple(curve, privateKey, message, edit);
    await fc.assert(
      fc.asyncProperty(run, async ([c, key, content, [what, at, bits]]) => {
        const signer = createSigner(c, key);
        let signature = signer.sign(content);
        let didKey = signer.didKey;
        if (what === "message") content = Uint8Array.of(...content, bits);
        if (what === "signature") signature[at % 64]! ^= bits;
        if (what === "length") signature = signature.subarray(0, at % 64);
        if (what === "key") {
          const public_ = parseDidKey(didKey).publicKey.slice();
          public_[at % 33]! ^= bits;
          didKey = formatDidKey(c, public_);
        }
        const answer = verifySignature(didKey, content, signature);
        expect(answer).toBe(what === "none");
        expect(await officialAccepts(didKey, content, signature)).toBe(answer);
      }),
      { numRuns: 60 },
    );
  });

  for (const c of CURVES) {
    test(`${c}: the same signature with a high s is refused`, async () => {
      const { n } = ALGORITHM_BY_CURVE[c].Point.CURVE();
      const { Signature } = ALGORITHM_BY_CURVE[c];
      await fc.assert(
        fc.asyncProperty(privateKey, message, async (key, content) => {
          const signer = createSigner(c, key);
          const { r, s } = Signature.fromBytes(signer.sign(content));
          const high = new Signature(r, n - s).toBytes("compact");
          expect(verifySignature(signer.didKey, content, high)).toBe(false);
          expect(await officialAccepts(signer.didKey, content, high)).toBe(
            false,
          );
          // It is the rule that refuses it and not the arithmetic.
          const { publicKey } = parseDidKey(signer.didKey);
          expect(
            ALGORITHM_BY_CURVE[c].verify(high, content, publicKey, {
              lowS: false,
            }),
          ).toBe(true);
        }),
        RUNS,
      );
    });

    test(`${c}: s is low up to half of the order, and not one above`, () => {
      const { Point, Signature } = ALGORITHM_BY_CURVE[c];
      const half = Point.CURVE().n / 2n;
      const content = new TextEncoder().encode("message");
      const digest = Bun.SHA256.hash(content) as unknown as Uint8Array;
      // For any r and s there is a key whose signature they are.
      const r = Point.BASE.multiply(1234n).toAffine().x % Point.CURVE().n;
      for (const [s, expected] of [
        [half, true],
        [half + 1n, false],
      ] as const) {
        const signature = new Signature(r, s, 0);
        const publicKey = signature.recoverPublicKey(digest).toBytes(true);
        expect(
          verifySignature(
            formatDidKey(c, publicKey),
            content,
            signature.toBytes("compact"),
          ),
        ).toBe(expected);
      }
    });

    test(`${c}: the same signature in DER is refused`, () => {
      fc.assert(
        fc.property(privateKey, message, (key, content) => {
          const signer = createSigner(c, key);
          const compact = signer.sign(content);
          const der =
            ALGORITHM_BY_CURVE[c].Signature.fromBytes(compact).toBytes("der");
          expect(verifySignature(signer.didKey, content, der)).toBe(false);
          expect(verifySignature(signer.didKey, content, compact)).toBe(true);
        }),
        RUNS,
      );
    });
  }
});

describe("public keys", () => {
  test("have the text forms of the official package", () => {
    fc.assert(
      fc.property(curve, privateKey, (c, key) => {
        const publicKey = ALGORITHM_BY_CURVE[c].getPublicKey(key, true);
        const didKey = formatDidKey(c, publicKey);
        expect(didKey).toBe(
          official.formatDidKey(JWT_ALG_BY_CURVE[c], publicKey),
        );
        expect(formatMultikey(c, publicKey)).toBe(
          official.formatMultikey(JWT_ALG_BY_CURVE[c], publicKey),
        );
        expect(parseDidKey(didKey)).toEqual({ curve: c, publicKey });
      }),
      RUNS,
    );
  });

  test("are refused wherever the official package refuses them", () => {
    const didKey = createSigner("k256", new Uint8Array(32).fill(7)).didKey;
    const edit = fc.tuple(
      fc.integer({ min: 0, max: didKey.length }),
      fc.nat({ max: 2 }),
      fc.constantFrom("", "z", "1", "0", "l", "Q", "did:key:", " "),
    );
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 2 }), (edits) => {
        let text = didKey;
        for (const [at, removed, added] of edits) {
          text = text.slice(0, at) + added + text.slice(at + removed);
        }
        let ours;
        try {
          ours = parseDidKey(text);
        } catch {
          return;
        }
        accepted++;
        expect(String(JWT_ALG_BY_CURVE[ours.curve])).toBe(
          official.parseDidKey(text).jwtAlg,
        );
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  test("of the older verification types are read compressed or not", () => {
    const types = {
      k256: "EcdsaSecp256k1VerificationKey2019",
      p256: "EcdsaSecp256r1VerificationKey2019",
    };
    fc.assert(
      fc.property(curve, privateKey, fc.boolean(), (c, key, compressed) => {
        const bytes = ALGORITHM_BY_CURVE[c].getPublicKey(key, compressed);
        const multibase = official.bytesToMultibase(bytes, "base58btc");
        const publicKey = ALGORITHM_BY_CURVE[c].getPublicKey(key, true);
        const expected = { curve: c, publicKey };
        expect(parseVerificationKey(types[c], multibase)).toEqual(expected);
        const multikey = formatMultikey(c, publicKey);
        expect(parseVerificationKey("Multikey", multikey)).toEqual(expected);
        expect(parseMultikey(multikey)).toEqual(expected);
      }),
      RUNS,
    );
  });
});
