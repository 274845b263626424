import type { CidBytes } from "#repo/cid.ts";
import { CID_SIZE_BYTES } from "#repo/cid.ts";
import { decodeCar, encodeCar } from "#repo/car.ts";
import { decodeDrisl, encodeDrisl } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { decodeFrame } from "#repo/frame.ts";
import type { Block } from "#repo/block.ts";
import type { Nsid, RecordKey, Tid } from "#repo/syntax.ts";
import type {
  RecordChange,
  RepoChange,
  RepoHead,
} from "#storage/actor-store.ts";
import type { EventRow } from "#storage/event-log.ts";

/** A change whose place in the log is not known yet. */
export type PendingChange = Omit<RepoChange, "seq">;

/**
 * The redo record of a log row: what the frame does not say and the repository
 * needs. New blocks are the first `blockCount` blocks of the frame's CAR; the
 * rest of it only proves the change to readers. A row that readers do not see
 * has no frame and carries its CAR here.
 */
interface RedoRecord {
  v: 1;
  rev: string;
  since: string | null;
  commit: Uint8Array;
  data: Uint8Array;
  prevData: Uint8Array | null;
  blockCount: number;
  /** CIDs end to end, 36 bytes each. */
  removed: Uint8Array;
  records: [
    collection: string,
    rkey: string,
    cid: Uint8Array | null,
    blobs: Uint8Array,
    subject: string | null,
  ][];
  car: Uint8Array | null;
}

/** Encodes the redo record. `isSilent` rows have no frame to take blocks from. */
export function encodeRedo(
  change: PendingChange,
  isSilent: boolean,
): Uint8Array {
  const redo: RedoRecord = {
    v: 1,
    rev: change.rev,
    since: change.since,
    commit: change.commit,
    data: change.data,
    prevData: change.prevData,
    blockCount: change.blocks.length,
    removed: joinCids(change.removed),
    records: change.records.map((record) => [
      record.collection,
      record.rkey,
      record.cid,
      joinCids(record.blobs),
      record.subject,
    ]),
    car: isSilent ? encodeCar(change.commit, change.blocks) : null,
  };
  return encodeDrisl(redo as never);
}

/** Where a repository stands that was placed whole. */
export type PlacedHead = Omit<RepoHead, "appliedSeq">;

/** Encodes what an import row says of the file that its generation names. */
export function encodePlacement({ rev, commit, data }: PlacedHead): Uint8Array {
  return encodeDrisl({ v: 1, rev, commit, data });
}

/** @throws BlockError when the row is damaged. */
export function placementOfRow(row: EventRow): PlacedHead {
  const placement = decodeDrisl(row.redo!) as unknown as PlacedHead & {
    v: number;
  };
  if (placement.v !== 1) {
    throw new BlockError(`redo record of version ${placement.v}`);
  }
  const { rev, commit, data } = placement;
  return { rev, commit, data };
}

/**
 * The change that a row of the log makes, or null for one that changes no
 * repository block by block. What was applied when the row was written and what recovery
 * applies is the same.
 * @throws BlockError when the row is damaged.
 */
export function changeOfRow(row: EventRow): RepoChange | null {
  if (row.redo === null || row.kind === "import") return null;
  const redo = decodeDrisl(row.redo) as unknown as RedoRecord;
  if (redo.v !== 1) throw new BlockError(`redo record of version ${redo.v}`);
  return {
    seq: row.seq,
    rev: redo.rev as Tid,
    since: redo.since as Tid | null,
    commit: redo.commit,
    data: redo.data,
    prevData: redo.prevData,
    blocks: blocksOf(row, redo),
    removed: splitCids(redo.removed),
    records: redo.records.map(
      ([collection, rkey, cid, blobs, subject]): RecordChange => ({
        collection: collection as Nsid,
        rkey: rkey as RecordKey,
        cid,
        blobs: splitCids(blobs),
        subject,
      }),
    ),
  };
}

function blocksOf(row: EventRow, redo: RedoRecord): Block[] {
  const car = redo.car ?? decodeFrame(row.frame).payload.blocks;
  if (!(car instanceof Uint8Array)) {
    throw new BlockError(`log row ${row.seq} has no blocks`);
  }
  const blocks = decodeCar(car).blocks;
  if (blocks.length < redo.blockCount) {
    throw new BlockError(`log row ${row.seq} lacks blocks`);
  }
  return blocks.slice(0, redo.blockCount);
}

function joinCids(cids: readonly CidBytes[]): Uint8Array {
  const joined = new Uint8Array(cids.length * CID_SIZE_BYTES);
  cids.forEach((cid, i) => joined.set(cid, i * CID_SIZE_BYTES));
  return joined;
}

function splitCids(joined: Uint8Array): CidBytes[] {
  const cids: CidBytes[] = [];
  for (let at = 0; at < joined.length; at += CID_SIZE_BYTES) {
    cids.push(joined.subarray(at, at + CID_SIZE_BYTES));
  }
  return cids;
}
