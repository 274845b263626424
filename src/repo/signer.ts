import {
  createPrivateKey,
  createPublicKey,
  sign as signNatively,
  verify as verifyNatively,
} from "node:crypto";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { loadNativeSecp256k1 } from "#lib/secp256k1.ts";
import { InvalidSyntax } from "./errors.ts";
import {
  type Curve,
  checkPrivateKey,
  decodeDidKey,
  formatDidKey,
  type PublicKey,
  publicKeyOf,
} from "./keys.ts";

/**
 * ECDSA over SHA-256 as AT Protocol wants it: 64 bytes, r then s, and of the two
 * values of s that would verify only the lower one.
 * @see https://atproto.com/specs/cryptography#ecdsa-signature-malleability
 */

export const SIGNATURE_SIZE_BYTES = 64;

/**
 * A private key that can sign and can't be read. How it signs is open: each
 * curve has the fastest implementation that the executable carries.
 */
export interface Signer {
  readonly curve: Curve;
  /** The public key as did:key. */
  readonly didKey: string;
  readonly jwtAlg: "ES256K" | "ES256";
  /**
   * Signs the SHA-256 of the message.
   * @returns 64 bytes: r, s, both 32 bytes and big-endian, s low. The same
   *   message may get another signature each time (P-256 does).
   */
  sign(message: Uint8Array): Uint8Array;
}

/**
 * @param privateKey 32 bytes, big-endian. It is copied.
 * @throws BlockError when the bytes are no private key of the curve.
 */
export function createSigner(curve: Curve, privateKey: Uint8Array): Signer {
  checkPrivateKey(curve, privateKey);
  const key = privateKey.slice();
  const { jwtAlg, sign } =
    curve === "k256" ? createK256Signer(key) : createP256Signer(key);
  let didKey: string | null = null;
  return {
    curve,
    jwtAlg,
    sign,
    // Many sign and never tell who they are, and a start should need no curve.
    get didKey() {
      return (didKey ??= formatDidKey(curve, publicKeyOf(curve, key)));
    },
  };
}

// The runtime hashes about nine times faster than the library would.
const PREHASHED = { prehash: false, lowS: true } as const;

type Method = Pick<Signer, "jwtAlg" | "sign">;

function createK256Signer(privateKey: Uint8Array): Method {
  return {
    jwtAlg: "ES256K",
    sign(message) {
      const hash = sha256(message);
      return (
        loadNativeSecp256k1()?.sign(hash, privateKey) ??
        secp256k1.sign(hash, privateKey, PREHASHED)
      );
    },
  };
}

// RFC 5208 and RFC 5915: what stands before the 32 bytes of a P-256 private key
// in PKCS #8 when the optional public key is left out.
const P256_PKCS8_PREFIX = Buffer.from(
  "304102010030" +
    "1306072a8648ce3d020106082a8648ce3d030107" +
    "042730250201010420",
  "hex",
);
// RFC 5480 §2: the same for a compressed public key in SubjectPublicKeyInfo.
const P256_SPKI_PREFIX = Buffer.from(
  "3039" + "301306072a8648ce3d020106082a8648ce3d030107" + "032200",
  "hex",
);
// Fixed-length r and s in place of DER.
const DSA_ENCODING = "ieee-p1363";

// The key is parsed once and not for each signature.
function createP256Signer(privateKey: Uint8Array): Method {
  const key = createPrivateKey({
    key: Buffer.concat([P256_PKCS8_PREFIX, privateKey]),
    format: "der",
    type: "pkcs8",
  });
  const options = { key, dsaEncoding: DSA_ENCODING } as const;
  return {
    jwtAlg: "ES256",
    // About half of what the runtime makes has a high s.
    sign: (message) =>
      lowerS(new Uint8Array(signNatively("sha256", message, options))),
  };
}

/**
 * True when the signature is the key's own over the SHA-256 of the message.
 * False, without an exception, for every other key, message or signature:
 * a malformed key, DER, a high s.
 */
export function verifySignature(
  didKey: string,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== SIGNATURE_SIZE_BYTES) return false;
  const key = findKey(didKey);
  if (key === null) return false;
  try {
    return key.curve === "k256"
      ? verifyK256(key.publicKey, message, signature)
      : verifyP256(key.publicKey, message, signature);
  } catch {
    return false; // the key is no point of its curve
  }
}

function findKey(didKey: string): PublicKey | null {
  try {
    return decodeDidKey(didKey);
  } catch (error) {
    if (error instanceof InvalidSyntax) return null;
    throw error;
  }
}

// Both libraries refuse a high s and everything but 64 bytes by themselves; the
// options say so in case the defaults of the portable one change.
function verifyK256(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const hash = sha256(message);
  const native = loadNativeSecp256k1();
  if (native !== null) return native.verify(signature, hash, publicKey);
  return secp256k1.verify(signature, hash, publicKey, {
    ...PREHASHED,
    format: "compact",
  });
}

// The runtime accepts both values of s.
function verifyP256(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (isHighS(signature)) return false;
  const key = createPublicKey({
    key: Buffer.concat([P256_SPKI_PREFIX, publicKey]),
    format: "der",
    type: "spki",
  });
  const options = { key, dsaEncoding: DSA_ENCODING } as const;
  return verifyNatively("sha256", message, options, signature);
}

// NIST SP 800-186 §3.2.1.3: the order n of P-256, and n / 2 rounded down.
const P256_ORDER = Buffer.from(
  "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
  "hex",
);
const P256_HALF_ORDER = Buffer.from(
  "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8",
  "hex",
);
const S_OFFSET = 32;

function isHighS(signature: Uint8Array): boolean {
  return Buffer.compare(signature.subarray(S_OFFSET), P256_HALF_ORDER) > 0;
}

/** Puts n - s in the place of a high s; both verify. Changes its argument. */
function lowerS(signature: Uint8Array): Uint8Array {
  if (!isHighS(signature)) return signature;
  let borrow = 0;
  for (let i = P256_ORDER.length - 1; i >= 0; i--) {
    const difference = P256_ORDER[i]! - signature[S_OFFSET + i]! - borrow;
    borrow = difference < 0 ? 1 : 0;
    signature[S_OFFSET + i] = difference & 0xff;
  }
  return signature;
}

function sha256(message: Uint8Array): Uint8Array {
  const digest = new Uint8Array(32);
  Bun.SHA256.hash(message, digest);
  return digest;
}
