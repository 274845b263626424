import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

export interface NewMail {
  /** The account it concerns; null for a message to somebody else. */
  did: Did | null;
  /** What it is about: one word, for lists and templates. */
  kind: string;
  toAddress: string;
  subject: string;
  textBody: string;
  htmlBody: string | null;
  createdAtMs: number;
}

/** A message to send, or one that was sent or given up. */
export interface MailRow extends NewMail {
  id: number;
  /** When to try next. */
  dueAtMs: number;
  attempts: number;
  sentAtMs: number | null;
  /** When it was given up. */
  failedAtMs: number | null;
  lastError: string | null;
}

export type MailState = "waiting" | "sent" | "failed";

export interface MailRows {
  /** Due at once. Returns its id. */
  add(mail: NewMail): number;
  find(id: number): MailRow | null;
  /** Waiting and due, oldest due first. */
  listDue(nowMs: number, limit: number): MailRow[];
  /** When the next waiting one is due; null when none waits. */
  nextDueAtMs(): number | null;
  /** Newest first, sent ones included; `before` is the last id of the page before. */
  list(options: { before: number | null; limit: number }): MailRow[];
  /** The same, of one state only. */
  listIn(
    state: MailState,
    options: { before: number | null; limit: number },
  ): MailRow[];
  countWaiting(): number;
  /** Given up, of those that are still kept. */
  countFailed(): number;
  /** Makes a message due at once, whatever became of it; false when it is gone. */
  renew(id: number, nowMs: number): boolean;
  markSent(id: number, nowMs: number): void;
  /** Counts a failed attempt. `dueAtMs` null gives the message up. */
  markFailed(
    id: number,
    failure: { error: string; nowMs: number; dueAtMs: number | null },
  ): void;
  /** Forgets messages that are done and older; returns the number removed. */
  removeDone(createdBeforeMs: number, limit: number): number;
}

const FIELDS = `id, did, kind, to_address AS toAddress, subject, text_body AS textBody,
  html_body AS htmlBody, created_at_ms AS createdAtMs, due_at_ms AS dueAtMs, attempts,
  sent_at_ms AS sentAtMs, failed_at_ms AS failedAtMs, last_error AS lastError`;
const WAITING = "sent_at_ms IS NULL AND failed_at_ms IS NULL";
const IN_STATE: Record<MailState, string> = {
  waiting: WAITING,
  sent: "sent_at_ms IS NOT NULL",
  failed: "failed_at_ms IS NOT NULL",
};

export function createMailRows(db: Database): MailRows {
  const add = db.prepare(
    `INSERT INTO mail (did, kind, to_address, subject, text_body, html_body, created_at_ms, due_at_ms)
     VALUES ($did, $kind, $toAddress, $subject, $textBody, $htmlBody, $createdAtMs, $createdAtMs)`,
  );
  const select = (rest: string) =>
    db.prepare<MailRow, [Record<string, number>]>(
      `SELECT ${FIELDS} FROM mail ${rest}`,
    );
  const find = select("WHERE id = $id");
  const listDue = select(
    `WHERE ${WAITING} AND due_at_ms <= $nowMs ORDER BY due_at_ms, id LIMIT $limit`,
  );
  const list = select("WHERE id < $before ORDER BY id DESC LIMIT $limit");
  const listIn = (state: MailState) =>
    select(
      `WHERE id < $before AND ${IN_STATE[state]} ORDER BY id DESC LIMIT $limit`,
    );
  const lists = {
    waiting: listIn("waiting"),
    sent: listIn("sent"),
    failed: listIn("failed"),
  };
  const countIn = (state: MailState) =>
    db.prepare<{ n: number }, []>(
      `SELECT count(*) AS n FROM mail WHERE ${IN_STATE[state]}`,
    );
  const countWaiting = countIn("waiting");
  const countFailed = countIn("failed");
  const renew = db.prepare(
    `UPDATE mail SET due_at_ms = $nowMs, created_at_ms = $nowMs, attempts = 0,
       sent_at_ms = NULL, failed_at_ms = NULL WHERE id = $id`,
  );
  const nextDue = db.prepare<{ dueAtMs: number | null }, []>(
    `SELECT min(due_at_ms) AS dueAtMs FROM mail WHERE ${WAITING}`,
  );
  const markSent = db.prepare(
    `UPDATE mail SET sent_at_ms = $nowMs, attempts = attempts + 1, last_error = NULL
     WHERE id = $id`,
  );
  const markFailed = db.prepare(
    `UPDATE mail SET attempts = attempts + 1, last_error = $error,
       due_at_ms = coalesce($dueAtMs, due_at_ms),
       failed_at_ms = iif($dueAtMs IS NULL, $nowMs, NULL)
     WHERE id = $id`,
  );
  const removeDone = db.prepare(
    `DELETE FROM mail WHERE id IN
       (SELECT id FROM mail WHERE created_at_ms < $createdBeforeMs AND NOT (${WAITING})
        LIMIT $limit)`,
  );
  return {
    add: (mail) => Number(add.run({ ...mail }).lastInsertRowid),
    find: (id) => find.get({ id }),
    listDue: (nowMs, limit) => listDue.all({ nowMs, limit }),
    nextDueAtMs: () => nextDue.get()!.dueAtMs,
    list: ({ before, limit }) =>
      list.all({ before: before ?? Number.MAX_SAFE_INTEGER, limit }),
    listIn: (state, { before, limit }) =>
      lists[state].all({ before: before ?? Number.MAX_SAFE_INTEGER, limit }),
    countWaiting: () => countWaiting.get()!.n,
    countFailed: () => countFailed.get()!.n,
    renew: (id, nowMs) => renew.run({ id, nowMs }).changes === 1,
    markSent: (id, nowMs) => void markSent.run({ id, nowMs }),
    markFailed: (id, failure) => void markFailed.run({ id, ...failure }),
    removeDone: (createdBeforeMs, limit) =>
      removeDone.run({ createdBeforeMs, limit }).changes,
  };
}
