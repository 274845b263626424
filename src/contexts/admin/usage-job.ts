import type { Clock } from "#lib/clock.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { EventLog } from "#storage/event-log.ts";
import type { Queue } from "#contexts/queue/queue.ts";
import type { JobHandler } from "#contexts/queue/runner.ts";

export const USAGE_JOB = "measure accounts";

const PAGE = 200;

/**
 * Looks how large each repository is, so that lists and plots need not. Goes
 * through all accounts without haste, a page at a time.
 */
export function createUsageJob(deps: {
  db: Pick<AccountDb, "accounts" | "usage">;
  stores: Pick<ActorStores, "sizeBytes">;
  eventLog: Pick<EventLog, "collectionCounts">;
  queue: Queue;
  clock: Clock;
}): { request(): number; run: JobHandler } {
  const { db, stores, eventLog, queue, clock } = deps;
  return {
    request: () =>
      queue.enqueue({ name: USAGE_JOB, payload: null, uniqueKey: "all" }),
    async run(job, { setProgress, signal }) {
      let after = (job.progress?.cursor as string | undefined) ?? null;
      let done = job.progress?.done ?? 0;
      const total = db.accounts.count();
      for (;;) {
        const page = db.accounts.list({ after, limit: PAGE });
        if (page.length === 0 || signal.aborted) return;
        for (const { did } of page) {
          const counts = [...eventLog.collectionCounts(did).values()];
          db.usage.setMeasured(did, {
            repoBytes: stores.sizeBytes(did),
            recordCount: counts.reduce((sum, n) => sum + n, 0),
            nowMs: clock.nowMs(),
          });
        }
        after = page.at(-1)!.did;
        done += page.length;
        setProgress({ done, total, cursor: after });
        // Requests get their turn.
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}
