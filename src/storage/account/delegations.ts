import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** That somebody may act for an account. */
export interface DelegationRow {
  did: Did;
  /** Hosted here or elsewhere. */
  delegateDid: Did;
  level: string;
  /** Separated by spaces. */
  scopes: string;
  createdAtMs: number;
  /** null: until it is taken back. */
  expiresAtMs: number | null;
}

export interface DelegationRows {
  /** Replaces the one that the same two have. */
  put(row: DelegationRow): void;
  find(did: Did, delegateDid: Did): DelegationRow | null;
  /** Who may act for the account, oldest first. */
  list(did: Did): DelegationRow[];
  /** For whom somebody may act, oldest first. */
  listFor(delegateDid: Did): DelegationRow[];
  /** Whether anybody without an account here may act for one. */
  hasOthers(): boolean;
  /** False when there was none. */
  remove(did: Did, delegateDid: Did): boolean;
  /** Those whose time is over, longest ago first. */
  listExpired(nowMs: number, limit: number): DelegationRow[];
}

type Binding = Record<string, string | number | null>;

export function createDelegationRows(db: Database): DelegationRows {
  const put = db.prepare(
    `INSERT OR REPLACE INTO delegation (did, delegate_did, level, scopes, created_at_ms, expires_at_ms)
     VALUES ($did, $delegateDid, $level, $scopes, $createdAtMs, $expiresAtMs)`,
  );
  const select = (rest: string) =>
    db.prepare<DelegationRow, [Binding]>(
      `SELECT did, delegate_did AS delegateDid, level, scopes, created_at_ms AS createdAtMs,
         expires_at_ms AS expiresAtMs FROM delegation WHERE ${rest}`,
    );
  const find = select("did = $did AND delegate_did = $delegateDid");
  const list = select("did = $did ORDER BY created_at_ms, delegate_did");
  const listFor = select(
    "delegate_did = $delegateDid ORDER BY created_at_ms, did",
  );
  const listExpired = select(
    "expires_at_ms <= $nowMs ORDER BY expires_at_ms LIMIT $limit",
  );
  const hasOthers = db.prepare(
    `SELECT 1 FROM delegation WHERE NOT EXISTS
       (SELECT 1 FROM account WHERE account.did = delegate_did) LIMIT 1`,
  );
  const remove = db.prepare(
    "DELETE FROM delegation WHERE did = $did AND delegate_did = $delegateDid",
  );
  return {
    put: (row) => void put.run({ ...row }),
    find: (did, delegateDid) => find.get({ did, delegateDid }),
    list: (did) => list.all({ did }),
    listFor: (delegateDid) => listFor.all({ delegateDid }),
    hasOthers: () => hasOthers.get() !== null,
    remove: (did, delegateDid) => remove.run({ did, delegateDid }).changes > 0,
    listExpired: (nowMs, limit) => listExpired.all({ nowMs, limit }),
  };
}
