import type { Database } from "bun:sqlite";
import type { Handle } from "#repo/syntax.ts";
import { emailKey } from "./accounts.ts";

export type ApplicationState = "waiting" | "approved" | "refused";

/** Somebody who asks for an account. */
export interface ApplicationRow {
  id: number;
  handle: Handle;
  email: string;
  /** In the applicant's own words. */
  reason: string;
  /** Code of the language in which to answer; null when it is not known. */
  language: string | null;
  state: ApplicationState;
  /** What the applicant was sent; only of an approved one. */
  inviteCode: string | null;
  decidedBy: string | null;
  createdAtMs: number;
  decidedAtMs: number | null;
}

export interface ApplicationRows {
  /** One of the same address that waits takes the new words and keeps its place. Returns its id. */
  put(
    row: Pick<
      ApplicationRow,
      "handle" | "email" | "reason" | "language" | "createdAtMs"
    >,
  ): number;
  find(id: number): ApplicationRow | null;
  findWaiting(email: string): ApplicationRow | null;
  /** Oldest first for those that wait, newest first for the others; `after` is the last id of the page before. */
  list(options: {
    state: ApplicationState;
    after: number | null;
    limit: number;
  }): ApplicationRow[];
  /** Only of one that waits; false otherwise. */
  decide(
    id: number,
    decision: {
      state: "approved" | "refused";
      inviteCode: string | null;
      decidedBy: string;
      nowMs: number;
    },
  ): boolean;
  countWaiting(): number;
  removeDecided(decidedBeforeMs: number, limit: number): number;
}

const FIELDS = `id, handle, email, reason, language, state, invite_code AS inviteCode,
  decided_by AS decidedBy, created_at_ms AS createdAtMs, decided_at_ms AS decidedAtMs`;

export function createApplicationRows(db: Database): ApplicationRows {
  const select = (rest: string) =>
    db.prepare<ApplicationRow, [Record<string, string | number>]>(
      `SELECT ${FIELDS} FROM application ${rest}`,
    );
  const put = db.prepare<
    { id: number },
    [Record<string, string | number | null>]
  >(
    `INSERT INTO application (handle, email, email_key, reason, language, state, created_at_ms)
     VALUES ($handle, $email, $key, $reason, $language, 'waiting', $createdAtMs)
     ON CONFLICT (email_key) WHERE state = 'waiting'
       DO UPDATE SET handle = excluded.handle, email = excluded.email, reason = excluded.reason,
         language = excluded.language
     RETURNING id`,
  );
  const find = select("WHERE id = $id");
  const findWaiting = select("WHERE email_key = $key AND state = 'waiting'");
  const listWaiting = select(
    "WHERE state = $state AND id > $after ORDER BY id LIMIT $limit",
  );
  const listOthers = select(
    "WHERE state = $state AND id < $after ORDER BY id DESC LIMIT $limit",
  );
  const decide = db.prepare(
    `UPDATE application SET state = $state, invite_code = $inviteCode,
       decided_by = $decidedBy, decided_at_ms = $nowMs
     WHERE id = $id AND state = 'waiting'`,
  );
  const count = db.prepare<{ n: number }, []>(
    "SELECT count(*) AS n FROM application WHERE state = 'waiting'",
  );
  const removeDecided = db.prepare(
    `DELETE FROM application WHERE id IN
       (SELECT id FROM application WHERE decided_at_ms < $before LIMIT $limit)`,
  );
  return {
    put: (row) => put.get({ ...row, key: emailKey(row.email) })!.id,
    find: (id) => find.get({ id }),
    findWaiting: (email) => findWaiting.get({ key: emailKey(email) }),
    list({ state, after, limit }) {
      return state === "waiting"
        ? listWaiting.all({ state, after: after ?? 0, limit })
        : listOthers.all({
            state,
            after: after ?? Number.MAX_SAFE_INTEGER,
            limit,
          });
    },
    decide: (id, decision) => decide.run({ id, ...decision }).changes === 1,
    countWaiting: () => count.get()!.n,
    removeDecided: (before, limit) =>
      removeDecided.run({ before, limit }).changes,
  };
}
