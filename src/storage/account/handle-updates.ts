import type { Database } from "bun:sqlite";
import type { Did, Handle } from "#repo/syntax.ts";

/** A change of handle under way; its handle belongs to the account from here on. */
export interface HandleUpdateRow {
  did: Did;
  /** The new one. */
  handle: Handle;
  /** Signed PLC operation to send; null when the identity says so already. */
  operationJson: string | null;
  createdAtMs: number;
  attempts: number;
  lastError: string | null;
}

export interface HandleUpdateRows {
  /** @throws SQLiteError SQLITE_CONSTRAINT_* when account or handle has one under way. */
  add(row: Omit<HandleUpdateRow, "attempts" | "lastError">): void;
  find(did: Did): HandleUpdateRow | null;
  findByHandle(handle: Handle): HandleUpdateRow | null;
  /** Oldest first. */
  list(): HandleUpdateRow[];
  noteFailure(did: Did, error: string): void;
  /** For one that is done, or that never will be. */
  remove(did: Did): void;
}

export function createHandleUpdateRows(db: Database): HandleUpdateRows {
  const select = (rest: string) =>
    db.prepare<HandleUpdateRow, [Record<string, string>]>(
      `SELECT did, handle, operation_json AS operationJson,
         created_at_ms AS createdAtMs, attempts, last_error AS lastError
       FROM handle_update ${rest}`,
    );
  const add = db.prepare(
    `INSERT INTO handle_update (did, handle, operation_json, created_at_ms)
     VALUES ($did, $handle, $operationJson, $createdAtMs)`,
  );
  const find = select("WHERE did = $did");
  const findByHandle = select("WHERE handle = $handle");
  const list = select("ORDER BY created_at_ms, did");
  const noteFailure = db.prepare(
    `UPDATE handle_update SET attempts = attempts + 1, last_error = $error
     WHERE did = $did`,
  );
  const remove = db.prepare("DELETE FROM handle_update WHERE did = $did");
  return {
    add: (row) => void add.run({ ...row }),
    find: (did) => find.get({ did }),
    findByHandle: (handle) => findByHandle.get({ handle }),
    list: () => list.all({}),
    noteFailure: (did, error) => void noteFailure.run({ did, error }),
    remove: (did) => void remove.run({ did }),
  };
}
