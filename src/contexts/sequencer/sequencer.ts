import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type { ActorStores, RepoHead } from "#storage/actor-store.ts";
import type { EventLog, EventRow } from "#storage/event-log.ts";
import { createBehindRepos } from "./behind.ts";
import {
  createCommitter,
  type BatchStep,
  type PendingEvent,
} from "./committer.ts";
import { createLowWater, type LowWater } from "./low-water.ts";
import { createOutboxDrain, type EventOutbox } from "./outbox.ts";
import {
  adoptImport,
  recover,
  type Generations,
  type RecoveryReport,
} from "./recovery.ts";
import {
  createEventStream,
  type LiveEvent,
  type LiveListener,
} from "./stream.ts";

export interface SequencerDeps extends Generations {
  eventLog: EventLog;
  stores: ActorStores;
  outbox: EventOutbox;
  clock: Clock;
  log: Logger;
  /** Ends the process without another answer; the disk failed to sync. */
  onFatal(error: unknown): void;
  maxQueuedBytes?: number;
  /** Called at each step of a batch; tests end the process there. */
  checkpoint?(step: BatchStep): void;
  /** How long a repository that could not take a row is left alone; a second unless said. */
  replayPauseMs?: number;
}

/**
 * The durable, ordered log of the host and its live end. Everything that
 * changes a repository or an account's hosting status goes through `submit`.
 */
export interface Sequencer {
  /**
   * Applies the durable rows that repositories lack, drains the account
   * outbox, and opens the log for writes. Must be called once, before anything
   * else.
   * @param options.floor a seq that others are known to have passed, or null;
   *   awaited before the first number is given out. Must not reject.
   */
  start(options?: { floor?: Promise<number | null> }): Promise<RecoveryReport>;
  /**
   * Lets the numbers of this start begin above `seq`, and makes that the newest
   * that readers may name. Only before the first is given out.
   * @returns false when it came too late and changed nothing.
   * @throws RangeError when hardly a number would be left.
   */
  raiseFloor(seq: number): boolean;
  /**
   * Adds events as one batch. Resolves with their seqs when they are durable
   * and applied, and readers have been handed them.
   * @throws XrpcError ServiceUnavailable when nothing was written (`Retry-After`), or when the
   *   row is durable and its repository could not take it yet: the write will appear.
   */
  submit(events: readonly PendingEvent[]): Promise<number[]>;
  /** Publishes the account events that wait in the outbox, in their order. */
  drainOutbox(): Promise<void>;
  /** True while the account's repository lacks a durable row, or the log an event of the account. */
  isBehind(did: Did): boolean;
  /**
   * False when the log knows a newer commit than this head, because the file
   * is from a backup that is older: it is brought up to the log from then on.
   */
  isNewest(did: Did, head: RepoHead): boolean;
  /** Seq of the newest event, or of the floor that this start gave. */
  lastSeq(): number;
  /** Rows of the log after a seq, none of them newer than what is durable. */
  read(options: { after: number; limit: number; maxBytes: number }): EventRow[];
  /** Highest seq that is no longer in the log because of its age. */
  prunedThrough(): number;
  firstSeqSince(createdAtMs: number): number | null;
  /** As `EventLog.purge`; readers are not given those rows from memory either. */
  purge(options: { did: Did; before: number; limit: number }): number;
  liveSince(cursor: number): LiveEvent[] | null;
  listen(listener: LiveListener): () => void;
  lowWater: LowWater;
  /** Repositories that have not caught up with the log, for want of space or because they are damaged. */
  countBehind(): number;
  /** Finishes what waits and moves the low-water mark to the end. */
  stop(): Promise<void>;
}

/** Largest number that a seq may be (JSON and JavaScript both hold it exactly). */
export const MAX_SEQ = Number.MAX_SAFE_INTEGER;
const REPLAY_PAUSE_MS = 1000;
/** Numbers that a floor must leave: a century of microseconds. */
const MIN_SEQS_LEFT = 100 * 365 * 86_400 * 1e6;

export function createSequencer(deps: SequencerDeps): Sequencer {
  const { eventLog, stores, clock, log } = deps;
  const behind = createBehindRepos({
    ...deps,
    pauseMs: deps.replayPauseMs ?? REPLAY_PAUSE_MS,
  });
  /** Found damaged by recovery; what the log holds for their repair must stay. */
  const damaged = new Set<Did>();
  // A restored or wiped log must never give out a number that a relay has
  // passed already, so every start begins at the clock.
  const newest = eventLog.bounds()?.newest ?? 0;
  const firstSeq = Math.max(newest + 1, clock.nowMicros());
  const stream = createEventStream({ startSeq: firstSeq - 1 });
  /** The first number of this start, as long as it has not been given out. */
  let nextFirstSeq = firstSeq;
  let appliedSeq = newest;

  function settle(event: PendingEvent, seq: number): unknown {
    let failure: unknown = null;
    if (event.change !== null || event.kind === "import") {
      try {
        applyEvent(event, seq);
      } catch (error) {
        failure = fellBehind(event.did, error);
      }
    }
    appliedSeq = seq;
    if (event.frame !== null) stream.publish(seq, event.frame.frame);
    return failure;
  }

  function applyEvent(event: PendingEvent, seq: number): void {
    const { did, generation, change } = event;
    if (behind.has(did)) throw new Error("the repository is behind the log");
    if (change === null) {
      adoptImport(deps, { did, generation, seq });
      return;
    }
    const store = stores.findGeneration(did, generation);
    if (store === null) throw new Error("the repository file is missing");
    store.apply({ ...change, seq });
  }

  /** The row is durable, so the write has happened; its repository has to catch up. */
  function fellBehind(did: Did, error: unknown): XrpcError {
    behind.add(did, error);
    return new XrpcError(
      "ServiceUnavailable",
      "The write is stored and will appear once the repository can take it",
      { cause: error, retryAfterSec: 5 },
    );
  }

  const committer = createCommitter({
    eventLog,
    clock,
    firstSeq,
    settle,
    checkpoint: deps.checkpoint,
    onFatal: deps.onFatal,
    ...(deps.maxQueuedBytes !== undefined && {
      maxQueuedBytes: deps.maxQueuedBytes,
    }),
  });
  const lowWater = createLowWater({
    eventLog,
    stores,
    log,
    appliedSeq: () => appliedSeq,
    // Once an account is gone nothing of it needs repair.
    isHeld: () =>
      behind
        .dids()
        .union(damaged)
        .values()
        .some((did) => deps.generationOf(did) !== null),
  });
  const outbox = createOutboxDrain({
    outbox: deps.outbox,
    eventLog,
    clock,
    generationOf: deps.generationOf,
    submit: committer.submit,
  });

  function raiseFloor(seq: number): boolean {
    if (!Number.isSafeInteger(seq) || seq > MAX_SEQ - MIN_SEQS_LEFT) {
      throw new RangeError(`seq ${seq} leaves too few numbers`);
    }
    // A number in use would be overtaken by the floor on its way to readers.
    if (committer.nextSeq() !== nextFirstSeq) return false;
    committer.raiseNextSeq(seq + 1);
    nextFirstSeq = committer.nextSeq();
    stream.raiseFloor(seq);
    return true;
  }

  return {
    async start({ floor } = {}) {
      const report = await recover(deps);
      for (const did of report.quarantined) damaged.add(did);
      for (const did of report.behind) behind.add(did, "the disk failed");
      const passed = (await floor) ?? null;
      if (passed !== null) raiseFloor(passed);
      // On a full disk too others want to read; what waits is told later.
      await outbox.drain().catch((error: unknown) => {
        log.error("outbox.not_drained", { error });
      });
      return report;
    },
    raiseFloor,
    submit: committer.submit,
    drainOutbox: () => outbox.drain(),
    countBehind: () => behind.dids().union(damaged).size,
    isBehind: (did) => behind.has(did) || outbox.isHeldUp(did),
    isNewest(did, { rev, appliedSeq }) {
      // Since this start nobody else has put a file there.
      if (appliedSeq >= firstSeq) return true;
      const known = eventLog.findRepo(did)?.rev ?? rev;
      if (known <= rev) return true;
      behind.add(did, new Error(`the log is at ${known}, the file at ${rev}`));
      return false;
    },
    lastSeq: () => stream.lastSeq(),
    read({ after, limit, maxBytes }) {
      // A row can be readable before it is durable; readers must not see it.
      const rows = eventLog.read({ after, limit, maxBytes });
      const end = rows.findIndex((row) => row.seq > appliedSeq);
      return end === -1 ? rows : rows.slice(0, end);
    },
    prunedThrough: () => eventLog.prunedThrough(),
    firstSeqSince: (createdAtMs) => eventLog.firstSeqSince(createdAtMs),
    purge(options) {
      // Else they would get some of the account's rows and not the others.
      stream.forget(options.before - 1);
      return eventLog.purge(options);
    },
    liveSince: (cursor) => stream.since(cursor),
    listen: (listener) => stream.listen(listener),
    lowWater,
    async stop() {
      behind.stop();
      await committer.idle();
      await lowWater.flush();
    },
  };
}
