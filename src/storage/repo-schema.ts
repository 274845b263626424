import type { Migration } from "./sqlite.ts";

export const REPO_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    // A record names its block by number: the 36 bytes of the CID are kept
    // once, and the index that finds equal records grows at its end. Of the
    // subject half a SHA-256 is enough to find it, and likes are most of what
    // there is. Blobs are kept as text, because that is the order of listings.
    sql: `
      CREATE TABLE repo (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        did TEXT NOT NULL,
        generation INTEGER NOT NULL,
        rev TEXT,
        commit_cid BLOB,
        data_cid BLOB,
        applied_seq INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE TABLE block (
        id INTEGER PRIMARY KEY,
        cid BLOB NOT NULL UNIQUE,
        rev TEXT NOT NULL,
        bytes BLOB NOT NULL
      ) STRICT;
      CREATE TABLE record (
        collection TEXT NOT NULL,
        rkey TEXT NOT NULL,
        block_id INTEGER NOT NULL REFERENCES block (id),
        rev TEXT NOT NULL,
        subject_hash BLOB,
        PRIMARY KEY (collection, rkey)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX record_block ON record (block_id);
      CREATE INDEX record_subject ON record (collection, subject_hash)
        WHERE subject_hash IS NOT NULL;
      CREATE TABLE record_blob (
        blob_cid TEXT NOT NULL,
        collection TEXT NOT NULL,
        rkey TEXT NOT NULL,
        rev TEXT NOT NULL,
        PRIMARY KEY (blob_cid, collection, rkey)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX record_blob_record ON record_blob (collection, rkey);
    `,
  },
];
