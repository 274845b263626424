import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** A change of an account's signing key under way; the new key is a reserved one until it is in use. */
export interface KeyRotationRow {
  did: Did;
  /** The new one. */
  didKey: string;
  /** Signed PLC operation to send; null when the identity says so already. */
  operationJson: string | null;
  createdAtMs: number;
  attempts: number;
  lastError: string | null;
}

export interface KeyRotationRows {
  /** @throws SQLiteError SQLITE_CONSTRAINT_* when the account has one under way. */
  add(row: Omit<KeyRotationRow, "attempts" | "lastError">): void;
  find(did: Did): KeyRotationRow | null;
  /** Oldest first. */
  list(): KeyRotationRow[];
  noteFailure(did: Did, error: string): void;
  /** For one that is done, or that never will be. */
  remove(did: Did): void;
}

export function createKeyRotationRows(db: Database): KeyRotationRows {
  const select = (rest: string) =>
    db.prepare<KeyRotationRow, [Record<string, string>]>(
      `SELECT did, did_key AS didKey, operation_json AS operationJson,
         created_at_ms AS createdAtMs, attempts, last_error AS lastError
       FROM key_rotation ${rest}`,
    );
  const add = db.prepare(
    `INSERT INTO key_rotation (did, did_key, operation_json, created_at_ms)
     VALUES ($did, $didKey, $operationJson, $createdAtMs)`,
  );
  const find = select("WHERE did = $did");
  const list = select("ORDER BY created_at_ms, did");
  const noteFailure = db.prepare(
    `UPDATE key_rotation SET attempts = attempts + 1, last_error = $error
     WHERE did = $did`,
  );
  const remove = db.prepare("DELETE FROM key_rotation WHERE did = $did");
  return {
    add: (row) => void add.run({ ...row }),
    find: (did) => find.get({ did }),
    list: () => list.all({}),
    noteFailure: (did, error) => void noteFailure.run({ did, error }),
    remove: (did) => void remove.run({ did }),
  };
}
