import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** A signed operation on its way to the PLC directory, kept so that a crash sends the same one again. */
export interface PlcOperationRow {
  cid: string;
  did: Did;
  operationJson: string;
  createdAtMs: number;
  attempts: number;
  lastError: string | null;
}

export interface PlcOperationRows {
  add(row: Omit<PlcOperationRow, "attempts" | "lastError">): void;
  /** Oldest first. */
  list(did: Did): PlcOperationRow[];
  noteFailure(cid: string, error: string): void;
  /** For an operation that the directory has, or never will. */
  remove(cid: string): void;
}

export function createPlcOperationRows(db: Database): PlcOperationRows {
  const add = db.prepare(
    `INSERT INTO plc_operation (cid, did, operation_json, created_at_ms)
     VALUES ($cid, $did, $operationJson, $createdAtMs)`,
  );
  const list = db.prepare<PlcOperationRow, [{ did: Did }]>(
    `SELECT cid, did, operation_json AS operationJson, created_at_ms AS createdAtMs,
       attempts, last_error AS lastError
     FROM plc_operation WHERE did = $did ORDER BY created_at_ms`,
  );
  const noteFailure = db.prepare(
    `UPDATE plc_operation SET attempts = attempts + 1, last_error = $error
     WHERE cid = $cid`,
  );
  const remove = db.prepare("DELETE FROM plc_operation WHERE cid = $cid");
  return {
    add: (row) => void add.run({ ...row }),
    list: (did) => list.all({ did }),
    noteFailure: (cid, error) => void noteFailure.run({ cid, error }),
    remove: (cid) => void remove.run({ cid }),
  };
}
