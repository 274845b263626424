import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { patchSeq } from "#repo/frame.ts";
import type { Did, Tid } from "#repo/syntax.ts";
import type {
  EventKind,
  EventLog,
  EventRow,
  RepoStateChange,
} from "#storage/event-log.ts";
import type { PendingChange } from "./redo.ts";

/** An event on its way into the log: everything but its number. */
export interface PendingEvent {
  did: Did;
  generation: number;
  kind: EventKind;
  rev: Tid | null;
  /** The finished frame with room for the seq, or null for a row that readers do not see. */
  frame: { frame: Uint8Array; seqOffset: number } | null;
  redo: Uint8Array | null;
  change: PendingChange | null;
  state: RepoStateChange | null;
  outboxId: number | null;
}

interface Group {
  events: readonly PendingEvent[];
  bytes: number;
  resolve(seqs: number[]): void;
  reject(error: unknown): void;
}

/** The points at which a batch may be interrupted: before anybody else sees it, before and after its repositories have it. */
export type BatchStep = "batch-taken" | "batch-logged" | "batch-applied";

export interface CommitterOptions {
  eventLog: EventLog;
  clock: Clock;
  /** First number to give out. */
  firstSeq: number;
  /** Applies one durable row and hands it to readers; a returned error fails the group's answer, never the row. */
  settle(event: PendingEvent, seq: number): unknown;
  /** The disk did not sync: the process must end without another answer. */
  onFatal(error: unknown): void;
  /** Called at each step; tests end the process there. */
  checkpoint?: ((step: BatchStep) => void) | undefined;
  maxQueuedBytes?: number;
}

const EMPTY = new Uint8Array(0);
/** Rows settled before other work gets a turn. */
const ROWS_PER_TURN = 32;
/** One transaction of the log is at most this large. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;

export interface Committer {
  /**
   * Adds the events as one batch: all of them or none. Resolves with their
   * numbers once they are durable and applied.
   * @throws XrpcError ServiceUnavailable when too much is waiting, or when the log took none of it.
   */
  submit(events: readonly PendingEvent[]): Promise<number[]>;
  nextSeq(): number;
  /** The next number given out is this one or a higher one. */
  raiseNextSeq(seq: number): void;
  /** Resolves when nothing is waiting. */
  idle(): Promise<void>;
}

/**
 * The one writer of the log. All groups that wait go into one transaction and
 * share its sync; while the disk works the next batch gathers, so that batches
 * grow by themselves under load and nobody waits for a timer.
 */
export function createCommitter(options: CommitterOptions): Committer {
  const { eventLog, clock, settle, onFatal, checkpoint } = options;
  const maxQueuedBytes = options.maxQueuedBytes ?? 64 * 1024 * 1024;
  let queue: Group[] = [];
  let queuedBytes = 0;
  let nextSeq = options.firstSeq;
  let running: Promise<void> | null = null;
  let isDead = false;

  function takeBatch(): Group[] {
    let bytes = 0;
    let count = 0;
    while (count < queue.length) {
      bytes += queue[count]!.bytes;
      if (count > 0 && bytes > MAX_BATCH_BYTES) break;
      count++;
    }
    const batch = queue.slice(0, count);
    queue = queue.slice(count);
    return batch;
  }

  async function commitBatch(batch: Group[]): Promise<void> {
    checkpoint?.("batch-taken");
    const rows: EventRow[] = [];
    const states: RepoStateChange[] = [];
    const createdAtMs = clock.nowMs();
    for (const group of batch) {
      for (const event of group.events) {
        const seq = nextSeq++;
        rows.push(rowOf(event, seq, createdAtMs));
        if (event.state !== null) states.push(event.state);
      }
    }
    try {
      await eventLog.append(rows, states);
    } catch (error) {
      if ((error as { fatal?: boolean }).fatal === true) {
        // What the disk holds is unknown: no answer may follow, not even a refusal.
        isDead = true;
        onFatal(error);
        return;
      }
      for (const group of batch) group.reject(asUnavailable(error));
      return;
    } finally {
      for (const group of batch) queuedBytes -= group.bytes;
    }
    checkpoint?.("batch-logged");
    await settleBatch(batch, rows);
  }

  async function settleBatch(batch: Group[], rows: EventRow[]): Promise<void> {
    let at = 0;
    for (const group of batch) {
      const seqs: number[] = [];
      let failure: unknown = null;
      for (const event of group.events) {
        const row = rows[at++]!;
        failure = settle(event, row.seq) ?? failure;
        seqs.push(row.seq);
      }
      checkpoint?.("batch-applied");
      if (failure === null) group.resolve(seqs);
      else group.reject(failure);
      if (at % ROWS_PER_TURN === 0) await nextTurn();
    }
  }

  async function run(): Promise<void> {
    // Requests that have arrived together should be in one batch.
    await nextTurn();
    while (queue.length > 0 && !isDead) await commitBatch(takeBatch());
    running = null;
  }

  return {
    submit(events) {
      let bytes = 0;
      for (const event of events) {
        bytes += 256 + (event.frame?.frame.length ?? 0);
        bytes += event.redo?.length ?? 0;
      }
      if (queuedBytes + bytes > maxQueuedBytes && queue.length > 0) {
        return Promise.reject(
          new XrpcError("ServiceUnavailable", "Too many writes waiting", {
            retryAfterSec: 1,
          }),
        );
      }
      return new Promise((resolve, reject) => {
        queue.push({ events, bytes, resolve, reject });
        queuedBytes += bytes;
        running ??= run();
      });
    },
    nextSeq: () => nextSeq,
    raiseNextSeq(seq) {
      nextSeq = Math.max(nextSeq, seq);
    },
    async idle() {
      while (running !== null) await running;
    },
  };
}

function rowOf(
  event: PendingEvent,
  seq: number,
  createdAtMs: number,
): EventRow {
  if (event.frame !== null) {
    patchSeq(event.frame.frame, event.frame.seqOffset, seq);
  }
  return {
    seq,
    did: event.did,
    generation: event.generation,
    kind: event.kind,
    frame: event.frame?.frame ?? EMPTY,
    redo: event.redo,
    rev: event.rev,
    createdAtMs,
    outboxId: event.outboxId,
  };
}

function asUnavailable(error: unknown): XrpcError {
  if (error instanceof XrpcError) return error;
  return new XrpcError("ServiceUnavailable", "The write could not be stored", {
    cause: error,
    retryAfterSec: 5,
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
