import type { Database } from "bun:sqlite";
import type { Did, Handle } from "#repo/syntax.ts";
import type { AccountStatus } from "./accounts.ts";

export type AccountSort = "newest" | "oldest" | "handle" | "largest";

/** Which accounts are meant; what is left out does not narrow. */
export interface AccountFilter {
  /** Part of a handle or an e-mail address, or a whole DID; in any case. */
  search?: string;
  status?: AccountStatus;
  createdAfterMs?: number;
  createdBeforeMs?: number;
}

/** A line of the operator's list. */
export interface AccountLine {
  did: Did;
  handle: Handle;
  email: string | null;
  status: AccountStatus;
  createdAtMs: number;
  totalBytes: number;
  /** As of the last measuring; null before the first. */
  recordCount: number | null;
}

export interface AccountPages {
  /** A page of lines, and where the next one begins. */
  list(options: {
    filter: AccountFilter;
    sort: AccountSort;
    /** `next` of the page before. */
    cursor: string | null;
    limit: number;
  }): { lines: AccountLine[]; next: string | null };
  count(filter: AccountFilter): number;
  /** By DID, for work that goes through all of them. */
  listDids(filter: AccountFilter, after: string | null, limit: number): Did[];
}

const STATUS = `CASE
  WHEN a.creation_state IS NOT NULL THEN 'creating'
  WHEN a.deleting_at_ms IS NOT NULL THEN 'deleted'
  WHEN a.takedown_at_ms IS NOT NULL THEN 'takendown'
  WHEN a.suspended_at_ms IS NOT NULL THEN 'suspended'
  WHEN a.deactivated_at_ms IS NOT NULL THEN 'deactivated'
  ELSE 'active' END`;

const FROM = "FROM account AS a LEFT JOIN account_usage AS u ON u.did = a.did";

/** What the list goes by; rows of equal value follow by DID. */
const SORTS = {
  newest: { key: "a.created_at_ms", order: "DESC", isNumber: true },
  oldest: { key: "a.created_at_ms", order: "ASC", isNumber: true },
  handle: { key: "a.handle", order: "ASC", isNumber: false },
  largest: { key: "coalesce(u.total_bytes, 0)", order: "DESC", isNumber: true },
} as const satisfies Record<AccountSort, unknown>;

type Bindings = Record<string, string | number>;

export function createAccountPages(db: Database): AccountPages {
  return {
    list({ filter, sort, cursor, limit }) {
      const { key, order, isNumber } = SORTS[sort];
      const { where, bindings } = conditionsOf(filter);
      const after = parseCursor(cursor, isNumber);
      if (after !== null) {
        where.push(
          `(${key}, a.did) ${order === "ASC" ? ">" : "<"} ($key, $did)`,
        );
        Object.assign(bindings, after);
      }
      const rows = db
        .query<AccountLine & { sortKey: string | number }, [Bindings]>(
          `SELECT a.did, a.handle, a.email, ${STATUS} AS status,
             a.created_at_ms AS createdAtMs, coalesce(u.total_bytes, 0) AS totalBytes,
             CASE WHEN u.measured_at_ms IS NULL THEN NULL ELSE u.record_count END AS recordCount,
             ${key} AS sortKey
           ${FROM} WHERE ${where.join(" AND ")}
           ORDER BY ${key} ${order}, a.did ${order} LIMIT $limit`,
        )
        .all({ ...bindings, limit: limit + 1 });
      const lines = rows.slice(0, limit);
      const last = lines.at(-1);
      return {
        lines: lines.map(({ sortKey: _key, ...line }) => line),
        next:
          rows.length > limit && last ? `${last.sortKey}~${last.did}` : null,
      };
    },
    count(filter) {
      const { where, bindings } = conditionsOf(filter);
      return db
        .query<{ n: number }, [Bindings]>(
          `SELECT count(*) AS n FROM account AS a WHERE ${where.join(" AND ")}`,
        )
        .get(bindings)!.n;
    },
    listDids(filter, after, limit) {
      const { where, bindings } = conditionsOf(filter);
      return db
        .query<{ did: Did }, [Bindings]>(
          `SELECT a.did FROM account AS a
           WHERE ${where.join(" AND ")} AND a.did > $after ORDER BY a.did LIMIT $limit`,
        )
        .all({ ...bindings, after: after ?? "", limit })
        .map(({ did }) => did);
    },
  };
}

function conditionsOf(filter: AccountFilter): {
  where: string[];
  bindings: Bindings;
} {
  const where = ["1"];
  const bindings: Bindings = {};
  const search = filter.search?.trim().toLowerCase() ?? "";
  if (search.startsWith("did:")) {
    where.push("a.did = $search");
    bindings.search = filter.search!.trim();
  } else if (search !== "") {
    where.push(
      "(instr(a.handle, $search) > 0 OR instr(coalesce(a.email_key, ''), $search) > 0)",
    );
    bindings.search = search.replace(/^@/, "");
  }
  if (filter.status !== undefined) {
    where.push(`${STATUS} = $status`);
    bindings.status = filter.status;
  }
  if (filter.createdAfterMs !== undefined) {
    where.push("a.created_at_ms >= $createdAfterMs");
    bindings.createdAfterMs = filter.createdAfterMs;
  }
  if (filter.createdBeforeMs !== undefined) {
    where.push("a.created_at_ms < $createdBeforeMs");
    bindings.createdBeforeMs = filter.createdBeforeMs;
  }
  return { where, bindings };
}

/** A cursor that is nonsense begins at the beginning. */
function parseCursor(
  cursor: string | null,
  isNumber: boolean,
): { key: string | number; did: string } | null {
  const mark = cursor?.indexOf("~") ?? -1;
  if (cursor === null || mark <= 0) return null;
  const text = cursor.slice(0, mark);
  const key = isNumber ? Number(text) : text;
  return Number.isNaN(key) ? null : { key, did: cursor.slice(mark + 1) };
}
