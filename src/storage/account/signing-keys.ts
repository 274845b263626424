import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** A key that signs an account's commits; its secret half is sealed. */
export interface SigningKeyRow {
  keyId: string;
  did: Did;
  /** The public half as `did:key:…`. */
  didKey: string;
  curve: "k256" | "p256";
  sealed: Uint8Array;
  createdAtMs: number;
  retiredAtMs: number | null;
}

export interface SigningKeyRows {
  insert(row: SigningKeyRow): void;
  /** The key in use; null when the account has none. */
  find(did: Did): SigningKeyRow | null;
  /** Old ones included, oldest first. */
  list(did: Did): SigningKeyRow[];
  /** Puts the key in use out of use; it is kept. */
  retire(did: Did, nowMs: number): void;
}

const FIELDS = `key_id AS keyId, did, did_key AS didKey, curve, sealed,
  created_at_ms AS createdAtMs, retired_at_ms AS retiredAtMs`;

export function createSigningKeyRows(db: Database): SigningKeyRows {
  const insert = db.prepare(
    `INSERT INTO signing_key (key_id, did, did_key, curve, sealed, created_at_ms, retired_at_ms)
     VALUES ($keyId, $did, $didKey, $curve, $sealed, $createdAtMs, $retiredAtMs)`,
  );
  const find = db.prepare<SigningKeyRow, [{ did: Did }]>(
    `SELECT ${FIELDS} FROM signing_key WHERE did = $did AND retired_at_ms IS NULL`,
  );
  const list = db.prepare<SigningKeyRow, [{ did: Did }]>(
    `SELECT ${FIELDS} FROM signing_key WHERE did = $did ORDER BY created_at_ms, key_id`,
  );
  const retire = db.prepare(
    `UPDATE signing_key SET retired_at_ms = $nowMs
     WHERE did = $did AND retired_at_ms IS NULL`,
  );
  return {
    insert: (row) => void insert.run({ ...row }),
    find: (did) => find.get({ did }),
    list: (did) => list.all({ did }),
    retire: (did, nowMs) => void retire.run({ did, nowMs }),
  };
}
