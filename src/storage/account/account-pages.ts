import type { Database } from "bun:sqlite";
import type { Did, Handle } from "#repo/syntax.ts";
import type { AccountStatus } from "./accounts.ts";

export type AccountSort = "newest" | "oldest" | "handle" | "largest";

/** Which accounts are meant; what is left out does not narrow. */
export interface AccountFilter {
  /**
   * Part of a handle or an e-mail address, in any case, or the beginning of a
   * DID. One or two letters find only what begins with them.
   */
  search?: string;
  /** Part of an e-mail address; instead of `search`. */
  email?: string;
  status?: AccountStatus;
  createdAfterMs?: number;
  createdBeforeMs?: number;
  /** Only those that an act changes anything about. */
  fit?: AccountFit;
}

export type AccountFit = keyof typeof FITS;

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

const HERE = "a.creation_state IS NULL AND a.deleting_at_ms IS NULL";

/** Accounts as they have to be; none is on its way in or out. */
const FITS = {
  here: HERE,
  active: `${STATUS} = 'active'`,
  inSight: `${HERE} AND a.takedown_at_ms IS NULL`,
  takenDown: `${HERE} AND a.takedown_at_ms IS NOT NULL`,
  earningInvites: `${HERE} AND a.invites_disabled_at_ms IS NULL`,
  earningNoInvites: `${HERE} AND a.invites_disabled_at_ms IS NOT NULL`,
} as const;

const FROM = "FROM account AS a JOIN account_usage AS u ON u.did = a.did";

/** What the list goes by; rows of equal value follow by DID. */
const SORTS = {
  newest: { key: "a.created_at_ms", order: "DESC", isNumber: true },
  oldest: { key: "a.created_at_ms", order: "ASC", isNumber: true },
  handle: { key: "a.handle", order: "ASC", isNumber: false },
  largest: { key: "u.total_bytes", order: "DESC", isNumber: true },
} as const satisfies Record<AccountSort, unknown>;

type Bindings = Record<string, string | number>;

export function createAccountPages(db: Database): AccountPages {
  const conditionsOf = createConditions(db);
  return {
    list({ filter, sort, cursor, limit }) {
      const { order, isNumber, ...given } = SORTS[sort];
      const { where, bindings, isNarrow } = conditionsOf(filter);
      // Few rows are found first and sorted then; the plus keeps SQLite from
      // going through all of them in the order of an index.
      const key = isNarrow ? `+${given.key}` : given.key;
      const did = sort === "largest" && !isNarrow ? "u.did" : "a.did";
      const after = parseCursor(cursor, isNumber);
      if (after !== null) {
        where.push(
          `(${key}, ${did}) ${order === "ASC" ? ">" : "<"} ($key, $did)`,
        );
        Object.assign(bindings, after);
      }
      const rows = db
        .query<AccountLine & { sortKey: string | number }, [Bindings]>(
          `SELECT a.did, a.handle, a.email, ${STATUS} AS status,
             a.created_at_ms AS createdAtMs, u.total_bytes AS totalBytes,
             CASE WHEN u.measured_at_ms IS NULL THEN NULL ELSE u.record_count END AS recordCount,
             ${given.key} AS sortKey
           ${FROM} WHERE ${where.join(" AND ")}
           ORDER BY ${key} ${order}, ${did} ${order} LIMIT $limit`,
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

interface Conditions {
  where: string[];
  bindings: Bindings;
  /** Whether they lead to few accounts without looking at all. */
  isNarrow: boolean;
}

/**
 * So many at most are looked up and sorted. Of more, going through all accounts
 * in the order of the list meets a page full before long.
 */
const MOST_FOUND = 2000;
/** The index of words knows texts of three letters and more. */
const TRIGRAM = 3;
/** Greater than all that begins alike. */
const LAST = "\u{10ffff}";

const INACTIVE = {
  creating: "a.creation_state IS NOT NULL",
  deleted: "a.deleting_at_ms IS NOT NULL",
  takendown: "a.takedown_at_ms IS NOT NULL",
  suspended: "a.suspended_at_ms IS NOT NULL",
  deactivated: "a.deactivated_at_ms IS NOT NULL",
} as const satisfies Record<Exclude<AccountStatus, "active">, string>;

/**
 * Two ways to the same accounts: by an index, and by looking at each. The plus
 * keeps SQLite from using an index there and sorting what it found.
 */
const SEARCHES = {
  did: {
    found: "SELECT did FROM account WHERE did >= $search AND did < $last",
    fits: "+a.did >= $search AND +a.did < $last",
  },
  beginning: {
    found: `SELECT did FROM account WHERE handle >= $search AND handle < $last
      UNION ALL SELECT did FROM account WHERE email_key >= $search AND email_key < $last`,
    fits: `(+a.handle >= $search AND +a.handle < $last
      OR +a.email_key >= $search AND +a.email_key < $last)`,
  },
  part: {
    found: `SELECT n.did FROM account_name AS f JOIN account_number AS n ON n.number = f.rowid
      WHERE f.account_name MATCH $match`,
    fits: "(instr(a.handle, $search) > 0 OR instr(a.email_key, $search) > 0)",
  },
  email: {
    found: `SELECT n.did FROM account_name AS f JOIN account_number AS n ON n.number = f.rowid
      WHERE f.email MATCH $match`,
    fits: "instr(a.email_key, $search) > 0",
  },
  shortEmail: { found: null, fits: "instr(a.email_key, $search) > 0" },
} as const;

function searchOf({ search, email }: AccountFilter): {
  kind: keyof typeof SEARCHES;
  bindings: Bindings;
} | null {
  const given = (email ?? search ?? "").trim();
  if (given === "") return null;
  const isDid = email === undefined && given.startsWith("did:");
  const text = isDid ? given : given.toLowerCase().replace(/^@/, "");
  const match = `"${text.replaceAll('"', '""')}"`;
  const bindings = { search: text, last: text + LAST, match };
  const isShort = [...text].length < TRIGRAM;
  if (email !== undefined) {
    return { kind: isShort ? "shortEmail" : "email", bindings };
  }
  return { kind: isDid ? "did" : isShort ? "beginning" : "part", bindings };
}

/** How a filter is put to the database; accounts are called `a` there. */
export function createConditions(
  db: Database,
): (filter: AccountFilter) => Conditions {
  function isFew(found: string, bindings: Bindings): boolean {
    const sql = `SELECT count(*) AS n FROM (${found} LIMIT ${MOST_FOUND + 1})`;
    const { n } = db.query<{ n: number }, [Bindings]>(sql).get(bindings)!;
    return n <= MOST_FOUND;
  }

  function searchIn(filter: AccountFilter): Conditions {
    const search = searchOf(filter);
    if (search === null) return { where: [], bindings: {}, isNarrow: false };
    const { kind, bindings } = search;
    const { found, fits } = SEARCHES[kind];
    return found !== null && isFew(found, bindings)
      ? { where: [`a.did IN (${found})`], bindings, isNarrow: true }
      : { where: [fits], bindings, isNarrow: false };
  }

  return (filter) => {
    const found = searchIn(filter);
    const where = ["1", ...found.where];
    const bindings: Bindings = { ...found.bindings };
    let { isNarrow } = found;
    if (filter.status !== undefined) {
      where.push(`${STATUS} = $status`);
      bindings.status = filter.status;
    }
    if (filter.status !== undefined && filter.status !== "active") {
      where.push(INACTIVE[filter.status]);
      isNarrow = true;
    }
    if (filter.createdAfterMs !== undefined) {
      where.push("a.created_at_ms >= $createdAfterMs");
      bindings.createdAfterMs = filter.createdAfterMs;
    }
    if (filter.createdBeforeMs !== undefined) {
      where.push("a.created_at_ms < $createdBeforeMs");
      bindings.createdBeforeMs = filter.createdBeforeMs;
    }
    if (filter.fit !== undefined) where.push(FITS[filter.fit]);
    return { where, bindings, isNarrow };
  };
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
