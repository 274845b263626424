import { invalidRequest } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf } from "#storage/account/accounts.ts";
import type { Job, Queue } from "#contexts/queue/queue.ts";
import type { JobHandler } from "#contexts/queue/runner.ts";
import type { BlobCollector } from "./collect.ts";

export const CLEAN_UP_JOB = "remove unused files";

/** What a clean-up has removed by now. */
export interface CleanedUp {
  removed: number;
  removedBytes: number;
}

export type CleanUpState = Pick<Job, "state" | "progress" | "lastError"> &
  CleanedUp;

/**
 * Removes the files of an account that no record names, at its owner's wish.
 * Few are removed at once, many as a job, which may be stopped and is run again
 * from the beginning after a crash: what is gone is not found again.
 */
export interface CleanUps {
  /**
   * Null when it has become a job; one that goes on already stays the only one.
   * @throws XrpcError InvalidRequest for an account that is not active: what moves here is uploaded before its records come.
   */
  start(did: Did): Promise<CleanedUp | null>;
  /** The last job, however it went; null when there was none lately. */
  find(did: Did): CleanUpState | null;
  /** What is removed stays so. No effect once it has ended. */
  cancel(did: Did): void;
  /** Does a job named `CLEAN_UP_JOB`. */
  runJob: JobHandler;
}

/** A record that names a fresh upload may still be on its way. @see https://atproto.com/specs/blob */
export const FRESH_MS = 3_600_000;
/** So many are looked at within a request. */
const FEW = 500;

export function createCleanUps(deps: {
  queue: Queue;
  db: Pick<AccountDb, "accounts" | "usage">;
  collector: Pick<BlobCollector, "collectUnreferencedBlobsOf">;
}): CleanUps {
  const { queue, db, collector } = deps;
  const countOf = (did: Did) => db.usage.find(did)?.blobCount ?? 0;
  const latest = (did: Did) => queue.findLatest(CLEAN_UP_JOB, did);

  return {
    async start(did) {
      const row = db.accounts.find(did);
      if (row === null || statusOf(row) !== "active") {
        throw invalidRequest("The account is not active").because(
          "accountInactive",
        );
      }
      if (countOf(did) > FEW) {
        queue.enqueue({ name: CLEAN_UP_JOB, payload: { did }, uniqueKey: did });
        return null;
      }
      const options = { did, olderThanMs: FRESH_MS };
      return collector.collectUnreferencedBlobsOf(options);
    },
    find(did) {
      const job = latest(did);
      if (job === null) return null;
      const { state, progress, lastError } = job;
      const none: CleanedUp = { removed: 0, removedBytes: 0 };
      const cleaned = (progress?.cursor as CleanedUp | undefined) ?? none;
      return { state, progress, lastError, ...cleaned };
    },
    cancel(did) {
      const job = latest(did);
      if (job !== null) queue.cancel(job.id);
    },
    async runJob(job, run) {
      const { did } = job.payload as { did: Did };
      // What was removed before a crash is told too.
      const before = job.progress?.cursor as CleanedUp | undefined;
      const total = countOf(did);
      await collector.collectUnreferencedBlobsOf({
        ...{ did, olderThanMs: FRESH_MS, signal: run.signal },
        onPage(looked, { removed, removedBytes }) {
          const cursor: CleanedUp = {
            removed: removed + (before?.removed ?? 0),
            removedBytes: removedBytes + (before?.removedBytes ?? 0),
          };
          run.setProgress({ done: Math.min(looked, total), total, cursor });
        },
      });
    },
  };
}
