import type { Database } from "bun:sqlite";
import { cidKey, formatCid, type CidBytes } from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import type { RecordChange, RepoChange, RepoHead } from "./actor-store.ts";
import { hashSubject } from "./repo-reader.ts";

// The writes to one repository file; each is called inside a transaction.

/** Returns how many of the blocks were not there yet. */
export function writeBlocks(
  db: Database,
  change: Pick<RepoChange, "rev" | "blocks">,
): number {
  const insert = db.query(
    `INSERT INTO block (cid, rev, bytes) VALUES (?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  let count = 0;
  for (const { cid, bytes } of change.blocks) {
    count += insert.run(cid, change.rev, bytes).changes;
  }
  return count;
}

/** @throws BlockError when the record's block is not here. */
export function writeRecord(
  db: Database,
  change: Pick<RepoChange, "rev">,
  record: RecordChange,
): void {
  const { collection, rkey, cid, subject } = record;
  db.query("DELETE FROM record_blob WHERE collection = ? AND rkey = ?").run(
    collection,
    rkey,
  );
  if (cid === null) {
    db.query("DELETE FROM record WHERE collection = ? AND rkey = ?").run(
      collection,
      rkey,
    );
    return;
  }
  // Not INSERT … SELECT, which SQLite plans anew for each set of values.
  const block = db
    .query<{ id: number }, [CidBytes]>("SELECT id FROM block WHERE cid = ?")
    .get(cid);
  if (block === null) {
    throw new BlockError("a record's block is not here", formatCid(cid));
  }
  db.query(
    `INSERT INTO record (collection, rkey, block_id, rev, subject_hash)
     VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET block_id = excluded.block_id,
       rev = excluded.rev, subject_hash = excluded.subject_hash`,
  ).run(
    collection,
    rkey,
    block.id,
    change.rev,
    subject === null ? null : hashSubject(subject),
  );
  const insertBlob = db.query(
    `INSERT INTO record_blob (blob_cid, collection, rkey, rev)
     VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  for (const blob of record.blobs) {
    insertBlob.run(formatCid(blob), collection, rkey, change.rev);
  }
}

export function removeBlocks(db: Database, change: RepoChange): void {
  if (change.removed.length === 0) return;
  const kept = new Set(change.blocks.map(({ cid }) => cidKey(cid)));
  const remove = db.query("DELETE FROM block WHERE cid = ?");
  for (const cid of change.removed) {
    if (!kept.has(cidKey(cid))) remove.run(cid);
  }
}

export function writeHead(db: Database, head: RepoHead): void {
  db.query(
    "UPDATE repo SET rev = ?, commit_cid = ?, data_cid = ?, applied_seq = ?",
  ).run(head.rev, head.commit, head.data, head.appliedSeq);
}
