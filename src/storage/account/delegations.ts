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
  /** When the delegate last showed to live on another server; null for never. */
  elsewhereAtMs: number | null;
}

/** Added when delegates who moved away could leave an account here that rests. */
export const DELEGATE_ELSEWHERE = `
ALTER TABLE delegation ADD COLUMN elsewhere_at_ms INTEGER;
`;

export interface DelegationRows {
  /** Replaces the one that the same two have; where the delegate lives stays known. */
  put(row: Omit<DelegationRow, "elsewhereAtMs">): void;
  /** For all accounts that the delegate may act for. */
  noteElsewhere(delegateDid: Did, nowMs: number): void;
  find(did: Did, delegateDid: Did): DelegationRow | null;
  /** Who may act for the account, oldest first. */
  list(did: Did): DelegationRow[];
  /** For whom somebody may act, oldest first. */
  listFor(delegateDid: Did): DelegationRow[];
  /** Whether anybody without an account here, or with one that rests, may act for one. */
  hasOthers(): boolean;
  /** False when there was none. */
  remove(did: Did, delegateDid: Did): boolean;
  /** Those whose time is over, longest ago first. */
  listExpired(nowMs: number, limit: number): DelegationRow[];
}

type Binding = Record<string, string | number | null>;

export function createDelegationRows(db: Database): DelegationRows {
  const put = db.prepare(
    `INSERT INTO delegation (did, delegate_did, level, scopes, created_at_ms, expires_at_ms)
     VALUES ($did, $delegateDid, $level, $scopes, $createdAtMs, $expiresAtMs)
     ON CONFLICT (did, delegate_did) DO UPDATE SET level = excluded.level,
       scopes = excluded.scopes, created_at_ms = excluded.created_at_ms,
       expires_at_ms = excluded.expires_at_ms`,
  );
  const noteElsewhere = db.prepare(
    "UPDATE delegation SET elsewhere_at_ms = $nowMs WHERE delegate_did = $delegateDid",
  );
  const select = (rest: string) =>
    db.prepare<DelegationRow, [Binding]>(
      `SELECT did, delegate_did AS delegateDid, level, scopes, created_at_ms AS createdAtMs,
         expires_at_ms AS expiresAtMs, elsewhere_at_ms AS elsewhereAtMs
       FROM delegation WHERE ${rest}`,
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
       (SELECT 1 FROM account WHERE account.did = delegate_did
          AND deactivated_at_ms IS NULL) LIMIT 1`,
  );
  const remove = db.prepare(
    "DELETE FROM delegation WHERE did = $did AND delegate_did = $delegateDid",
  );
  return {
    put: (row) => void put.run({ ...row }),
    noteElsewhere: (delegateDid, nowMs) =>
      void noteElsewhere.run({ delegateDid, nowMs }),
    find: (did, delegateDid) => find.get({ did, delegateDid }),
    list: (did) => list.all({ did }),
    listFor: (delegateDid) => listFor.all({ delegateDid }),
    hasOthers: () => hasOthers.get() !== null,
    remove: (did, delegateDid) => remove.run({ did, delegateDid }).changes > 0,
    listExpired: (nowMs, limit) => listExpired.all({ nowMs, limit }),
  };
}
