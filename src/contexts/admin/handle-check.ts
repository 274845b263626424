import type { Clock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf } from "#storage/account/accounts.ts";
import type { Queue } from "#contexts/queue/queue.ts";
import type { JobHandler } from "#contexts/queue/runner.ts";

export const HANDLE_JOB = "check handles";

/** A handle that does not lead both ways. */
export interface BrokenHandle {
  did: Did;
  handle: string;
  words: string;
}

export interface HandleReport {
  /** When the last check of all ended; null before the first. */
  atMs: number | null;
  checked: number;
  /** The first two hundred; `count` has them all. */
  broken: BrokenHandle[];
  count: number;
}

export interface HandleCheck {
  /** Starts a job, or names the one that runs. */
  request(): number;
  last(): HandleReport;
  run: JobHandler;
}

const REPORT = "handle-report";
const PAGE = 100;
const MOST_KEPT = 200;
const NOTHING: HandleReport = { atMs: null, checked: 0, broken: [], count: 0 };

type Cursor = Pick<HandleReport, "checked" | "broken" | "count"> & {
  after: string | null;
};

/** Looks up the handle of every active account anew, one after the other. */
export function createHandleCheck(deps: {
  db: Pick<AccountDb, "accounts" | "settings">;
  queue: Queue;
  checkHandle(did: Did): Promise<{ isWell: boolean; words: string }>;
  clock: Clock;
}): HandleCheck {
  const { db, queue, clock } = deps;
  return {
    request: () =>
      queue.enqueue({ name: HANDLE_JOB, payload: null, uniqueKey: "all" }),
    last: () =>
      (db.settings.find(REPORT) as HandleReport | undefined) ?? NOTHING,
    async run(job, { setProgress, signal }) {
      const cursor: Cursor = (job.progress?.cursor as Cursor | undefined) ?? {
        ...{ after: null, checked: 0, broken: [], count: 0 },
      };
      const total = db.accounts.count();
      for (;;) {
        const page = db.accounts.list({ after: cursor.after, limit: PAGE });
        if (page.length === 0) break;
        for (const row of page) {
          if (signal.aborted) return;
          if (statusOf(row) === "active") {
            const { isWell, words } = await deps.checkHandle(row.did);
            cursor.checked++;
            if (!isWell) {
              const { did, handle } = row;
              cursor.count++;
              if (cursor.broken.length < MOST_KEPT) {
                cursor.broken.push({ did, handle, words });
              }
            }
          }
          cursor.after = row.did;
        }
        setProgress({ done: cursor.checked, total, cursor: { ...cursor } });
      }
      const { after: _after, ...report } = cursor;
      const atMs = clock.nowMs();
      db.settings.put(REPORT, { ...report, atMs }, atMs);
    },
  };
}
