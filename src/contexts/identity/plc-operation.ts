import { type Cid, cidOfCbor, formatCid } from "#repo/cid.ts";
import { encodeDrisl, type LexMap } from "#repo/drisl.ts";
import { type Signer, verifySignature } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";

/**
 * Operations of did:plc: the states of an identity, each signed by a rotation
 * key that the state before it names, and chained by CID.
 * @see https://web.plc.directory/spec/v0.1/did-plc
 */

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"; // RFC 4648 §6, lower case

export interface PlcService {
  type: string;
  /** URL. */
  endpoint: string;
}

/** What an identity is at one time. */
export interface PlcData {
  /** did:key each, 1–5, the most powerful first. */
  rotationKeys: string[];
  /** did:key by name; `atproto` signs the repository. */
  verificationMethods: Record<string, string>;
  /** URIs; the first `at://` one is the handle. */
  alsoKnownAs: string[];
  /** By name; `atproto_pds` is the PDS. */
  services: Record<string, PlcService>;
}

export interface PlcOperation extends PlcData {
  type: "plc_operation";
  /** CID of the operation before, null in the first. */
  prev: string | null;
  /** 64 bytes r‖s, low-S, base64url without padding. */
  sig: string;
}

/** Ends an identity for good. */
export interface PlcTombstone {
  type: "plc_tombstone";
  prev: string;
  sig: string;
}

/** The first operation of identities made in 2022; no longer accepted, still in logs. */
export interface LegacyGenesis {
  type: "create";
  signingKey: string;
  recoveryKey: string;
  handle: string;
  service: string;
  prev: null;
  sig: string;
}

export type AnyPlcOperation = PlcOperation | PlcTombstone | LegacyGenesis;

/** An operation as the directory keeps it. */
export interface PlcLogEntry {
  did: string;
  operation: AnyPlcOperation;
  cid: string;
  /** Undone by a more powerful key within 72 h. */
  nullified: boolean;
  /** ISO 8601. */
  createdAt: string;
}

/** Signs what an operation says; the fields keep their order. */
export function signOperation<T extends object>(
  unsigned: T,
  signer: Signer,
): T & { sig: string } {
  const bytes = encodeOperation(unsigned);
  const sig = Buffer.from(signer.sign(bytes)).toString("base64url");
  return { ...unsigned, sig };
}

/** The bytes that are signed and hashed. */
function encodeOperation(operation: object): Uint8Array {
  return encodeDrisl(operation as LexMap);
}

/** An operation that sets a state; `prev` is the CID of the one before. */
export function signPlcOperation(
  data: PlcData,
  prev: string | null,
  signer: Signer,
): PlcOperation {
  const { rotationKeys, verificationMethods, alsoKnownAs, services } = data;
  return signOperation(
    {
      type: "plc_operation" as const,
      rotationKeys,
      verificationMethods,
      alsoKnownAs,
      services,
      prev,
    },
    signer,
  );
}

/** CID of a signed operation: what the next one names as `prev`. */
export function cidOfOperation(operation: AnyPlcOperation): Cid {
  return formatCid(cidOfCbor(encodeOperation(operation)));
}

/** The DID that a signed first operation makes: 24 characters of its hash. */
export function didOfGenesis(operation: AnyPlcOperation): Did {
  return `did:plc:${base32OfHash(operation).slice(0, 24)}` as Did;
}

/** The whole hash of a signed operation in base32, of which a DID is a prefix. */
export function base32OfHash(operation: AnyPlcOperation): string {
  // A CID's text is base32 too, but its digest doesn't begin on a character.
  const digest = Bun.SHA256.hash(encodeOperation(operation)) as Uint8Array;
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of digest) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >>> bits) & 31];
    }
  }
  if (bits > 0) {
    text += ALPHABET[(value << (5 - bits)) & 31];
  }
  return text;
}

/** The state that an operation sets, or null for a tombstone. */
export function dataOfOperation(operation: AnyPlcOperation): PlcData | null {
  switch (operation.type) {
    case "plc_tombstone":
      return null;
    case "create":
      return {
        rotationKeys: [operation.recoveryKey, operation.signingKey],
        verificationMethods: { atproto: operation.signingKey },
        alsoKnownAs: [formatHandleUri(operation.handle)],
        services: { atproto_pds: formatPdsService(operation.service) },
      };
    case "plc_operation": {
      const { rotationKeys, verificationMethods, alsoKnownAs, services } =
        operation;
      return { rotationKeys, verificationMethods, alsoKnownAs, services };
    }
  }
}

/** Which of the keys signed the operation; null when none did, or the signature is not in its one form. */
export function findSigner(
  operation: AnyPlcOperation,
  didKeys: string[],
): string | null {
  const { sig, ...unsigned } = operation;
  const bytes = Buffer.from(sig, "base64url");
  if (bytes.toString("base64url") !== sig) return null;
  const message = encodeOperation(unsigned);
  for (const didKey of didKeys) {
    if (verifies(didKey, message, new Uint8Array(bytes))) return didKey;
  }
  return null;
}

function verifies(
  didKey: string,
  message: Uint8Array,
  sig: Uint8Array,
): boolean {
  try {
    return verifySignature(didKey, message, sig);
  } catch {
    return false; // a key of a curve that is not ours
  }
}

export interface AtprotoIdentity {
  /** did:key of the repository. */
  signingKey: string;
  /** did:key each, the most powerful first. */
  rotationKeys: string[];
  handle: string;
  /** URL of the PDS. */
  pds: string;
}

/** The state of an identity as AT Protocol uses it. */
export function formatAtprotoData(identity: AtprotoIdentity): PlcData {
  return {
    rotationKeys: identity.rotationKeys,
    verificationMethods: { atproto: identity.signingKey },
    alsoKnownAs: [formatHandleUri(identity.handle)],
    services: { atproto_pds: formatPdsService(identity.pds) },
  };
}

/** The same state with another handle, in the place of the first one; other names stay. */
export function withHandle(data: PlcData, handle: string): PlcData {
  const names = [...data.alsoKnownAs];
  const at = names.findIndex((name) => name.startsWith("at://"));
  if (at < 0) names.unshift(formatHandleUri(handle));
  else names[at] = formatHandleUri(handle);
  return { ...data, alsoKnownAs: names };
}

function formatHandleUri(handle: string): string {
  if (handle.startsWith("at://")) return handle;
  return `at://${handle.replace(/^https?:\/\//, "")}`;
}

function formatPdsService(endpoint: string): PlcService {
  return {
    type: "AtprotoPersonalDataServer",
    endpoint: /^https?:\/\//.test(endpoint) ? endpoint : `https://${endpoint}`,
  };
}
