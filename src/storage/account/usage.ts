import type { Database } from "bun:sqlite";
import type { Did, Handle } from "#repo/syntax.ts";
import type { AccountStatus } from "./accounts.ts";

/** What one account takes. Blobs are exact, the rest is as old as the measurement. */
export interface UsageRow {
  blobCount: number;
  blobBytes: number;
  repoBytes: number;
  recordCount: number;
  /** null before the first measurement. */
  measuredAtMs: number | null;
}

export interface NamedUsage extends UsageRow {
  did: Did;
  handle: Handle;
}

export interface UsageTotals {
  blobs: number;
  blobBytes: number;
  repoBytes: number;
  records: number;
}

/** Sizes and counts that triggers keep, so that nobody has to add them up. */
export interface UsageRows {
  find(did: Did): UsageRow | null;
  /** Largest first. */
  listLargest(limit: number): NamedUsage[];
  /** Every account by DID; `after` is the last one of the page before. */
  list(options: { after: string | null; limit: number }): NamedUsage[];
  totals(): UsageTotals;
  /** How many accounts there are of each status. */
  countByStatus(): Record<AccountStatus, number>;
  setMeasured(
    did: Did,
    sizes: { repoBytes: number; recordCount: number; nowMs: number },
  ): void;
}

const FIELDS = `u.blob_count AS blobCount, u.blob_bytes AS blobBytes,
  u.repo_bytes AS repoBytes, u.record_count AS recordCount, u.measured_at_ms AS measuredAtMs`;

export function createUsageRows(db: Database): UsageRows {
  const find = db.prepare<UsageRow, [{ did: Did }]>(
    `SELECT ${FIELDS} FROM account_usage AS u WHERE u.did = $did`,
  );
  const select = (rest: string) =>
    `SELECT ${FIELDS}, u.did, a.handle FROM account_usage AS u
     JOIN account AS a ON a.did = u.did ${rest} LIMIT $limit`;
  const listLargest = db.prepare<NamedUsage, [{ limit: number }]>(
    select("ORDER BY u.total_bytes DESC, u.did DESC"),
  );
  const list = db.prepare<NamedUsage, [{ after: string; limit: number }]>(
    select("WHERE u.did > $after ORDER BY u.did"),
  );
  const totals = db.prepare<{ name: string; n: number }, []>(
    "SELECT name, n FROM usage_total",
  );
  const counts = db.prepare<{ status: AccountStatus; n: number }, []>(
    "SELECT status, n FROM account_count",
  );
  const setMeasured = db.prepare(
    `UPDATE account_usage SET repo_bytes = $repoBytes, record_count = $recordCount,
       measured_at_ms = $nowMs WHERE did = $did`,
  );
  return {
    find: (did) => find.get({ did }),
    listLargest: (limit) => listLargest.all({ limit }),
    list: ({ after, limit }) => list.all({ after: after ?? "", limit }),
    totals() {
      const found = Object.fromEntries(
        totals.all().map(({ name, n }) => [name, n]),
      );
      return {
        blobs: found.blobs ?? 0,
        blobBytes: found.blob_bytes ?? 0,
        repoBytes: found.repo_bytes ?? 0,
        records: found.records ?? 0,
      };
    },
    countByStatus() {
      const result: Record<AccountStatus, number> = {
        ...{ active: 0, deactivated: 0, suspended: 0 },
        ...{ takendown: 0, deleted: 0, creating: 0 },
      };
      for (const { status, n } of counts.all()) result[status] = n;
      return result;
    },
    setMeasured: (did, sizes) => void setMeasured.run({ did, ...sizes }),
  };
}
