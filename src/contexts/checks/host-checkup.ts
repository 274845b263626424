import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { Job, Queue } from "#contexts/queue/queue.ts";
import type { JobHandler, JobRun } from "#contexts/queue/runner.ts";
import { type Checkups, shortenedFindings } from "./checkup.ts";
import { type Finding, tellFinding } from "./findings.ts";
import { CheckStopped } from "./repo-check.ts";

export const HOST_CHECKUP_JOB = "check all repositories";

export interface HostCheckupState extends Pick<Job, "id" | "state"> {
  finishedAtMs: number | null;
  /** Accounts on its list, those not looked at yet, and those with faults. */
  counts: { all: number; open: number; failed: number };
}

/**
 * What `tempest repo verify` checks of every account, while the server runs: a
 * job with the accounts on its list. What is wrong with one stands there; a
 * crash costs the check of one account.
 */
export interface HostCheckups {
  /** One that is under way stays the only one. @returns its id */
  start(): number;
  /** The last one; null when there was none lately. */
  find(): HostCheckupState | null;
  /** Does a job named `HOST_CHECKUP_JOB`. */
  runJob: JobHandler;
}

const PAGE = 50;
/** Kept of one account; its own check tells more. */
const MOST_FINDINGS = 5;
/** As `checkup.ts`: a repository that lacks rows has them within moments. */
const CATCH_UP_MS = 2000;
const MOST_TRIES = 10;

interface Cursor {
  /** The account that was behind, and how often it was. */
  behind: Did;
  tries: number;
}

export function createHostCheckups(deps: {
  db: Pick<AccountDb, "jobTargets" | "transaction">;
  queue: Queue;
  checkups: Pick<Checkups, "examine">;
  clock: Clock;
}): HostCheckups {
  const { db, queue, checkups, clock } = deps;
  const { jobTargets } = db;

  /** None when all is well, null while the repository catches up. */
  async function faultsOf(did: Did, run: JobRun): Promise<Finding[] | null> {
    try {
      const report = await checkups.examine(did, { signal: run.signal });
      return report?.problems ?? null;
    } catch (error) {
      // Deleted since the list was made.
      const isGone =
        error instanceof XrpcError && error.error === "AccountNotFound";
      if (isGone) return [];
      throw error;
    }
  }

  function settle(job: Job, did: Did, found: Finding[], run: JobRun): void {
    const kept = shortenedFindings(found, MOST_FINDINGS);
    const fault = kept.length === 0 ? null : JSON.stringify(kept);
    db.transaction(() => {
      jobTargets.settle(job.id, did, fault);
      const { all, open, failed } = jobTargets.counts(job.id);
      run.setProgress({ done: all - open, total: all, failed });
    });
  }

  return {
    start: () =>
      db.transaction(() => {
        const id = queue.enqueue({
          ...{ name: HOST_CHECKUP_JOB, payload: null, uniqueKey: "all" },
        });
        if (jobTargets.counts(id).all === 0) {
          jobTargets.addFound(id, { fit: "here" });
        }
        return id;
      }),
    find() {
      const job = queue.findLatest(HOST_CHECKUP_JOB, "all");
      if (job === null) return null;
      const { id, state, finishedAtMs } = job;
      return { id, state, finishedAtMs, counts: jobTargets.counts(id) };
    },
    async runJob(job, run) {
      const before = (job.progress?.cursor as Cursor | undefined) ?? null;
      for (;;) {
        const page = jobTargets.listOpen(job.id, PAGE);
        if (page.length === 0) return;
        for (const did of page) {
          if (run.signal.aborted) return;
          try {
            const faults = await faultsOf(did, run);
            if (faults !== null) {
              settle(job, did, faults, run);
              continue;
            }
          } catch (error) {
            if (error instanceof CheckStopped) return;
            throw error;
          }
          const tries = (before?.behind === did ? before.tries : 0) + 1;
          if (tries >= MOST_TRIES) {
            settle(job, did, [tellFinding("behind")], run);
            continue;
          }
          const { all, open } = jobTargets.counts(job.id);
          const cursor: Cursor = { behind: did, tries };
          run.setProgress({ done: all - open, total: all, cursor });
          return { againAtMs: clock.nowMs() + CATCH_UP_MS };
        }
      }
    },
  };
}

/** What a job of this kind has kept of an account as its fault; null for other jobs. */
export function findingsIn({ name }: Job, fault: string): Finding[] | null {
  return name === HOST_CHECKUP_JOB ? JSON.parse(fault) : null;
}
