import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** The secret of an authenticator app. */
export interface TotpRow {
  id: string;
  did: Did;
  /** By the KeyStore, for the account and this row's id. */
  sealed: Uint8Array;
  /** Number of the time step of the last code that was taken; -1 for none. */
  lastStep: number;
  createdAtMs: number;
  /** null while the owner has not shown that the app has it. */
  confirmedAtMs: number | null;
  lastUsedAtMs: number | null;
}

export interface TotpRows {
  /** Puts a secret in waiting, in place of one that waits already. */
  putWaiting(
    row: Omit<TotpRow, "lastStep" | "confirmedAtMs" | "lastUsedAtMs">,
  ): void;
  findWaiting(did: Did): TotpRow | null;
  /** The one in use. */
  find(did: Did): TotpRow | null;
  /** Makes the one that waits the one in use. */
  confirm(did: Did, used: { step: number; nowMs: number }): void;
  /** False when a code of this or a later step was taken before. */
  use(id: string, used: { step: number; nowMs: number }): boolean;
  /** Removes the one in use and the one that waits; false when none was in use. */
  remove(did: Did): boolean;
}

const FIELDS = `id, did, sealed, last_step AS lastStep, created_at_ms AS createdAtMs,
  confirmed_at_ms AS confirmedAtMs, last_used_at_ms AS lastUsedAtMs`;

type Use = { step: number; nowMs: number };

export function createTotpRows(db: Database): TotpRows {
  const removeWaiting = db.prepare(
    "DELETE FROM totp WHERE did = $did AND confirmed_at_ms IS NULL",
  );
  const insert = db.prepare(
    `INSERT INTO totp (id, did, sealed, last_step, created_at_ms)
     VALUES ($id, $did, $sealed, -1, $createdAtMs)`,
  );
  const select = (rest: string) =>
    db.prepare<TotpRow, [{ did: Did }]>(
      `SELECT ${FIELDS} FROM totp WHERE did = $did AND confirmed_at_ms ${rest}`,
    );
  const findWaiting = select("IS NULL");
  const find = select("IS NOT NULL");
  const removeUsed = db.prepare(
    "DELETE FROM totp WHERE did = $did AND confirmed_at_ms IS NOT NULL",
  );
  const confirm = db.prepare(
    `UPDATE totp SET confirmed_at_ms = $nowMs, last_step = $step, last_used_at_ms = $nowMs
     WHERE did = $did`,
  );
  const use = db.prepare(
    `UPDATE totp SET last_step = $step, last_used_at_ms = $nowMs
     WHERE id = $id AND last_step < $step`,
  );
  return {
    putWaiting: db.transaction((row) => {
      removeWaiting.run({ did: row.did });
      insert.run({ ...row });
    }),
    findWaiting: (did) => findWaiting.get({ did }),
    find: (did) => find.get({ did }),
    confirm: db.transaction((did: Did, used: Use) => {
      removeUsed.run({ did });
      confirm.run({ did, ...used });
    }),
    use: (id, used) => use.run({ id, ...used }).changes > 0,
    remove(did) {
      removeWaiting.run({ did });
      return removeUsed.run({ did }).changes > 0;
    },
  };
}
