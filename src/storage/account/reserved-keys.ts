import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** A signing key made before its account, so that a DID document can name it first. */
export interface ReservedKeyRow {
  keyId: string;
  /** null when it was made for whoever comes. */
  did: Did | null;
  didKey: string;
  curve: "k256" | "p256";
  sealed: Uint8Array;
  createdAtMs: number;
}

export interface ReservedKeyRows {
  insert(row: ReservedKeyRow): void;
  findByDid(did: Did): ReservedKeyRow | null;
  findByDidKey(didKey: string): ReservedKeyRow | null;
  remove(keyId: string): void;
  /** Returns the number removed. */
  removeOlderThan(createdBeforeMs: number, limit: number): number;
}

const FIELDS = `key_id AS keyId, did, did_key AS didKey, curve, sealed,
  created_at_ms AS createdAtMs`;

export function createReservedKeyRows(db: Database): ReservedKeyRows {
  const insert = db.prepare(
    `INSERT INTO reserved_key (key_id, did, did_key, curve, sealed, created_at_ms)
     VALUES ($keyId, $did, $didKey, $curve, $sealed, $createdAtMs)`,
  );
  const findByDid = db.prepare<ReservedKeyRow, [{ did: Did }]>(
    `SELECT ${FIELDS} FROM reserved_key WHERE did = $did`,
  );
  const findByDidKey = db.prepare<ReservedKeyRow, [{ didKey: string }]>(
    `SELECT ${FIELDS} FROM reserved_key WHERE did_key = $didKey`,
  );
  const remove = db.prepare("DELETE FROM reserved_key WHERE key_id = $keyId");
  const removeOlder = db.prepare(
    `DELETE FROM reserved_key WHERE key_id IN
       (SELECT key_id FROM reserved_key WHERE created_at_ms < $createdBeforeMs LIMIT $limit)`,
  );
  return {
    insert: (row) => void insert.run({ ...row }),
    findByDid: (did) => findByDid.get({ did }),
    findByDidKey: (didKey) => findByDidKey.get({ didKey }),
    remove: (keyId) => void remove.run({ keyId }),
    removeOlderThan: (createdBeforeMs, limit) =>
      removeOlder.run({ createdBeforeMs, limit }).changes,
  };
}
