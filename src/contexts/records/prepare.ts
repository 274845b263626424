import { invalidRequest } from "#lib/errors.ts";
import { cidOfCbor, parseCid, type CidBytes } from "#repo/cid.ts";
import { encodeDrisl, type LexMap } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { jsonToRecord } from "#repo/lex-json.ts";
import {
  isNsid,
  isRecordKey,
  type Did,
  type Nsid,
  type RecordKey,
} from "#repo/syntax.ts";
import type { TidClock } from "#repo/tid.ts";
import {
  parseBlobReferences,
  uniqueCids,
  type BlobReference,
} from "#contexts/blobs/blob-ref.ts";
import type { Blobs } from "#contexts/blobs/blobs.ts";
import { listBlobConstraints } from "#contexts/lexicons/blob-constraints.ts";
import type {
  Lexicons,
  ValidationStatus,
} from "#contexts/lexicons/lexicons.ts";
import { literalKey } from "#contexts/lexicons/record-key.ts";
import { renewProfile } from "./old-blobs.ts";
import { findSubject } from "./subject.ts";

/** A write that is checked as far as it can be without the repository. */
export interface PreparedWrite {
  action: "create" | "update" | "put" | "delete";
  collection: Nsid;
  rkey: RecordKey;
  /** Null for deletions, as `bytes`. */
  cid: CidBytes | null;
  bytes: Uint8Array | null;
  /** Blobs that the record names, each once. */
  blobs: CidBytes[];
  /** See `RecordChange.subject`. */
  subject: string | null;
  /** Whether an earlier record of the same subject is to go. */
  dedupe: boolean;
  /** Absent: not checked. Null: the record must not exist. */
  swapRecord?: CidBytes | null;
  validationStatus?: ValidationStatus;
}

export interface PrepareDeps {
  lexicons: Lexicons;
  blobs: Pick<Blobs, "assertReference" | "findStored">;
  tids: TidClock;
}

export interface RecordInput {
  did: Did;
  action: "create" | "update" | "put";
  collection: string;
  /** Absent: the lexicon's only key, else a new TID. */
  rkey?: string;
  /** As it came: JSON with `$link` and `$bytes`. */
  record: unknown;
  /** False: no lexicon. True: the lexicon must be known. Absent: as far as it is known. */
  validate?: boolean;
  swapRecord?: string | null;
}

/** Largest encoded record. @see https://atproto.com/specs/sync#commit-validation-mst-inversion */
const MAX_RECORD_SIZE_BYTES = 1_000_000;

/**
 * Checks a record and encodes it. Happens outside the account's mutex: blobs
 * are here now, and the writer has a last look.
 * @throws XrpcError InvalidRequest when record, key or `$type` are not as they should be.
 * @throws XrpcError BlobNotFound, InvalidMimeType, InvalidSize
 */
export function prepareRecord(
  deps: PrepareDeps,
  input: RecordInput,
): PreparedWrite {
  const { did, action, validate } = input;
  const { lexicons } = deps;
  const collection = parseCollection(input.collection);
  const keyType = lexicons.findRecord(collection)?.key;
  const rkey =
    input.rkey === undefined
      ? (literalKey(keyType) ?? newKey(deps.tids))
      : parseKey(input.rkey);
  const given = withType(
    collection,
    orInvalid(() => jsonToRecord(input.record)),
  );
  const record =
    action === "create"
      ? given
      : renewProfile(deps.blobs, did, collection, given);
  const references = parseBlobReferences(record);
  const status = lexicons.validateRecord(collection, record, validate, rkey);
  const definition =
    status === "valid" ? lexicons.findBinding(collection, validate) : null;
  checkBlobs(deps, { did, definition, record, references });
  const bytes = encode(record);
  return {
    action,
    collection,
    rkey,
    cid: cidOfCbor(bytes),
    bytes,
    blobs: uniqueCids(references),
    subject: findSubject(collection, record),
    dedupe: false,
    ...swapOf(input.swapRecord),
    ...(status !== undefined && { validationStatus: status }),
  };
}

/** @throws XrpcError InvalidRequest when collection, key or swap are malformed. */
export function prepareDelete(input: {
  collection: string;
  rkey: string;
  swapRecord?: string | null;
}): PreparedWrite {
  return {
    action: "delete",
    collection: parseCollection(input.collection),
    rkey: parseKey(input.rkey),
    cid: null,
    bytes: null,
    blobs: [],
    subject: null,
    dedupe: false,
    ...swapOf(input.swapRecord),
  };
}

/** @throws XrpcError InvalidRequest when it is no CID of a record or commit. */
export function parseSwap(name: string, text: string): CidBytes {
  try {
    return parseCid(text);
  } catch (error) {
    throw invalidRequest(`${name} must be a CID`, error).because("cidForm");
  }
}

export function parseCollection(text: string): Nsid {
  if (!isNsid(text))
    throw invalidRequest("collection must be an NSID").because(
      "collectionForm",
    );
  return text;
}

export function parseKey(text: string): RecordKey {
  if (!isRecordKey(text))
    throw invalidRequest("Invalid record key").because("rkeyForm");
  return text;
}

function newKey(tids: TidClock): RecordKey {
  return tids.next() as string as RecordKey;
}

function swapOf(
  swapRecord: string | null | undefined,
): Pick<PreparedWrite, "swapRecord"> {
  if (swapRecord === undefined) return {};
  if (swapRecord === null) return { swapRecord: null };
  return { swapRecord: parseSwap("swapRecord", swapRecord) };
}

function withType(collection: Nsid, record: LexMap): LexMap {
  const { $type } = record;
  if ($type === undefined) return { $type: collection, ...record };
  if ($type === collection) return record;
  const actual = typeof $type === "string" ? $type.slice(0, 317) : typeof $type;
  throw invalidRequest(
    `Invalid $type: expected ${collection}, got ${actual}`,
  ).because("typeOther", { expected: collection, actual });
}

function encode(record: LexMap): Uint8Array {
  const bytes = orInvalid(() => encodeDrisl(record));
  if (bytes.length <= MAX_RECORD_SIZE_BYTES) return bytes;
  throw invalidRequest(
    `A record may have ${MAX_RECORD_SIZE_BYTES} bytes; this one has ${bytes.length}`,
  ).because("recordBig", { most: MAX_RECORD_SIZE_BYTES, size: bytes.length });
}

function orInvalid<T>(fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (!(error instanceof BlockError)) throw error;
    throw invalidRequest(`Invalid record: ${error.message}`, error).because(
      "recordBad",
      { said: error.message },
    );
  }
}

function checkBlobs(
  { lexicons, blobs }: PrepareDeps,
  input: {
    did: Did;
    /** That the record fits and must fit. */
    definition: ReturnType<Lexicons["findBinding"]>;
    record: LexMap;
    references: BlobReference[];
  },
): void {
  const { did, definition, record, references } = input;
  if (references.length === 0) return;
  const constraints =
    definition === null
      ? []
      : listBlobConstraints(lexicons.lexicons, definition.record, record);
  const byPlace = new Map(
    constraints.map((constraint) => [
      JSON.stringify(constraint.path),
      constraint,
    ]),
  );
  for (const reference of references) {
    const constraint = byPlace.get(JSON.stringify(reference.path)) ?? {};
    blobs.assertReference({ did, reference, constraint });
  }
}
