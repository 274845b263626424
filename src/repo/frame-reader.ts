import { CborReader } from "./cbor-reader.ts";
import type { CidBytes } from "./cid.ts";
import { BlockError } from "./errors.ts";
import type { MstAction, MstOp } from "./mst/write.ts";

/**
 * Reads messages of `com.atproto.sync.subscribeRepos`. Names, order and
 * presence of fields must be those of the lexicon and of DRISL; what the words
 * in them mean is not looked at. CIDs and byte strings are views of the frame.
 */
export type Frame =
  | { op: 1; t: "#commit"; payload: CommitPayload }
  | { op: 1; t: "#sync"; payload: SyncPayload }
  | { op: 1; t: "#identity"; payload: IdentityPayload }
  | { op: 1; t: "#account"; payload: AccountPayload }
  | { op: 1; t: "#info"; payload: InfoPayload }
  | { op: -1; t: null; payload: ErrorPayload };

/** Any field may be asked for before `t` is known. */
interface Payload {
  readonly [field: string]: unknown;
}

export interface CommitPayload extends Payload {
  /** `prev` is null where the message has none. */
  ops: MstOp[];
  rev: string;
  seq: number;
  repo: string;
  time: string;
  blobs: CidBytes[];
  since: string | null;
  blocks: Uint8Array;
  commit: CidBytes;
  rebase: boolean;
  tooBig: boolean;
  /** Null where the message has none. */
  prevData: CidBytes | null;
}

export interface SyncPayload extends Payload {
  did: string;
  rev: string;
  seq: number;
  time: string;
  blocks: Uint8Array;
}

export interface IdentityPayload extends Payload {
  did: string;
  seq: number;
  time: string;
  handle?: string;
}

export interface AccountPayload extends Payload {
  did: string;
  seq: number;
  time: string;
  active: boolean;
  status?: string;
}

export interface InfoPayload extends Payload {
  name: string;
  message?: string;
}

export interface ErrorPayload extends Payload {
  error: string;
  message?: string;
}

/**
 * Reads one message.
 * @throws BlockError when it is not the canonical encoding of a message that
 *   the lexicon knows, or has bytes after its end.
 */
export function decodeFrame(bytes: Uint8Array): Frame {
  const reader = new CborReader(bytes);
  const frame = readFrame(reader);
  reader.end();
  return frame;
}

function readFrame(reader: CborReader): Frame {
  const fields = reader.map();
  if (fields === 1) {
    reader.key("op");
    if (reader.int() !== -1) refuse("header without a type");
    return { op: -1, t: null, payload: readWords(reader, "error") };
  }
  if (fields !== 2) refuse("header with unknown fields");
  reader.key("t");
  const t = reader.text();
  reader.key("op");
  if (reader.int() !== 1) refuse("header with an unknown op");
  switch (t) {
    case "#commit":
      return { op: 1, t, payload: readCommit(reader) };
    case "#sync":
      return { op: 1, t, payload: readSync(reader) };
    case "#identity":
      return { op: 1, t, payload: readIdentity(reader) };
    case "#account":
      return { op: 1, t, payload: readAccount(reader) };
    case "#info":
      return { op: 1, t, payload: readWords(reader, "name") };
    default:
      return refuse("unknown type");
  }
}

function refuse(reason: string): never {
  throw new BlockError(`not an event message: ${reason}`);
}

/** Reads the field count, one of two; true for the larger. */
function readCount(reader: CborReader, fewest: number, most: number): boolean {
  const count = reader.map();
  if (count !== fewest && count !== most) refuse("unexpected fields");
  return count === most && most !== fewest;
}

function readText(reader: CborReader, key: string): string {
  reader.key(key);
  return reader.text();
}

function readBool(reader: CborReader, key: string): boolean {
  reader.key(key);
  return reader.bool();
}

function readBytes(reader: CborReader, key: string): Uint8Array {
  reader.key(key);
  return reader.bytes();
}

function readCid(reader: CborReader, key: string): CidBytes {
  reader.key(key);
  return reader.cid();
}

function readSeq(reader: CborReader): number {
  reader.key("seq");
  return reader.int();
}

function readNullableText(reader: CborReader, key: string): string | null {
  reader.key(key);
  return reader.null() ? null : reader.text();
}

// The fields of each object below are read in the order in which they stand,
// which is that of DRISL.

function readCommit(reader: CborReader): CommitPayload {
  const hasPrevData = readCount(reader, 11, 12);
  return {
    ops: readOps(reader),
    rev: readText(reader, "rev"),
    seq: readSeq(reader),
    repo: readText(reader, "repo"),
    time: readText(reader, "time"),
    blobs: readBlobs(reader),
    since: readNullableText(reader, "since"),
    blocks: readBytes(reader, "blocks"),
    commit: readCid(reader, "commit"),
    rebase: readBool(reader, "rebase"),
    tooBig: readBool(reader, "tooBig"),
    prevData: hasPrevData ? readCid(reader, "prevData") : null,
  };
}

function readOps(reader: CborReader): MstOp[] {
  reader.key("ops");
  const ops: MstOp[] = [];
  const count = reader.array();
  for (let i = 0; i < count; i++) {
    const hasPrev = readCount(reader, 3, 4);
    reader.key("cid");
    const cid = reader.nullableCid();
    const path = readText(reader, "path");
    const prev = hasPrev ? readCid(reader, "prev") : null;
    ops.push({ action: readAction(reader), path, cid, prev });
  }
  return ops;
}

function readAction(reader: CborReader): MstAction {
  const action = readText(reader, "action");
  if (action === "create" || action === "update" || action === "delete") {
    return action;
  }
  return refuse("unknown action");
}

function readBlobs(reader: CborReader): CidBytes[] {
  reader.key("blobs");
  const blobs: CidBytes[] = [];
  const count = reader.array();
  for (let i = 0; i < count; i++) blobs.push(reader.cid());
  return blobs;
}

function readSync(reader: CborReader): SyncPayload {
  readCount(reader, 5, 5);
  return {
    did: readText(reader, "did"),
    rev: readText(reader, "rev"),
    seq: readSeq(reader),
    time: readText(reader, "time"),
    blocks: readBytes(reader, "blocks"),
  };
}

function readIdentity(reader: CborReader): IdentityPayload {
  const hasHandle = readCount(reader, 3, 4);
  return {
    did: readText(reader, "did"),
    seq: readSeq(reader),
    time: readText(reader, "time"),
    ...(hasHandle && { handle: readText(reader, "handle") }),
  };
}

function readAccount(reader: CborReader): AccountPayload {
  const hasStatus = readCount(reader, 4, 5);
  return {
    did: readText(reader, "did"),
    seq: readSeq(reader),
    time: readText(reader, "time"),
    active: readBool(reader, "active"),
    ...(hasStatus && { status: readText(reader, "status") }),
  };
}

/** A word and perhaps a sentence: `#info`, and errors. */
function readWords<Field extends "name" | "error">(
  reader: CborReader,
  field: Field,
): { [key in Field]: string } & { message?: string } {
  const hasMessage = readCount(reader, 1, 2);
  const word = readText(reader, field);
  return {
    [field]: word,
    ...(hasMessage && { message: readText(reader, "message") }),
  } as { [key in Field]: string };
}
