import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { base58btc } from "multiformats/bases/base58";
import { loadNativeSecp256k1 } from "#lib/secp256k1.ts";
import { BlockError, InvalidSyntax } from "./errors.ts";

/**
 * Public keys and their text forms. A public key is its 33 compressed bytes.
 * @see https://atproto.com/specs/cryptography
 */

export type Curve = "k256" | "p256";

export interface PublicKey {
  curve: Curve;
  /** Compressed: a sign byte (2 or 3), then 32 bytes of x. A point of the curve. */
  publicKey: Uint8Array;
}

// https://atproto.com/specs/cryptography#public-key-encoding: varints of the
// multicodec table, secp256k1-pub 0xe7 and p256-pub 0x1200.
const MULTICODEC_BY_CURVE = {
  k256: [0xe7, 0x01],
  p256: [0x80, 0x24],
} as const satisfies Record<Curve, readonly [number, number]>;

const MULTICODEC_SIZE_BYTES = 2;
const COMPRESSED_SIZE_BYTES = 33;

// Base 58 takes time that grows with the square of the length, so nothing
// longer than an uncompressed key (65 bytes, 89 characters) is decoded.
const MAX_MULTIBASE_LENGTH = 90;

const DID_KEY_PREFIX = "did:key:"; // https://w3c-ccg.github.io/did-key-spec/

const ALGORITHM_BY_CURVE = { k256: secp256k1, p256 } as const;

/** 32 random bytes that are a private key of the curve. */
export function generatePrivateKey(curve: Curve): Uint8Array {
  return ALGORITHM_BY_CURVE[curve].utils.randomSecretKey();
}

/** @throws BlockError when the bytes are no private key of the curve. */
export function checkPrivateKey(curve: Curve, privateKey: Uint8Array): void {
  if (!ALGORITHM_BY_CURVE[curve].utils.isValidSecretKey(privateKey)) {
    throw new BlockError(`not a private key of ${curve}`);
  }
}

/**
 * The compressed public key of a private key.
 * @throws BlockError when the bytes are no private key of the curve.
 */
export function publicKeyOf(curve: Curve, privateKey: Uint8Array): Uint8Array {
  const algorithm = ALGORITHM_BY_CURVE[curve];
  checkPrivateKey(curve, privateKey);
  const native = curve === "k256" ? loadNativeSecp256k1() : null;
  return (
    native?.publicKeyOf(privateKey) ?? algorithm.getPublicKey(privateKey, true)
  );
}

/** @throws InvalidSyntax when it is no did:key of one of the two curves. */
export function parseDidKey(didKey: string): PublicKey {
  return checkPoint(decodeDidKey(didKey), didKey);
}

/**
 * Reads a did:key without the costly check that the key is a point of its
 * curve, for verifiers that check it themselves.
 * @throws InvalidSyntax when it is no did:key of one of the two curves.
 */
export function decodeDidKey(didKey: string): PublicKey {
  if (!didKey.startsWith(DID_KEY_PREFIX)) {
    throw new InvalidSyntax("did:key", didKey);
  }
  return decodeMultikey(didKey.slice(DID_KEY_PREFIX.length));
}

export function formatDidKey(curve: Curve, publicKey: Uint8Array): string {
  return DID_KEY_PREFIX + formatMultikey(curve, publicKey);
}

/**
 * Reads the `publicKeyMultibase` of a verification method of type Multikey.
 * @throws InvalidSyntax when it is no compressed key of one of the two curves.
 */
export function parseMultikey(multikey: string): PublicKey {
  return checkPoint(decodeMultikey(multikey), multikey);
}

function decodeMultikey(multikey: string): PublicKey {
  const bytes = decodeBase58(multikey);
  const publicKey = bytes.subarray(MULTICODEC_SIZE_BYTES);
  if (publicKey.length === COMPRESSED_SIZE_BYTES) {
    for (const curve of ["k256", "p256"] as const) {
      const [first, second] = MULTICODEC_BY_CURVE[curve];
      if (bytes[0] === first && bytes[1] === second)
        return { curve, publicKey };
    }
  }
  throw new InvalidSyntax("multikey", multikey);
}

function checkPoint(key: PublicKey, text: string): PublicKey {
  const { utils } = ALGORITHM_BY_CURVE[key.curve];
  if (utils.isValidPublicKey(key.publicKey, true)) return key;
  throw new InvalidSyntax("point of the curve", text);
}

/** @param publicKey compressed, 33 bytes. */
export function formatMultikey(curve: Curve, publicKey: Uint8Array): string {
  const bytes = new Uint8Array(MULTICODEC_SIZE_BYTES + publicKey.length);
  bytes.set(MULTICODEC_BY_CURVE[curve]);
  bytes.set(publicKey, MULTICODEC_SIZE_BYTES);
  return base58btc.encode(bytes);
}

// The suites that DID documents named before Multikey. Their keys have no
// multicodec prefix and may be uncompressed.
const CURVE_BY_LEGACY_TYPE = new Map<string, Curve>([
  ["EcdsaSecp256k1VerificationKey2019", "k256"],
  ["EcdsaSecp256r1VerificationKey2019", "p256"],
]);

/**
 * The key of a verification method in a DID document, in its present form
 * (type Multikey) or one of the two older ones.
 * @throws InvalidSyntax when the type is unknown or the key malformed.
 * @see https://atproto.com/specs/did#public-key-formats
 */
export function parseVerificationKey(
  type: string,
  publicKeyMultibase: string,
): PublicKey {
  if (type === "Multikey") return parseMultikey(publicKeyMultibase);
  const curve = CURVE_BY_LEGACY_TYPE.get(type);
  if (curve === undefined) throw new InvalidSyntax("verification-key", type);
  try {
    const bytes = decodeBase58(publicKeyMultibase);
    const point = ALGORITHM_BY_CURVE[curve].Point.fromBytes(bytes);
    return { curve, publicKey: point.toBytes(true) };
  } catch {
    throw new InvalidSyntax("verification-key", publicKeyMultibase);
  }
}

// The decoder takes characters outside Latin-1 for zeros, so that one key would
// have many spellings.
const BASE58_TEXT = /^z[1-9A-HJ-NP-Za-km-z]+$/;

function decodeBase58(multibase: string): Uint8Array {
  try {
    if (
      multibase.length <= MAX_MULTIBASE_LENGTH &&
      BASE58_TEXT.test(multibase)
    ) {
      return base58btc.decode(multibase as `z${string}`);
    }
  } catch {
    // Said below: the decoder's own error would name no kind.
  }
  throw new InvalidSyntax("multibase", multibase);
}
