import type { Database } from "bun:sqlite";
import type { Did, Handle } from "#repo/syntax.ts";
import { EVENT_COLUMNS, type SecurityEventRow } from "./security-events.ts";

/** Which events of all accounts are wanted; what is absent narrows nothing. */
export interface HostEventFilter {
  did?: Did;
  /** Those of any of these kinds. */
  kinds?: readonly string[];
  /** Begun then or later. */
  fromMs?: number;
  /** Begun earlier. */
  toMs?: number;
}

export type HostEventRow = SecurityEventRow & { handle: Handle };

export interface HostEventRows {
  /**
   * Newest first; `before` is the last id of the page before. As much work for
   * the last page as for the first, however many events there are.
   */
  list(
    filter: HostEventFilter,
    options: { before: number | null; limit: number },
  ): HostEventRow[];
}

/** The other indexes of events begin with the account. */
export const HOST_EVENT_SCHEMA = `
CREATE INDEX security_event_host_kind ON security_event (kind, id);
`;

type Bindings = Record<string, string | number>;

export function createHostEventRows(db: Database): HostEventRows {
  const idsOf = db.prepare<{ first: number | null; last: number | null }, []>(
    // Asked for together they would be looked for in all rows.
    `SELECT (SELECT min(id) FROM security_event) AS first,
       (SELECT max(id) FROM security_event) AS last`,
  );
  const findFrom = db.prepare<{ id: number; atMs: number }, [Bindings]>(
    `SELECT id, created_at_ms AS atMs FROM security_event
     WHERE id >= $id ORDER BY id LIMIT 1`,
  );

  /** The first id of that time or later: numbers rise as time does, so that no index of times is needed. */
  function firstIdSince(atMs: number): number {
    const { first, last } = idsOf.get()!;
    if (first === null || last === null) return 0;
    let low = first;
    let high = last + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = findFrom.get({ id: middle });
      if (row === null || row.atMs >= atMs) high = middle;
      else low = row.id + 1;
    }
    return low;
  }

  function listOne(conditions: string[], bindings: Bindings): HostEventRow[] {
    return db
      .query<HostEventRow, [Bindings]>(
        `SELECT ${EVENT_COLUMNS}, a.handle FROM security_event AS e
         JOIN account AS a ON a.did = e.did
         WHERE ${conditions.join(" AND ")} ORDER BY e.id DESC LIMIT $limit`,
      )
      .all(bindings);
  }

  return {
    list({ did, kinds, fromMs, toMs }, { before, limit }) {
      const conditions = ["e.id < $before"];
      const end = toMs === undefined ? Infinity : firstIdSince(toMs);
      const last = Math.min(before ?? Infinity, end, Number.MAX_SAFE_INTEGER);
      const bindings: Bindings = { before: last, limit };
      if (fromMs !== undefined) {
        conditions.push("e.id >= $first");
        bindings.first = firstIdSince(fromMs);
      }
      if (did !== undefined) {
        conditions.push("e.did = $did");
        bindings.did = did;
      }
      if (kinds === undefined) return listOne(conditions, bindings);
      // Each kind has its own place in the index, so each is read by itself.
      return kinds
        .flatMap((kind) =>
          listOne([...conditions, "e.kind = $kind"], { ...bindings, kind }),
        )
        .toSorted((one, other) => other.id - one.id)
        .slice(0, limit);
    },
  };
}
