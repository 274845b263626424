import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { JobRow } from "#storage/account/jobs.ts";
import { toJob, type Job, type JobProgress, type Queue } from "./queue.ts";

export interface JobRun {
  /** Stores how far the job is; after a crash it gets `job.progress` back. */
  setProgress(progress: JobProgress): void;
  /** Aborted when the job is cancelled or the program stops. */
  signal: AbortSignal;
}

/**
 * Does one job; a throw means to try again later. So does a `reason`, for a
 * failure that is nobody's fault here and is told without a stack. A job that
 * has done what it may for now says when it goes on: it leaves its place to
 * others till then.
 */
export type JobHandler = (
  job: Job,
  run: JobRun,
) => Promise<void | { againAtMs: number } | { reason: string }>;

export interface QueueRunner {
  /** Makes jobs that a crash interrupted due again, and begins to work. */
  start(): void;
  /** Does all jobs that are due, and those that become so meanwhile; resolves when none is left. */
  runDue(): Promise<void>;
  /** Asks running jobs to stop and waits for them; they go on at the next start. */
  stop(): Promise<void>;
}

export interface QueueRunnerDeps {
  db: Pick<AccountDb, "jobs">;
  queue: Queue;
  handlers: ReadonlyMap<string, JobHandler>;
  clock: Clock;
  log: Logger;
  /** Jobs at once; 2 unless said. */
  slots?: number;
}

const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 3_600_000;
/** How often to look, should a timer have been missed. */
const LONGEST_SLEEP_MS = 60_000;

/** 5 s, 10 s, 20 s, … up to an hour. */
export function retryDelayMs(attempts: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS);
}

export function createQueueRunner(deps: QueueRunnerDeps): QueueRunner {
  const { db, queue, clock, log, slots = 2 } = deps;
  const running = new Map<number, { abort(): void; ended: Promise<void> }>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStarted = false;
  let isStopping = false;

  /** Fills the free slots with jobs that are due. */
  function fill(): void {
    while (!isStopping && running.size < slots) {
      const row = db.jobs.claim(clock.nowMs());
      if (row === null) break;
      begin(row);
    }
    schedule();
  }

  function begin(row: JobRow): void {
    const controller = new AbortController();
    const { signal } = controller;
    const ended = runJob(deps, row, { signal, isStopping: () => isStopping })
      .finally(() => running.delete(row.id))
      .then(fill)
      // Only the database fails here; the row goes on at the next start.
      .catch((error: unknown) => log.error("queue failed", { error }));
    running.set(row.id, { abort: () => controller.abort(), ended });
  }

  function schedule(): void {
    clearTimeout(timer);
    if (!isStarted || isStopping || running.size >= slots) return;
    const dueAtMs = db.jobs.nextDueAtMs() ?? Number.POSITIVE_INFINITY;
    const waitMs = Math.max(0, dueAtMs - clock.nowMs());
    timer = setTimeout(fill, Math.min(waitMs, LONGEST_SLEEP_MS));
    timer.unref();
  }

  queue.onChange(() => {
    for (const [id, job] of running) {
      if (db.jobs.find(id)?.state === "cancelled") job.abort();
    }
    schedule();
  });

  async function allEnded(): Promise<void> {
    while (running.size > 0) {
      await Promise.all([...running.values()].map((job) => job.ended));
    }
  }

  return {
    start() {
      db.jobs.requeueRunning();
      isStarted = true;
      schedule();
    },
    async runDue() {
      fill();
      await allEnded();
    },
    async stop() {
      isStopping = true;
      clearTimeout(timer);
      for (const job of running.values()) job.abort();
      await allEnded();
    },
  };
}

/** Runs a job to its end and writes down what came of it. */
async function runJob(
  { db, queue, handlers, clock, log }: QueueRunnerDeps,
  row: JobRow,
  run: { signal: AbortSignal; isStopping(): boolean },
): Promise<void> {
  const { id, name, attempts } = row;
  const outcome = await attempt(handlers.get(name), toJob(row), {
    setProgress: (progress) => queue.setProgress(id, progress),
    signal: run.signal,
  });
  const nowMs = clock.nowMs();
  if (run.isStopping() && run.signal.aborted) {
    // It may have stopped half-way or come to its end: it can be run twice.
    const before = attempts - 1;
    db.jobs.requeue(id, { error: null, dueAtMs: nowMs, attempts: before });
    return;
  }
  if (outcome.kind === "paused") {
    const { againAtMs: dueAtMs } = outcome;
    db.jobs.requeue(id, { error: null, dueAtMs, attempts: attempts - 1 });
    return;
  }
  if (outcome.kind === "done") {
    db.jobs.finish(id, { state: "done", error: null, nowMs });
    return;
  }
  const { message, told } = outcome;
  const fields = { job: name, id, attempts, ...told };
  if (attempts < row.maxAttempts) {
    const dueAtMs = nowMs + retryDelayMs(attempts);
    log.warn("job failed", { ...fields, againAt: new Date(dueAtMs) });
    db.jobs.requeue(id, { error: message, dueAtMs, attempts });
    return;
  }
  log.error("job given up", fields);
  db.jobs.finish(id, { state: "failed", error: message, nowMs });
}

type Outcome =
  | { kind: "done" }
  | { kind: "paused"; againAtMs: number }
  | {
      kind: "failed";
      message: string;
      /** What the log says of it. */
      told: { error: unknown } | { reason: string };
    };

async function attempt(
  handler: JobHandler | undefined,
  job: Job,
  run: JobRun,
): Promise<Outcome> {
  try {
    if (handler === undefined) throw new Error(`no handler for ${job.name}`);
    const end = await handler(job, run);
    if (!end) return { kind: "done" };
    return "reason" in end
      ? { kind: "failed", message: end.reason, told: end }
      : { kind: "paused", ...end };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "failed", message, told: { error } };
  }
}
