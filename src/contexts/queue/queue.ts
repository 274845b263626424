import type { Clock } from "#lib/clock.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { JobRow, JobState } from "#storage/account/jobs.ts";

/** How far a job has come; also where it goes on after a crash. */
export interface JobProgress {
  done: number;
  /** null while it isn't known. */
  total: number | null;
  /** Of those that are done, how many it was in vain for, or something is wrong with. */
  failed?: number;
  /** Anything JSON can hold that lets the job skip what is done. */
  cursor?: unknown;
}

export interface Job<Payload = unknown> {
  id: number;
  name: string;
  payload: Payload;
  state: JobState;
  attempts: number;
  maxAttempts: number;
  dueAtMs: number;
  progress: JobProgress | null;
  lastError: string | null;
  createdAtMs: number;
  finishedAtMs: number | null;
}

export interface EnqueueOptions {
  name: string;
  /** Anything JSON can hold. */
  payload: unknown;
  /** While a job of this name and key is queued or running, no second one is made. */
  uniqueKey?: string;
  /** Not before then; at once unless said. */
  dueAtMs?: number;
  /** Tries before it is given up; 10 unless said. */
  maxAttempts?: number;
}

/**
 * Work that outlives the request that asked for it. Jobs are rows: a crash
 * loses none, and one that was running is run again from its last progress.
 * So a job must not mind being run twice.
 */
export interface Queue {
  /** Returns the job's id; with a `uniqueKey` in use, the id of the job that has it. */
  enqueue(options: EnqueueOptions): number;
  find(id: number): Job | null;
  /** The newest job of a name and `uniqueKey`, whatever became of it; jobs that ended are kept for some weeks. */
  findLatest(name: string, uniqueKey: string): Job | null;
  /** Newest first; `before` is the last id of the page before. */
  list(options: { before: number | null; limit: number }): Job[];
  /** Stores how far a job is. No effect once it has ended. */
  setProgress(id: number, progress: JobProgress): void;
  /** Ends a job that waits, and asks one that runs to stop; false when it has ended. */
  cancel(id: number): boolean;
  /** Calls back after each `enqueue` and `cancel`. */
  onChange(listener: () => void): void;
}

const DEFAULT_ATTEMPTS = 10;

export function createQueue({
  db,
  clock,
}: {
  db: Pick<AccountDb, "jobs" | "transaction">;
  clock: Clock;
}): Queue {
  const listeners: (() => void)[] = [];
  const notify = () => {
    for (const listener of listeners) listener();
  };
  return {
    enqueue({ name, payload, uniqueKey, dueAtMs, maxAttempts }) {
      const nowMs = clock.nowMs();
      const id = db.transaction(
        () =>
          db.jobs.add({
            name,
            uniqueKey: uniqueKey ?? null,
            payloadJson: JSON.stringify(payload ?? null),
            maxAttempts: maxAttempts ?? DEFAULT_ATTEMPTS,
            dueAtMs: dueAtMs ?? nowMs,
            createdAtMs: nowMs,
          }) ?? db.jobs.findPending(name, uniqueKey!)!.id,
      );
      notify();
      return id;
    },
    find(id) {
      const row = db.jobs.find(id);
      return row && toJob(row);
    },
    findLatest(name, uniqueKey) {
      const row = db.jobs.findLatest(name, uniqueKey);
      return row && toJob(row);
    },
    list: (options) => db.jobs.list(options).map(toJob),
    setProgress: (id, progress) =>
      db.jobs.setProgress(id, JSON.stringify(progress)),
    cancel(id) {
      const isCancelled = db.jobs.cancel(id, clock.nowMs());
      if (isCancelled) notify();
      return isCancelled;
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

export function toJob(row: JobRow): Job {
  const { payloadJson, progressJson, uniqueKey: _key, ...rest } = row;
  return {
    ...rest,
    payload: JSON.parse(payloadJson),
    progress:
      progressJson === null ? null : (JSON.parse(progressJson) as JobProgress),
  };
}
