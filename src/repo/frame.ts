import { CborWriter } from "./cbor-writer.ts";
import type { CidBytes } from "./cid.ts";
import type { MstOp } from "./mst/write.ts";
import type { Did, Handle, Tid } from "./syntax.ts";

export { decodeFrame, type Frame } from "./frame-reader.ts";

/**
 * Messages of `com.atproto.sync.subscribeRepos`: two DRISL maps one after the
 * other, a header that says what follows and a payload without `$type`. Fields
 * are written in DRISL order, shorter names first.
 * @see https://atproto.com/specs/event-stream
 * @see https://atproto.com/specs/sync#firehose
 */

/** A message whose sequence number is still to be filled in by `patchSeq`. */
export interface UnnumberedFrame {
  frame: Uint8Array;
  /** Where the nine bytes of `seq` are. */
  seqOffset: number;
}

/** A CBOR integer of eight bytes: its first byte, and how long it is in all. */
const UINT64_HEAD = 0x1b; // RFC 8949 §3.1
const UINT64_SIZE_BYTES = 9;
/** Below this, eight bytes would not be the shortest form. */
const LOWEST_SEQ = 2 ** 32;

const SMALL_FRAME_BYTES = 512;
/** Room for an op's fields beside its path. */
const OP_BYTES = 128;

export interface CommitFrameInput {
  repo: Did;
  rev: Tid;
  /** Revision before; null for the first commit. */
  since: Tid | null;
  commit: CidBytes;
  /** CAR of the commit, new blocks, and what is needed to invert the ops. */
  blocks: Uint8Array;
  ops: readonly MstOp[];
  /** Root of the tree before; null for the first commit, and then left out. */
  prevData: CidBytes | null;
  /** Datetime of RFC 3339. */
  time: string;
}

/** A change of a repository. The three deprecated fields are still required. */
export function encodeCommitFrame(input: CommitFrameInput): UnnumberedFrame {
  let sizeBytes = SMALL_FRAME_BYTES + input.blocks.length;
  for (const op of input.ops) sizeBytes += OP_BYTES + op.path.length * 3;
  const writer = startFrame("#commit", sizeBytes);
  writer.map(input.prevData === null ? 11 : 12);
  writer.text("ops");
  writer.array(input.ops.length);
  for (const op of input.ops) writeOp(writer, op);
  writer.text("rev");
  writer.text(input.rev);
  const seqOffset = writeSeq(writer);
  writer.text("repo");
  writer.text(input.repo);
  writer.text("time");
  writer.text(input.time);
  writer.text("blobs");
  writer.array(0);
  writer.text("since");
  if (input.since === null) writer.null();
  else writer.text(input.since);
  writer.text("blocks");
  writer.bytes(input.blocks);
  writer.text("commit");
  writer.cid(input.commit);
  writer.text("rebase");
  writer.bool(false);
  writer.text("tooBig");
  writer.bool(false);
  if (input.prevData !== null) {
    writer.text("prevData");
    writer.cid(input.prevData);
  }
  return { frame: writer.finish(), seqOffset };
}

/** `cid` is null for a delete; `prev` is there for updates and deletes only. */
function writeOp(writer: CborWriter, op: MstOp): void {
  writer.map(op.prev === null ? 3 : 4);
  writer.text("cid");
  writer.nullableCid(op.cid);
  writer.text("path");
  writer.text(op.path);
  if (op.prev !== null) {
    writer.text("prev");
    writer.cid(op.prev);
  }
  writer.text("action");
  writer.text(op.action);
}

/**
 * The state that a repository has now, whatever it had before.
 * @param input.blocks CAR of the commit alone.
 */
export function encodeSyncFrame(input: {
  did: Did;
  rev: Tid;
  blocks: Uint8Array;
  time: string;
}): UnnumberedFrame {
  const writer = startFrame("#sync", SMALL_FRAME_BYTES + input.blocks.length);
  writer.map(5);
  writer.text("did");
  writer.text(input.did);
  writer.text("rev");
  writer.text(input.rev);
  const seqOffset = writeSeq(writer);
  writer.text("time");
  writer.text(input.time);
  writer.text("blocks");
  writer.bytes(input.blocks);
  return { frame: writer.finish(), seqOffset };
}

/** The identity may have changed: readers should look it up again. */
export function encodeIdentityFrame(input: {
  did: Did;
  handle?: Handle;
  time: string;
}): UnnumberedFrame {
  const writer = startFrame("#identity", SMALL_FRAME_BYTES);
  writer.map(input.handle === undefined ? 3 : 4);
  writer.text("did");
  writer.text(input.did);
  const seqOffset = writeSeq(writer);
  writer.text("time");
  writer.text(input.time);
  if (input.handle !== undefined) {
    writer.text("handle");
    writer.text(input.handle);
  }
  return { frame: writer.finish(), seqOffset };
}

/** The status of the account on this host; `status` says why it is not active. */
export function encodeAccountFrame(input: {
  did: Did;
  active: boolean;
  status?: string;
  time: string;
}): UnnumberedFrame {
  const writer = startFrame("#account", SMALL_FRAME_BYTES);
  writer.map(input.status === undefined ? 4 : 5);
  writer.text("did");
  writer.text(input.did);
  const seqOffset = writeSeq(writer);
  writer.text("time");
  writer.text(input.time);
  writer.text("active");
  writer.bool(input.active);
  if (input.status !== undefined) {
    writer.text("status");
    writer.text(input.status);
  }
  return { frame: writer.finish(), seqOffset };
}

/** A remark about the stream; has no number. */
export function encodeInfoFrame(name: string, message?: string): Uint8Array {
  const writer = startFrame("#info", SMALL_FRAME_BYTES);
  writeWords(writer, "name", name, message);
  return writer.finish();
}

/** The last message of a stream that the server ends; has no number. */
export function encodeErrorFrame(error: string, message?: string): Uint8Array {
  const writer = new CborWriter(SMALL_FRAME_BYTES);
  writer.map(1);
  writer.text("op");
  writer.int(-1);
  writeWords(writer, "error", error, message);
  return writer.finish();
}

function writeWords(
  writer: CborWriter,
  field: "name" | "error",
  word: string,
  message: string | undefined,
): void {
  writer.map(message === undefined ? 1 : 2);
  writer.text(field);
  writer.text(word);
  if (message !== undefined) {
    writer.text("message");
    writer.text(message);
  }
}

function startFrame(t: string, sizeBytes: number): CborWriter {
  const writer = new CborWriter(sizeBytes);
  writer.map(2);
  writer.text("t");
  writer.text(t);
  writer.text("op");
  writer.int(1);
  return writer;
}

const UNKNOWN_SEQ = new Uint8Array(UINT64_SIZE_BYTES);
UNKNOWN_SEQ[0] = UINT64_HEAD;

function writeSeq(writer: CborWriter): number {
  writer.text("seq");
  const seqOffset = writer.length;
  // Zero in eight bytes is not canonical: no reader takes a frame without number.
  writer.raw(UNKNOWN_SEQ);
  return seqOffset;
}

/**
 * Writes the sequence number into a frame, in place.
 * @param seq 2^32…2^53−1, as numbers that start from microseconds are.
 * @throws RangeError when the number or the offset can't be one.
 */
export function patchSeq(
  frame: Uint8Array,
  seqOffset: number,
  seq: number,
): void {
  if (!Number.isSafeInteger(seq) || seq < LOWEST_SEQ) {
    throw new RangeError(`seq ${seq} is not within 2^32 and 2^53 - 1`);
  }
  if (frame[seqOffset] !== UINT64_HEAD) {
    throw new RangeError(`no seq at offset ${seqOffset}`);
  }
  let rest = seq;
  for (let at = seqOffset + UINT64_SIZE_BYTES - 1; at > seqOffset; at--) {
    frame[at] = rest % 0x100;
    rest = Math.floor(rest / 0x100);
  }
}
