import type { Database } from "bun:sqlite";
import { cidKey, formatCid, type CidBytes } from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import type { Tid } from "#repo/syntax.ts";
import type { RecordChange, RepoHead } from "./actor-store.ts";
import { hashSubject } from "./repo-reader.ts";

// The writes to one repository file; each is called inside a transaction.

export interface BlockRow {
  cid: CidBytes;
  bytes: Uint8Array;
  rev: Tid;
}

/** Numbers of the blocks that a change brought, by the key of their CID. */
export type AddedBlocks = Map<string, number>;

/**
 * Leaves a block that is there already as it is.
 * @param added notes the number of one that was not
 */
export function writeBlock(
  db: Database,
  { cid, rev, bytes }: BlockRow,
  added?: AddedBlocks,
): void {
  const { changes, lastInsertRowid } = db
    .query(
      `INSERT INTO block (cid, rev, bytes) VALUES (?, ?, ?)
       ON CONFLICT DO NOTHING`,
    )
    .run(cid, rev, bytes);
  if (changes > 0) added?.set(cidKey(cid), Number(lastInsertRowid));
}

/** @throws BlockError when the record's block is not here. */
export function writeRecord(
  db: Database,
  record: RecordChange & { rev: Tid; added: AddedBlocks },
): void {
  const { collection, rkey, cid, rev, subject } = record;
  if (cid === null) {
    db.query("DELETE FROM record WHERE collection = ? AND rkey = ?").run(
      collection,
      rkey,
    );
    forgetBlobs(db, record);
    return;
  }
  const blockId = record.added.get(cidKey(cid)) ?? findBlock(db, cid);
  const hash = subject === null ? null : hashSubject(subject);
  // Most records are new. Each statement of its own: what a create doesn't
  // need is not compiled for it.
  const { changes } = db
    .query(
      `INSERT INTO record (collection, rkey, block_id, rev, subject_hash)
       VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    )
    .run(collection, rkey, blockId, rev, hash);
  if (changes === 0) {
    db.query(
      `UPDATE record SET block_id = ?, rev = ?, subject_hash = ?
       WHERE collection = ? AND rkey = ?`,
    ).run(blockId, rev, hash, collection, rkey);
    forgetBlobs(db, record);
  }
  for (const blob of record.blobs) {
    db.query(
      `INSERT INTO record_blob (blob_cid, collection, rkey, rev)
       VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ).run(formatCid(blob), collection, rkey, rev);
  }
}

function findBlock(db: Database, cid: CidBytes): number {
  // Not INSERT … SELECT, which SQLite plans anew for each set of values.
  const block = db
    .query<{ id: number }, [CidBytes]>("SELECT id FROM block WHERE cid = ?")
    .get(cid);
  if (block !== null) return block.id;
  throw new BlockError("a record's block is not here", formatCid(cid));
}

function forgetBlobs(
  db: Database,
  { collection, rkey }: Pick<RecordChange, "collection" | "rkey">,
): void {
  db.query("DELETE FROM record_blob WHERE collection = ? AND rkey = ?").run(
    collection,
    rkey,
  );
}

export function removeBlock(db: Database, cid: CidBytes): void {
  db.query("DELETE FROM block WHERE cid = ?").run(cid);
}

export function writeHead(db: Database, head: RepoHead): void {
  db.query(
    "UPDATE repo SET rev = ?, commit_cid = ?, data_cid = ?, applied_seq = ?",
  ).run(head.rev, head.commit, head.data, head.appliedSeq);
}
