import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** A code sent by mail; an account has one for each purpose. */
export interface EmailTokenRow {
  did: Did;
  purpose: string;
  tokenHash: Uint8Array;
  createdAtMs: number;
  expiresAtMs: number;
}

export interface EmailTokenRows {
  /** Replaces the one of the same purpose. */
  put(row: EmailTokenRow): void;
  find(did: Did, purpose: string): EmailTokenRow | null;
  findByHash(purpose: string, tokenHash: Uint8Array): EmailTokenRow | null;
  /** False when there was none: a code is used once. */
  remove(did: Did, purpose: string): boolean;
  removeAll(did: Did): void;
}

const FIELDS = `did, purpose, token_hash AS tokenHash, created_at_ms AS createdAtMs,
  expires_at_ms AS expiresAtMs`;

export function createEmailTokenRows(db: Database): EmailTokenRows {
  const put = db.prepare(
    `INSERT OR REPLACE INTO email_token (did, purpose, token_hash, created_at_ms, expires_at_ms)
     VALUES ($did, $purpose, $tokenHash, $createdAtMs, $expiresAtMs)`,
  );
  const find = db.prepare<EmailTokenRow, [{ did: Did; purpose: string }]>(
    `SELECT ${FIELDS} FROM email_token WHERE did = $did AND purpose = $purpose`,
  );
  const findByHash = db.prepare<
    EmailTokenRow,
    [{ purpose: string; tokenHash: Uint8Array }]
  >(
    `SELECT ${FIELDS} FROM email_token
     WHERE token_hash = $tokenHash AND purpose = $purpose`,
  );
  const remove = db.prepare(
    "DELETE FROM email_token WHERE did = $did AND purpose = $purpose",
  );
  const removeAll = db.prepare("DELETE FROM email_token WHERE did = $did");
  return {
    put: (row) => void put.run({ ...row }),
    find: (did, purpose) => find.get({ did, purpose }),
    findByHash: (purpose, tokenHash) => findByHash.get({ purpose, tokenHash }),
    remove: (did, purpose) => remove.run({ did, purpose }).changes > 0,
    removeAll: (did) => void removeAll.run({ did }),
  };
}
