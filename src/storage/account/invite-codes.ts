import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

export interface InviteCodeRow {
  code: string;
  /** How many accounts it may make in all, those made already included. */
  availableUses: number;
  /** A DID, or `admin`. */
  forAccount: string;
  createdBy: string;
  createdAtMs: number;
  disabledAtMs: number | null;
}

export interface InviteCodeUse {
  code: string;
  usedBy: Did;
  usedAtMs: number;
}

export interface InviteCodeRows {
  insert(row: InviteCodeRow): void;
  find(code: string): InviteCodeRow | null;
  /** Newest first; `before` is the last row of the page before. */
  list(options: {
    before: { createdAtMs: number; code: string } | null;
    limit: number;
  }): InviteCodeRow[];
  /** Most used first; `before` is the last row of the page before, with its uses. */
  listByUse(options: {
    before: { uses: number; code: string } | null;
    limit: number;
  }): InviteCodeRow[];
  /** Oldest first. */
  listFor(account: string): InviteCodeRow[];
  listUses(code: string): InviteCodeUse[];
  /** The use that made the account; null when it came without a code. */
  findUseBy(did: Did): InviteCodeUse | null;
  /** True when another account could be made with the code now. */
  isAvailable(code: string): boolean;
  /**
   * Counts one use, and answers false when the code is unknown, disabled, used
   * up, or given to an account that was taken down.
   */
  use(use: InviteCodeUse): boolean;
  /** Takes back the use of an account that was never made. */
  releaseUse(did: Did): void;
  disable(code: string, nowMs: number): void;
  disableFor(account: string, nowMs: number): void;
}

const FIELDS = `code, available_uses AS availableUses, for_account AS forAccount,
  created_by AS createdBy, created_at_ms AS createdAtMs, disabled_at_ms AS disabledAtMs`;

const IS_AVAILABLE = `
  FROM invite_code AS c
  WHERE c.code = $code AND c.disabled_at_ms IS NULL
    AND c.available_uses > (SELECT count(*) FROM invite_code_use AS u WHERE u.code = c.code)
    AND NOT EXISTS (SELECT 1 FROM account AS a
      WHERE a.did = c.for_account AND a.takedown_at_ms IS NOT NULL)`;

type Bindings = Record<string, string | number>;

export function createInviteCodeRows(db: Database): InviteCodeRows {
  const insert = db.prepare(
    `INSERT INTO invite_code (code, available_uses, for_account, created_by, created_at_ms, disabled_at_ms)
     VALUES ($code, $availableUses, $forAccount, $createdBy, $createdAtMs, $disabledAtMs)`,
  );
  const select = (rest: string) =>
    db.prepare<InviteCodeRow, [Bindings]>(
      `SELECT ${FIELDS} FROM invite_code ${rest}`,
    );
  const selectUses = (where: string) =>
    db.prepare<InviteCodeUse, [Bindings]>(
      `SELECT code, used_by AS usedBy, used_at_ms AS usedAtMs FROM invite_code_use
       WHERE ${where} ORDER BY used_at_ms`,
    );
  const find = select("WHERE code = $code");
  const list = select(
    `WHERE (created_at_ms, code) < ($createdAtMs, $code)
     ORDER BY created_at_ms DESC, code DESC LIMIT $limit`,
  );
  const listByUse = db.prepare<InviteCodeRow, [Bindings]>(
    `SELECT ${FIELDS} FROM (SELECT *, (SELECT count(*) FROM invite_code_use AS u
       WHERE u.code = invite_code.code) AS uses FROM invite_code)
     WHERE (uses, code) < ($uses, $code)
     ORDER BY uses DESC, code DESC LIMIT $limit`,
  );
  const listFor = select(
    "WHERE for_account = $account ORDER BY created_at_ms, code",
  );
  const listUses = selectUses("code = $code");
  const findUseBy = selectUses("used_by = $did");
  const isAvailable = db.prepare(`SELECT 1 ${IS_AVAILABLE}`);
  const use = db.prepare(
    `INSERT INTO invite_code_use (code, used_by, used_at_ms)
     SELECT c.code, $usedBy, $usedAtMs ${IS_AVAILABLE}`,
  );
  const releaseUse = db.prepare(
    "DELETE FROM invite_code_use WHERE used_by = $did",
  );
  const disable = db.prepare(
    `UPDATE invite_code SET disabled_at_ms = $nowMs
     WHERE code = $code AND disabled_at_ms IS NULL`,
  );
  const disableFor = db.prepare(
    `UPDATE invite_code SET disabled_at_ms = $nowMs
     WHERE for_account = $account AND disabled_at_ms IS NULL`,
  );
  return {
    insert: (row) => void insert.run({ ...row }),
    find: (code) => find.get({ code }),
    list: ({ before, limit }) =>
      list.all({
        createdAtMs: before?.createdAtMs ?? Number.MAX_SAFE_INTEGER,
        code: before?.code ?? "",
        limit,
      }),
    listByUse: ({ before, limit }) =>
      listByUse.all({
        uses: before?.uses ?? Number.MAX_SAFE_INTEGER,
        code: before?.code ?? "",
        limit,
      }),
    listFor: (account) => listFor.all({ account }),
    listUses: (code) => listUses.all({ code }),
    findUseBy: (did) => findUseBy.get({ did }),
    isAvailable: (code) => isAvailable.get({ code }) !== null,
    use: (row) => use.run({ ...row }).changes === 1,
    releaseUse: (did) => void releaseUse.run({ did }),
    disable: (code, nowMs) => void disable.run({ code, nowMs }),
    disableFor: (account, nowMs) => void disableFor.run({ account, nowMs }),
  };
}
