import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";
import type { EventLog, EventRow } from "./event-log.ts";

/** The rows of the log themselves. Times never go back from one row to the next. */
export interface EventRows extends Pick<
  EventLog,
  | "read"
  | "readBack"
  | "bounds"
  | "firstSeqSince"
  | "newestOf"
  | "listChangedSince"
  | "hasOutboxRow"
> {
  insert(row: EventRow, createdAtMs: number): void;
  createdAtMs(seq: number): number | null;
  /** `last` is the highest seq removed, 0 when none was. */
  removeBelow(seq: number, limit: number): { count: number; last: number };
  removeOf(did: string, below: number, limit: number): number;
}

export function createEventRows(db: Database): EventRows {
  const insert = db.query(
    `INSERT INTO event
       (seq, did, generation, kind, rev, created_at_ms, outbox_id, frame, redo)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const bounds = db.query<{ oldest: number | null; newest: number }, []>(
    `SELECT (SELECT min(seq) FROM event) AS oldest,
            (SELECT max(seq) FROM event) AS newest`,
  );
  const newest = db.query<{ seq: number | null }, [string]>(
    "SELECT max(seq) AS seq FROM event WHERE did = ?",
  );
  const changed = db.query<{ did: Did }, [string, number, number]>(
    // Of each account the newest row is at the end of its part of the index.
    `SELECT did FROM event WHERE did > ? GROUP BY did HAVING max(seq) > ?
     ORDER BY did LIMIT ?`,
  );
  const outbox = db.query("SELECT 1 FROM event WHERE outbox_id = ?");
  const chunk = db.query<{ last: number | null }, [number, number]>(
    `SELECT max(seq) AS last FROM
       (SELECT seq FROM event WHERE seq < ? ORDER BY seq LIMIT ?)`,
  );
  const removeThrough = db.query("DELETE FROM event WHERE seq <= ?");
  const removeOf = db.query(
    `DELETE FROM event WHERE seq IN
       (SELECT seq FROM event WHERE did = ? AND seq < ? ORDER BY seq LIMIT ?)`,
  );
  const times = createTimes(db);

  function readBounds() {
    const row = bounds.get()!;
    return row.oldest === null
      ? null
      : { oldest: row.oldest, newest: row.newest };
  }

  return {
    insert(row, createdAtMs) {
      insert.run(
        row.seq,
        row.did,
        row.generation,
        row.kind,
        row.rev,
        createdAtMs,
        row.outboxId,
        row.frame,
        row.redo,
      );
    },
    read: createReader(db),
    readBack: createBackReader(db),
    bounds: readBounds,
    firstSeqSince(createdAtMs) {
      const found = readBounds();
      return found === null ? null : times.firstAfter(createdAtMs, found);
    },
    createdAtMs: times.of,
    newestOf: (did) => newest.get(did)!.seq,
    listChangedSince: ({ since, after, limit }) =>
      changed.all(after ?? "", since, limit).map(({ did }) => did),
    hasOutboxRow: (outboxId) => outbox.get(outboxId) !== null,
    removeBelow(seq, limit) {
      const last = chunk.get(seq, limit)!.last ?? 0;
      return { count: last && removeThrough.run(last).changes, last };
    },
    removeOf: (did, below, limit) => removeOf.run(did, below, limit).changes,
  };
}

const COLUMNS = `seq, did, generation, kind, rev, frame, redo,
  created_at_ms AS createdAtMs, outbox_id AS outboxId`;
const SIZED = "seq, length(frame) + ifnull(length(redo), 0) AS sizeBytes";
type Sized = { seq: number; sizeBytes: number };

/**
 * Reads in two steps: first the sizes, which stand in the rows' headers, then
 * as many rows as the bound on bytes allows.
 */
function createReader(db: Database): EventLog["read"] {
  const sizes = db.query<Sized, [number, number]>(
    `SELECT ${SIZED} FROM event WHERE seq > ? ORDER BY seq LIMIT ?`,
  );
  const sizesOf = db.query<Sized, [string, number, number]>(
    `SELECT ${SIZED} FROM event WHERE did = ? AND seq > ? ORDER BY seq LIMIT ?`,
  );
  const rows = db.query<EventRow, [number, number]>(
    `SELECT ${COLUMNS} FROM event WHERE seq > ? AND seq <= ? ORDER BY seq`,
  );
  const rowsOf = db.query<EventRow, [string, number, number]>(
    `SELECT ${COLUMNS} FROM event
     WHERE did = ? AND seq > ? AND seq <= ? ORDER BY seq`,
  );

  return ({ after, limit, maxBytes, did }) => {
    const found =
      did === undefined
        ? sizes.all(after, limit)
        : sizesOf.all(did, after, limit);
    const last = found[countWithin(found, maxBytes) - 1]?.seq;
    if (last === undefined) return [];
    return did === undefined
      ? rows.all(after, last)
      : rowsOf.all(did, after, last);
  };
}

/** The same the other way. */
function createBackReader(db: Database): EventLog["readBack"] {
  type Bindings = Record<string, string | number>;
  return ({ did, kind, after = 0, before, limit, maxBytes }) => {
    const where = [
      "seq < $below AND seq > $after",
      ...(did === undefined ? [] : ["did = $did"]),
      // The condition that the index of all but commits asks for.
      ...(kind === undefined ? [] : ["kind = $kind"]),
      ...(kind === undefined || kind === "commit" ? [] : ["kind <> 'commit'"]),
    ].join(" AND ");
    const bindings: Bindings = {
      ...{ below: before ?? Number.MAX_SAFE_INTEGER, after },
      ...(did !== undefined && { did }),
      ...(kind !== undefined && { kind }),
    };
    // One more than is asked for tells whether there are more.
    const found = db
      .query<Sized, [Bindings]>(
        `SELECT ${SIZED} FROM event WHERE ${where} ORDER BY seq DESC LIMIT $limit`,
      )
      .all({ ...bindings, limit: limit + 1 });
    const count = Math.min(countWithin(found, maxBytes), limit);
    const last = found[count - 1]?.seq;
    if (last === undefined) return { rows: [], hasOlder: false };
    const rows = db
      .query<EventRow, [Bindings]>(
        `SELECT ${COLUMNS} FROM event WHERE ${where} AND seq >= $last ORDER BY seq DESC`,
      )
      .all({ ...bindings, last });
    return { rows, hasOlder: found.length > count };
  };
}

/** How many of the first rows fit; one always does. */
function countWithin(found: readonly Sized[], maxBytes: number): number {
  let total = 0;
  const over = found.findIndex(({ sizeBytes }, index) => {
    total += sizeBytes;
    return total > maxBytes && index > 0;
  });
  return over === -1 ? found.length : over;
}

/** Times rise with seq, so halving finds a row without an index on them. */
function createTimes(db: Database) {
  const at = db.query<{ seq: number; createdAtMs: number }, [number]>(
    `SELECT seq, created_at_ms AS createdAtMs FROM event
     WHERE seq >= ? ORDER BY seq LIMIT 1`,
  );
  const exactly = db.query<{ createdAtMs: number }, [number]>(
    "SELECT created_at_ms AS createdAtMs FROM event WHERE seq = ?",
  );

  return {
    of: (seq: number) => exactly.get(seq)?.createdAtMs ?? null,
    firstAfter(
      createdAtMs: number,
      bounds: { oldest: number; newest: number },
    ): number | null {
      let low = bounds.oldest;
      let found: number | null = null;
      let high = bounds.newest;
      while (low <= high) {
        const middle = low + Math.floor((high - low) / 2);
        const row = at.get(middle)!;
        if (row.createdAtMs > createdAtMs) {
          found = row.seq;
          high = middle - 1;
        } else {
          low = row.seq + 1;
        }
      }
      return found;
    },
  };
}
