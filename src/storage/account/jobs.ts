import type { Database } from "bun:sqlite";

export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

/** A piece of work that outlives the request that asked for it. */
export interface JobRow {
  id: number;
  name: string;
  /** At most one job of a name and key is queued or running; null: any number. */
  uniqueKey: string | null;
  payloadJson: string;
  state: JobState;
  attempts: number;
  maxAttempts: number;
  dueAtMs: number;
  progressJson: string | null;
  lastError: string | null;
  createdAtMs: number;
  finishedAtMs: number | null;
}

export type NewJob = Pick<
  JobRow,
  | "name"
  | "uniqueKey"
  | "payloadJson"
  | "maxAttempts"
  | "dueAtMs"
  | "createdAtMs"
>;

export interface JobRows {
  /** Returns null when one of the same name and key is queued or running. */
  add(job: NewJob): number | null;
  find(id: number): JobRow | null;
  /** The queued or running one of the name and key. */
  findPending(name: string, uniqueKey: string): JobRow | null;
  /** The newest of the name and key, whatever became of it. */
  findLatest(name: string, uniqueKey: string): JobRow | null;
  /** Newest first; `before` is the last id of the page before. */
  list(options: { before: number | null; limit: number }): JobRow[];
  /** Takes the job that has been due longest and marks it running. */
  claim(nowMs: number): JobRow | null;
  /** When the next queued one is due; null when none waits. */
  nextDueAtMs(): number | null;
  /** Those that wait or run. */
  countPending(): number;
  /** Given up, of those that are still kept. */
  countFailed(): number;
  setProgress(id: number, progressJson: string): void;
  /** Only of a running job. */
  finish(
    id: number,
    end: { state: "done" | "failed"; error: string | null; nowMs: number },
  ): void;
  /** Puts a running job back, to be tried again later. */
  requeue(
    id: number,
    options: { error: string | null; dueAtMs: number; attempts: number },
  ): void;
  /** Ends a queued or running job; false when it had ended. */
  cancel(id: number, nowMs: number): boolean;
  /** After a crash: what was running is due again. Returns the number. */
  requeueRunning(): number;
  /** Forgets jobs that ended before the given time; returns the number removed. */
  removeFinished(finishedBeforeMs: number, limit: number): number;
}

const FIELDS = `id, name, unique_key AS uniqueKey, payload_json AS payloadJson, state,
  attempts, max_attempts AS maxAttempts, due_at_ms AS dueAtMs, progress_json AS progressJson,
  last_error AS lastError, created_at_ms AS createdAtMs, finished_at_ms AS finishedAtMs`;

type Bindings = Record<string, string | number>;

export function createJobRows(db: Database): JobRows {
  const add = db.prepare(
    `INSERT INTO job (name, unique_key, payload_json, state, max_attempts, due_at_ms, created_at_ms)
     VALUES ($name, $uniqueKey, $payloadJson, 'queued', $maxAttempts, $dueAtMs, $createdAtMs)
     ON CONFLICT DO NOTHING`,
  );
  const select = (rest: string) =>
    db.prepare<JobRow, [Bindings]>(`SELECT ${FIELDS} FROM job ${rest}`);
  const find = select("WHERE id = $id");
  const findPending = select(
    `WHERE name = $name AND unique_key = $uniqueKey AND state IN ('queued', 'running')`,
  );
  const findLatest = select(
    "WHERE name = $name AND unique_key = $uniqueKey ORDER BY id DESC LIMIT 1",
  );
  const list = select("WHERE id < $before ORDER BY id DESC LIMIT $limit");
  const claim = db.prepare<JobRow, [{ nowMs: number }]>(
    `UPDATE job SET state = 'running', attempts = attempts + 1
     WHERE id = (SELECT id FROM job WHERE state = 'queued' AND due_at_ms <= $nowMs
       ORDER BY due_at_ms, id LIMIT 1)
     RETURNING ${FIELDS}`,
  );
  const nextDue = db.prepare<{ dueAtMs: number | null }, []>(
    "SELECT min(due_at_ms) AS dueAtMs FROM job WHERE state = 'queued'",
  );
  const count = (where: string) =>
    db.prepare<{ n: number }, []>(
      `SELECT count(*) AS n FROM job WHERE ${where}`,
    );
  const countPending = count("state IN ('queued', 'running')");
  const countFailed = count("state = 'failed'");
  const setProgress = db.prepare(
    "UPDATE job SET progress_json = $progressJson WHERE id = $id",
  );
  const finish = db.prepare(
    `UPDATE job SET state = $state, last_error = $error, finished_at_ms = $nowMs
     WHERE id = $id AND state = 'running'`,
  );
  const requeue = db.prepare(
    `UPDATE job SET state = 'queued', last_error = $error, due_at_ms = $dueAtMs,
       attempts = $attempts
     WHERE id = $id AND state = 'running'`,
  );
  const cancel = db.prepare(
    `UPDATE job SET state = 'cancelled', finished_at_ms = $nowMs
     WHERE id = $id AND state IN ('queued', 'running')`,
  );
  const requeueRunning = db.prepare(
    "UPDATE job SET state = 'queued' WHERE state = 'running'",
  );
  const removeFinished = db.prepare(
    `DELETE FROM job WHERE id IN
       (SELECT id FROM job WHERE finished_at_ms < $finishedBeforeMs LIMIT $limit)`,
  );
  return {
    add(job) {
      const { changes, lastInsertRowid } = add.run({ ...job });
      return changes === 1 ? Number(lastInsertRowid) : null;
    },
    find: (id) => find.get({ id }),
    findPending: (name, uniqueKey) => findPending.get({ name, uniqueKey }),
    findLatest: (name, uniqueKey) => findLatest.get({ name, uniqueKey }),
    list: ({ before, limit }) =>
      list.all({ before: before ?? Number.MAX_SAFE_INTEGER, limit }),
    claim: (nowMs) => claim.get({ nowMs }),
    nextDueAtMs: () => nextDue.get()!.dueAtMs,
    countPending: () => countPending.get()!.n,
    countFailed: () => countFailed.get()!.n,
    setProgress: (id, progressJson) =>
      void setProgress.run({ id, progressJson }),
    finish: (id, end) => void finish.run({ id, ...end }),
    requeue: (id, options) => void requeue.run({ id, ...options }),
    cancel: (id, nowMs) => cancel.run({ id, nowMs }).changes > 0,
    requeueRunning: () => requeueRunning.run().changes,
    removeFinished: (finishedBeforeMs, limit) =>
      removeFinished.run({ finishedBeforeMs, limit }).changes,
  };
}
