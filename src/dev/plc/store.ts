import { Database } from "bun:sqlite";
import type { PlcLogEntry } from "#contexts/identity/plc-operation.ts";

/** Where a directory keeps its logs. */
export interface PlcStore {
  /** Entries of one DID in order of arrival, nullified ones included. */
  listEntries(did: string): PlcLogEntry[];
  /** Adds an entry and marks those it undoes, both or neither, on disk when it returns. */
  append(entry: PlcLogEntry, nullifiedCids: string[]): void;
  /** Entries of all DIDs in order of arrival, made after a time. */
  listAll(page: { afterMs: number; limit: number }): PlcLogEntry[];
  /** Time of the newest entry, 0 when there is none. */
  lastMs(): number;
  close(): void;
}

interface Row {
  did: string;
  operation: string;
  cid: string;
  nullified: number;
  created_at_ms: number;
}

/** @param path of a file; absent, the logs live in memory. */
export function createPlcStore(path?: string): PlcStore {
  const db = new Database(path ?? ":memory:", { strict: true });
  db.run("PRAGMA journal_mode = WAL");
  // An identity that was acknowledged must survive the death of the process,
  // or accounts made against this directory would lose theirs.
  db.run("PRAGMA synchronous = FULL");
  db.run(`CREATE TABLE IF NOT EXISTS operation (
    id INTEGER PRIMARY KEY,
    did TEXT NOT NULL,
    operation TEXT NOT NULL,
    cid TEXT NOT NULL,
    nullified INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL UNIQUE,
    UNIQUE (did, cid)
  ) STRICT`);
  const byDid = db.query<Row, [string]>(
    "SELECT * FROM operation WHERE did = ? ORDER BY id",
  );
  const after = db.query<Row, [number, number]>(
    "SELECT * FROM operation WHERE created_at_ms > ? ORDER BY id LIMIT ?",
  );
  const newest = db.query<{ ms: number | null }, []>(
    "SELECT max(created_at_ms) AS ms FROM operation",
  );
  const insert = db.query(
    "INSERT INTO operation (did, operation, cid, nullified, created_at_ms) VALUES (?, ?, ?, 0, ?)",
  );
  const nullify = db.query(
    "UPDATE operation SET nullified = 1 WHERE did = ? AND cid = ?",
  );
  const append = db.transaction((entry: PlcLogEntry, cids: string[]) => {
    const { did, operation, cid, createdAt } = entry;
    insert.run(did, JSON.stringify(operation), cid, Date.parse(createdAt));
    for (const undone of cids) nullify.run(did, undone);
  });
  return {
    listEntries: (did) => byDid.all(did).map(toEntry),
    append: (entry, cids) => append.immediate(entry, cids),
    listAll: ({ afterMs, limit }) => after.all(afterMs, limit).map(toEntry),
    lastMs: () => newest.get()?.ms ?? 0,
    close: () => db.close(true),
  };
}

function toEntry(row: Row): PlcLogEntry {
  return {
    did: row.did,
    operation: JSON.parse(row.operation),
    cid: row.cid,
    nullified: row.nullified === 1,
    createdAt: new Date(row.created_at_ms).toISOString(),
  };
}
