import type { Migration } from "./sqlite.ts";

export const SEQUENCER_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    // The columns that are searched and measured stand before the large ones,
    // which continue on pages of their own. The index by DID holds seq too: it
    // is the row's key.
    sql: `
      CREATE TABLE event (
        seq INTEGER PRIMARY KEY,
        did TEXT NOT NULL,
        generation INTEGER NOT NULL,
        kind TEXT NOT NULL,
        rev TEXT,
        created_at_ms INTEGER NOT NULL,
        outbox_id INTEGER,
        frame BLOB NOT NULL,
        redo BLOB
      ) STRICT;
      CREATE INDEX event_did ON event (did);
      CREATE UNIQUE INDEX event_outbox_id ON event (outbox_id)
        WHERE outbox_id IS NOT NULL;

      CREATE TABLE meta (
        key TEXT PRIMARY KEY,
        value INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE repo_state (
        did TEXT PRIMARY KEY,
        rev TEXT,
        commit_cid BLOB,
        data_cid BLOB,
        status TEXT
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE repo_collection (
        collection TEXT NOT NULL,
        did TEXT NOT NULL,
        record_count INTEGER NOT NULL CHECK (record_count > 0),
        PRIMARY KEY (collection, did)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX repo_collection_did ON repo_collection (did);
    `,
  },
  {
    version: 2,
    // Outlives the rows of the log, which are pruned. Week 0 began on Monday,
    // 5 January 1970, UTC.
    sql: `
      CREATE TABLE commit_week (
        week INTEGER PRIMARY KEY,
        commit_count INTEGER NOT NULL
      ) STRICT;
      INSERT INTO commit_week (week, commit_count)
        SELECT (created_at_ms - 345600000) / 604800000, count(*) FROM event
        WHERE kind = 'commit' GROUP BY 1;
    `,
  },
  {
    version: 3,
    // Few rows are anything but commits, and people look for those few.
    sql: `CREATE INDEX event_other ON event (kind) WHERE kind <> 'commit';`,
  },
];
