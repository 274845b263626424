import type { Database } from "bun:sqlite";
import type { EventLog } from "./event-log.ts";

/** Numbers of the whole host that are counted as it goes on, not when they are asked for. */
export interface HostCounts extends Pick<
  EventLog,
  "collectionTotals" | "commitWeeks"
> {
  /** To be called in the transaction that adds the rows. */
  addCommits(count: number, atMs: number): void;
  addRecords(collection: string, difference: number): void;
  /** After a transaction that failed, or a change that names no numbers: counted anew when asked. */
  forget(): void;
}

const WEEK_MS = 7 * 24 * 3_600_000;
/** 1970 began on a Thursday; weeks begin on Monday, UTC. */
const MONDAY_MS = 4 * 24 * 3_600_000;

export function createHostCounts(db: Database): HostCounts {
  const count = db.query<{ collection: string; records: number }, []>(
    `SELECT collection, sum(record_count) AS records FROM repo_collection
     GROUP BY collection`,
  );
  const addWeek = db.query(
    `INSERT INTO commit_week (week, commit_count) VALUES (?, ?)
     ON CONFLICT DO UPDATE SET commit_count = commit_count + excluded.commit_count`,
  );
  const weeks = db.query<{ week: number; commits: number }, []>(
    "SELECT week, commit_count AS commits FROM commit_week ORDER BY week",
  );
  /** Counted once, when somebody first asks. */
  let totals: Map<string, number> | null = null;

  return {
    addCommits(commits, atMs) {
      if (commits > 0) addWeek.run(weekOf(atMs), commits);
    },
    addRecords(collection, difference) {
      if (totals === null) return;
      const records = (totals.get(collection) ?? 0) + difference;
      if (records > 0) totals.set(collection, records);
      else totals.delete(collection);
    },
    forget() {
      totals = null;
    },
    collectionTotals() {
      totals ??= new Map(
        count.all().map(({ collection, records }) => [collection, records]),
      );
      return totals;
    },
    commitWeeks: () =>
      weeks.all().map(({ week, commits }) => ({
        startsAtMs: week * WEEK_MS + MONDAY_MS,
        commits,
      })),
  };
}

/** Number of the week since 1970. */
export function weekOf(atMs: number): number {
  return Math.floor((atMs - MONDAY_MS) / WEEK_MS);
}
