import type { Clock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { EventLog } from "#storage/event-log.ts";
import type { Queue } from "#contexts/queue/queue.ts";
import type { JobHandler } from "#contexts/queue/runner.ts";

export const USAGE_JOB = "measure accounts";

/** Written together, with one sync of the disk; nothing else is done meanwhile. */
const PAGE = 25;
const PAUSE_MS = 20;

/**
 * Looks how large each repository is, so that lists and plots need not. Goes
 * through all accounts without haste, a page at a time.
 */
export function createUsageJob(deps: {
  db: Pick<AccountDb, "accounts" | "usage" | "transaction">;
  stores: Pick<ActorStores, "sizeBytes">;
  eventLog: Pick<EventLog, "collectionCounts">;
  queue: Queue;
  clock: Clock;
}): { request(): number; run: JobHandler } {
  const { db, stores, eventLog, queue, clock } = deps;

  function measure(did: Did): void {
    const counts = [...eventLog.collectionCounts(did).values()];
    db.usage.setMeasured(did, {
      repoBytes: stores.sizeBytes(did),
      recordCount: counts.reduce((sum, n) => sum + n, 0),
      nowMs: clock.nowMs(),
    });
  }

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
        const last = page.at(-1)!.did;
        done += page.length;
        db.transaction(() => {
          for (const { did } of page) measure(did);
          setProgress({ done, total, cursor: last });
        });
        after = last;
        // Requests get their turn, and the disk is left to them.
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    },
  };
}
