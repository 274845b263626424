import type { Database } from "bun:sqlite";
import type { CidBytes } from "#repo/cid.ts";
import type { Did, Nsid, RecordKey } from "#repo/syntax.ts";

/** A record or blob that moderators took out of sight. */
export interface TakedownRow {
  /** The moderators' own reference. */
  ref: string;
  createdAtMs: number;
}

export type RecordSubject = { did: Did; collection: Nsid; rkey: RecordKey };

export type BlobSubject = { did: Did; cid: CidBytes };

export interface TakedownRows {
  findRecord(did: Did, collection: Nsid, rkey: RecordKey): TakedownRow | null;
  /** Record keys of the collection that are out of sight; mostly none. */
  listRecords(did: Did, collection: Nsid): Set<RecordKey>;
  putRecord(subject: RecordSubject, takedown: TakedownRow): void;
  removeRecord(subject: RecordSubject): void;
  findBlob(did: Did, cid: CidBytes): TakedownRow | null;
  putBlob(subject: BlobSubject, takedown: TakedownRow): void;
  removeBlob(subject: BlobSubject): void;
}

export function createTakedownRows(db: Database): TakedownRows {
  const findRecord = db.prepare<TakedownRow, [RecordSubject]>(
    `SELECT ref, created_at_ms AS createdAtMs FROM record_takedown
     WHERE did = $did AND collection = $collection AND rkey = $rkey`,
  );
  const listRecords = db.prepare<
    { rkey: RecordKey },
    [{ did: Did; collection: Nsid }]
  >(
    `SELECT rkey FROM record_takedown
     WHERE did = $did AND collection = $collection`,
  );
  const putRecord = db.prepare(
    `INSERT OR REPLACE INTO record_takedown (did, collection, rkey, ref, created_at_ms)
     VALUES ($did, $collection, $rkey, $ref, $createdAtMs)`,
  );
  const removeRecord = db.prepare(
    `DELETE FROM record_takedown
     WHERE did = $did AND collection = $collection AND rkey = $rkey`,
  );
  const findBlob = db.prepare<TakedownRow, [BlobSubject]>(
    `SELECT ref, created_at_ms AS createdAtMs FROM blob_takedown
     WHERE did = $did AND cid = $cid`,
  );
  const putBlob = db.prepare(
    `INSERT OR REPLACE INTO blob_takedown (did, cid, ref, created_at_ms)
     VALUES ($did, $cid, $ref, $createdAtMs)`,
  );
  const removeBlob = db.prepare(
    "DELETE FROM blob_takedown WHERE did = $did AND cid = $cid",
  );
  return {
    findRecord: (did, collection, rkey) =>
      findRecord.get({ did, collection, rkey }),
    listRecords: (did, collection) =>
      new Set(listRecords.all({ did, collection }).map((row) => row.rkey)),
    putRecord: (subject, takedown) =>
      void putRecord.run({ ...subject, ...takedown }),
    removeRecord: (subject) => void removeRecord.run({ ...subject }),
    findBlob: (did, cid) => findBlob.get({ did, cid }),
    putBlob: (subject, takedown) =>
      void putBlob.run({ ...subject, ...takedown }),
    removeBlob: (subject) => void removeBlob.run({ ...subject }),
  };
}
