import type { Block } from "./block.ts";
import { CborReader } from "./cbor-reader.ts";
import { CborWriter } from "./cbor-writer.ts";
import { cidOfCbor, isRawCid, type CidBytes } from "./cid.ts";
import { BlockError } from "./errors.ts";
import {
  SIGNATURE_SIZE_BYTES,
  verifySignature,
  type Signer,
} from "./signer.ts";
import { isDid, isTid, type Did, type Tid } from "./syntax.ts";

/**
 * The signed top of a repository: whose it is, which tree, which revision.
 * @see https://atproto.com/specs/repository#commit-objects
 */
export interface Commit {
  did: Did;
  version: typeof VERSION;
  /** Root of the tree. */
  data: CidBytes;
  /** Rises with every commit of the repository. */
  rev: Tid;
  /** Always null in what is written today; the field must be there. */
  prev: CidBytes | null;
  /** 64 bytes: r, s. */
  sig: Uint8Array;
}

const VERSION = 3;
const FIELD_COUNT = 6;
// did, rev and three CIDs at most; a DID may have 2 KB.
const USUAL_SIZE_BYTES = 512;

/**
 * Makes a commit of format version 3 and signs it.
 * @returns the commit's block.
 */
export function signCommit(
  content: { did: Did; data: CidBytes; rev: Tid },
  signer: Signer,
): Block {
  const unsigned = { ...content, prev: null };
  const sig = signer.sign(encodeCommit(unsigned, null));
  const bytes = encodeCommit(unsigned, sig);
  return { cid: cidOfCbor(bytes), bytes };
}

/** Writes the fields in DRISL order; a null signature gives what is signed. */
function encodeCommit(
  commit: Pick<Commit, "did" | "data" | "rev" | "prev">,
  sig: Uint8Array | null,
): Uint8Array {
  const writer = new CborWriter(USUAL_SIZE_BYTES);
  writer.map(sig === null ? FIELD_COUNT - 1 : FIELD_COUNT);
  writer.text("did");
  writer.text(commit.did);
  writer.text("rev");
  writer.text(commit.rev);
  if (sig !== null) {
    writer.text("sig");
    writer.bytes(sig);
  }
  writer.text("data");
  writer.cid(commit.data);
  writer.text("prev");
  writer.nullableCid(commit.prev);
  writer.text("version");
  writer.int(VERSION);
  return writer.finish();
}

/**
 * Reads a commit. Does not look at whether the signature is right.
 * @throws BlockError when it is not the canonical encoding of a commit of
 *   version 3, or a field is malformed, missing or unknown.
 */
export function decodeCommit(bytes: Uint8Array): Commit {
  const reader = new CborReader(bytes);
  if (reader.map() !== FIELD_COUNT) refuse("not a map of six");
  reader.key("did");
  const did = reader.text();
  if (!isDid(did)) refuse("malformed did");
  reader.key("rev");
  const rev = reader.text();
  if (!isTid(rev)) refuse("malformed rev");
  reader.key("sig");
  const sig = reader.bytes().slice();
  if (sig.length !== SIGNATURE_SIZE_BYTES) refuse("signature of a wrong size");
  reader.key("data");
  const data = reader.cid().slice();
  if (isRawCid(data)) refuse("link to a raw block");
  reader.key("prev");
  const prev = reader.nullableCid()?.slice() ?? null;
  reader.key("version");
  if (reader.int() !== VERSION) refuse(`not of version ${VERSION}`);
  reader.end();
  return { did, version: VERSION, data, rev, prev, sig };
}

function refuse(reason: string): never {
  throw new BlockError(`not a commit: ${reason}`);
}

/**
 * Whether a commit was signed with a key.
 * @param didKey the public key as did:key.
 * @throws BlockError when the bytes are not a commit.
 */
export function verifyCommit(bytes: Uint8Array, didKey: string): boolean {
  const commit = decodeCommit(bytes);
  return verifySignature(didKey, encodeCommit(commit, null), commit.sig);
}
