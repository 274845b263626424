import type { Clock } from "#lib/clock.ts";
import { invalidRequest } from "#lib/errors.ts";
import type { Did, Nsid, RecordKey } from "#repo/syntax.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { EventLog } from "#storage/event-log.ts";
import type { Job, Queue } from "#contexts/queue/queue.ts";
import type { JobHandler } from "#contexts/queue/runner.ts";
import { parseCollection, parseKey, prepareDelete } from "./prepare.ts";
import type { WriteBudget } from "./write-budget.ts";
import type { Writer } from "./write.ts";

export const BULK_DELETE_JOB = "delete records";

/** Which records of one collection: these, or all that there are by now. */
export interface BulkDeletion {
  collection: string;
  /** null: all. */
  rkeys: readonly string[] | null;
}

/** How a deletion of many records is going. */
export type BulkDeletionState = Pick<
  Job,
  "state" | "progress" | "lastError" | "createdAtMs" | "finishedAtMs"
> & {
  collection: Nsid;
  /** When it goes on, where it waits for its account to be allowed more; else null. */
  againAtMs: number | null;
  /** When it is done if all goes on like this; null once it has ended. */
  doneAtMs: number | null;
};

/**
 * Deletion of many records as a job: so slowly that relays go on reading and
 * that the owner may go on writing, and across the end of the process. An account has one at a time. Records that
 * are gone by then are passed over, and what is written after the start stays.
 */
export interface BulkDeletions {
  /**
   * @throws XrpcError InvalidRequest for no collection or key, when there is
   *   nothing to delete, or while another one is under way.
   */
  start(did: Did, deletion: BulkDeletion): void;
  /** The last one, however it went; null when there was none lately. */
  find(did: Did): BulkDeletionState | null;
  /** What is deleted stays so. No effect once it has ended. */
  cancel(did: Did): void;
  /** Does a job named `BULK_DELETE_JOB`. */
  runJob: JobHandler;
}

interface Payload {
  did: Did;
  collection: Nsid;
  rkeys: readonly RecordKey[] | null;
  /** With all: the highest key at the start, so that what comes later stays. */
  through: RecordKey | null;
  total: number;
  /** What the deletion before this one had spent. */
  spent?: readonly Spent[];
}

/** What was deleted in a window of the budget, so that a restart gives nobody more than there is. */
interface Spent {
  windowMs: number;
  sinceMs: number;
  count: number;
}

/** As the pace of announcements has it. */
const COMMIT_MS = 1000 / 7;
/** One commit holds up to 200 operations; fewer keep its event small. @see https://atproto.com/specs/sync */
const BATCH = 50;
const MOST_KEYS = 1000;

export function createBulkDeletions(deps: {
  queue: Queue;
  stores: Pick<ActorStores, "find">;
  eventLog: Pick<EventLog, "collectionCounts">;
  writer: Pick<Writer, "commit">;
  /** Room for events that relays must not be flooded with. */
  pace: {
    reserve(
      events: number,
    ): { kind: "go"; waitMs: number } | { kind: "later"; atMs: number };
  };
  budget: WriteBudget;
  clock: Clock;
  /** Resolves then, or as soon as the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}): BulkDeletions {
  const { queue, stores, budget, clock } = deps;
  /** Accounts whose deletions are counted by this process. */
  const counted = new Set<Did>();

  function lastKey(did: Did, collection: Nsid): RecordKey | null {
    const page = { collection, limit: 1, cursor: null, reverse: false };
    return stores.find(did)?.listRecords(page)[0]?.rkey ?? null;
  }

  /** The next records to go; empty when all are gone. */
  function nextKeys(payload: Payload, done: number): RecordKey[] {
    const { did, collection, rkeys, through } = payload;
    if (rkeys !== null) return rkeys.slice(done, done + BATCH);
    const page = { collection, limit: BATCH, cursor: null, reverse: true };
    const rows = stores.find(did)?.listRecords(page) ?? [];
    return rows.map(({ rkey }) => rkey).filter((rkey) => rkey <= through!);
  }

  /** For each window what was spent in it, from anew where it has ended. */
  function spentLately(before: readonly Spent[]): Spent[] {
    const nowMs = clock.nowMs();
    return budget.windowsMs.map(
      (windowMs) =>
        before.find(
          (one) => one.windowMs === windowMs && one.sinceMs + windowMs > nowMs,
        ) ?? { windowMs, sinceMs: nowMs, count: 0 },
    );
  }

  /** Counts once what processes before this one deleted. */
  function recount(did: Did, spent: readonly Spent[]): void {
    if (counted.has(did)) return;
    counted.add(did);
    for (const { windowMs, sinceMs, count } of spent) {
      if (count === 0) continue;
      budget.charge(did, count, { windowMs, endsAtMs: sinceMs + windowMs });
    }
  }

  const latest = (did: Did) => queue.findLatest(BULK_DELETE_JOB, did);

  return {
    start(did, deletion) {
      const collection = parseCollection(deletion.collection);
      const rkeys = deletion.rkeys?.map(parseKey) ?? null;
      const through = rkeys === null ? lastKey(did, collection) : null;
      if (rkeys === null ? through === null : rkeys.length === 0) {
        throw invalidRequest("There is nothing to delete").because(
          "deleteNothing",
        );
      }
      if (rkeys !== null && rkeys.length > MOST_KEYS) {
        throw invalidRequest(`Choose ${MOST_KEYS} records at most`).because(
          "deleteMost",
          { most: MOST_KEYS },
        );
      }
      const before = latest(did);
      if (before?.state === "queued" || before?.state === "running") {
        throw invalidRequest(
          "Another deletion is under way; wait or stop it",
        ).because("deleteBusy");
      }
      const counts = deps.eventLog.collectionCounts(did);
      const total = rkeys?.length ?? counts.get(collection) ?? 0;
      const spent = before === null ? [] : spentBy(before);
      const payload = {
        ...{ did, collection, rkeys, through, total, spent },
      } satisfies Payload;
      queue.enqueue({ name: BULK_DELETE_JOB, payload, uniqueKey: did });
    },
    find(did) {
      const job = latest(did);
      if (job === null) return null;
      const { state, lastError, createdAtMs, finishedAtMs, dueAtMs } = job;
      const { collection, total } = job.payload as Payload;
      const progress = job.progress ?? { done: 0, total };
      const rest = Math.max(0, total - progress.done);
      const isOver = state !== "queued" && state !== "running";
      const nowMs = clock.nowMs();
      const waits = state === "queued" && dueAtMs > nowMs;
      const startMs = waits ? dueAtMs : nowMs;
      const commitsMs = Math.ceil(rest / BATCH) * COMMIT_MS;
      const doneAtMs = Math.max(
        startMs + commitsMs,
        budget.forecastMs(did, rest),
      );
      return {
        ...{ state, lastError, createdAtMs, finishedAtMs, collection },
        progress,
        againAtMs: waits ? dueAtMs : null,
        doneAtMs: isOver ? null : doneAtMs,
      };
    },
    cancel(did) {
      const job = latest(did);
      if (job !== null) queue.cancel(job.id);
    },
    async runJob(job, run) {
      const payload = job.payload as Payload;
      const { did, collection, total } = payload;
      let done = job.progress?.done ?? 0;
      let spent = spentLately(spentBy(job));
      recount(did, spent);
      for (;;) {
        const keys = nextKeys(payload, done);
        if (keys.length === 0) return;
        const turn = deps.pace.reserve(1);
        if (turn.kind === "later") return { againAtMs: turn.atMs };
        const leave = budget.take(did, keys.length);
        if (leave.kind === "later") return { againAtMs: leave.atMs };
        if (turn.waitMs > 0) await deps.sleep(turn.waitMs, run.signal);
        if (run.signal.aborted) return;
        const writes = keys.map((rkey) => prepareDelete({ collection, rkey }));
        await deps.writer.commit({ did, writes });
        done += keys.length;
        spent = spentLately(spent).map((one) => {
          return { ...one, count: one.count + keys.length };
        });
        run.setProgress({ done, total, cursor: spent });
      }
    },
  };
}

/** What a deletion had spent when it was last noted, with what those before it had. */
function spentBy({ progress, payload }: Job): readonly Spent[] {
  const noted = progress?.cursor as readonly Spent[] | undefined;
  return noted ?? (payload as Payload).spent ?? [];
}
