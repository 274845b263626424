import type { Database } from "bun:sqlite";
import {
  isDamage,
  isDiskFailure,
  isDiskFull,
  isSyncFailure,
} from "#lib/disk-errors.ts";
import { OperatorError, XrpcError } from "#lib/errors.ts";
import type { EventLog, EventRow, RepoStateChange } from "./event-log.ts";
import { createEventRows } from "./event-rows.ts";
import { createHostCounts } from "./host-counts.ts";
import { createRepoStateRows } from "./repo-state-rows.ts";
import { SEQUENCER_MIGRATIONS } from "./sequencer-schema.ts";
import {
  checkpoint,
  closeDatabase,
  makeTailDurable,
  openDatabase,
} from "./sqlite.ts";

const RETRY_AFTER_SEC = 5;

/**
 * Opens the log that is kept in one SQLite file. What it holds is on disk when
 * this returns, even where a process before us ended after a failed sync.
 * @throws OperatorError exit 78 when the file isn't ours, exit 70 when the disk fails.
 */
export function createSequencerDb(options: {
  path: string;
  busyTimeoutMs?: number;
}): EventLog {
  makeTailDurable(options.path);
  const db = openDatabase({
    ...options,
    kind: "sequencer",
    synchronous: "FULL",
    migrations: SEQUENCER_MIGRATIONS,
    // Rows are added at the end; of what is older only the tops of indexes are read.
    cacheKib: 512,
  });
  try {
    emptyWal(db, options.path);
    return createEventLog(db);
  } catch (error) {
    closeDatabase(db);
    throw error;
  }
}

/** Where another program holds the file open, this one would wait for it at the worst time. */
function emptyWal(db: Database, path: string): void {
  let cause: unknown;
  try {
    if (checkpoint(db)) return;
  } catch (error) {
    // It is durable where it is, and moves once there is room.
    if (isDiskFull(error)) return;
    cause = error;
  }
  throw new OperatorError(`${path} could not be made durable`, {
    hint: "Check the disk (dmesg, free space) and that no other program has the file open, then start again.",
    exitCode: 70,
    cause,
  });
}

/** The log in a database that is open; `createSequencerDb` is the way in. */
export function createEventLog(db: Database): EventLog {
  const totals = createHostCounts(db);
  const states = createRepoStateRows(db, totals);
  const events = createEventRows(db);
  const lowWater = createMark(db, "low_water_mark");
  const pruned = createMark(db, "pruned_through");
  let newest = events.bounds()?.newest ?? 0;
  let newestAtMs = events.createdAtMs(newest) ?? 0;

  const insert = db.transaction(
    (rows: readonly EventRow[], changes: readonly RepoStateChange[]) => {
      let atMs = newestAtMs;
      for (const row of rows) {
        atMs = Math.max(atMs, row.createdAtMs);
        events.insert(row, atMs);
      }
      for (const change of changes) states.change(change);
      totals.addCommits(rows.filter(isCommit).length, atMs);
      lowWater.store();
      return atMs;
    },
  );
  const prune = db.transaction((below: number, limit: number) => {
    const removed = events.removeBelow(below, limit);
    if (removed.count > 0) pruned.raise(removed.last);
    pruned.store();
    return removed.count;
  });

  return {
    ...states,
    collectionTotals: totals.collectionTotals,
    commitWeeks: totals.commitWeeks,
    async append(rows, changes) {
      checkOrder(rows, newest);
      try {
        newestAtMs = insert.immediate(rows, changes);
        lowWater.stored();
      } catch (error) {
        totals.forget();
        throw classify(error);
      }
      newest = rows.at(-1)?.seq ?? newest;
    },
    read: events.read,
    readBack: events.readBack,
    bounds: events.bounds,
    newestAtMs: () => (newest === 0 ? null : newestAtMs),
    firstSeqSince: events.firstSeqSince,
    prunedThrough: pruned.get,
    lowWaterMark: lowWater.get,
    setLowWaterMark(seq) {
      if (seq > newest) throw new RangeError("mark above the newest row");
      lowWater.raise(seq);
    },
    prune({ createdBeforeMs, limit }) {
      const young = events.firstSeqSince(createdBeforeMs - 1) ?? newest;
      const below = Math.min(young, newest, lowWater.get() + 1);
      const removed = prune.immediate(below, limit);
      pruned.stored();
      return removed;
    },
    purge: ({ did, before, limit }) =>
      events.removeOf(did, Math.min(before, newest), limit),
    newestOf: events.newestOf,
    listChangedSince: events.listChangedSince,
    hasOutboxRow: events.hasOutboxRow,
    close() {
      lowWater.store();
      closeDatabase(db);
    },
  };
}

const isCommit = ({ kind }: EventRow) => kind === "commit";

function checkOrder(rows: readonly EventRow[], newest: number): void {
  let last = newest;
  for (const { seq } of rows) {
    if (!Number.isSafeInteger(seq) || seq <= last) {
      throw new RangeError(`seq ${seq} does not follow ${last}`);
    }
    last = seq;
  }
}

/**
 * After a failed sync nobody knows what the disk holds. Other failures left the
 * log as it was: nothing counts before its sync, and the next batch is written
 * over what was begun.
 */
function classify(error: unknown): unknown {
  if (isDiskFull(error)) return unavailable("the disk is full", error);
  if (isSyncFailure(error) || isDamage(error)) {
    return Object.assign(
      new Error("the disk failed while the log was written", { cause: error }),
      { fatal: true },
    );
  }
  const { code } = error as { code?: string };
  if (isDiskFailure(error) || /^SQLITE_(BUSY|LOCKED|NOMEM)/.test(code ?? "")) {
    return unavailable("writing is not possible now", error);
  }
  return error;
}

function unavailable(message: string, cause: unknown): XrpcError {
  const retryAfterSec = RETRY_AFTER_SEC;
  return new XrpcError("ServiceUnavailable", message, { retryAfterSec, cause });
}

/** A number of the log that only rises, written with the change it belongs to. */
function createMark(db: Database, key: string) {
  const get = db.query<{ value: number }, [string]>(
    "SELECT value FROM meta WHERE key = ?",
  );
  const set = db.query(
    `INSERT INTO meta (key, value) VALUES (?, ?)
     ON CONFLICT DO UPDATE SET value = excluded.value`,
  );
  let mark = get.get(key)?.value ?? 0;
  let written = mark;
  return {
    get: () => mark,
    raise(seq: number): void {
      mark = Math.max(mark, seq);
    },
    /** To be called in a transaction; `stored` once that has succeeded. */
    store(): void {
      if (mark !== written) set.run(key, mark);
    },
    stored(): void {
      written = mark;
    },
  };
}
