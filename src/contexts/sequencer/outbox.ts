import type { Clock } from "#lib/clock.ts";
import { encodeAccountFrame, encodeIdentityFrame } from "#repo/frame.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountEvent, OutboxRows } from "#storage/account/outbox.ts";
import type { EventLog } from "#storage/event-log.ts";
import type { PendingEvent } from "./committer.ts";

/** Rows of the account database that wait for their place in the log. */
export type EventOutbox = Pick<OutboxRows, "list" | "remove">;

const PAGE_ROWS = 100;
/** More wait only when the log has been shut for long. */
const MOST_HELD_UP = 10_000;

export interface OutboxDrain {
  /** Rejects when the log takes no more; what is left waits for the next call. */
  drain(): Promise<void>;
  /**
   * True while something that happened to the account is not in the log,
   * though its turn had come: a commit now would be told before it.
   */
  isHeldUp(did: Did): boolean;
}

/**
 * Moves account events into the log, each exactly once: the row names its
 * outbox id, so one that was logged before a crash is only removed.
 */
export function createOutboxDrain(deps: {
  outbox: EventOutbox;
  eventLog: EventLog;
  clock: Clock;
  generationOf(did: Did): number | null;
  submit(events: readonly PendingEvent[]): Promise<number[]>;
}): OutboxDrain {
  const { outbox, eventLog } = deps;
  let tail: Promise<void> = Promise.resolve();

  const heldUp = new Set<Did>();

  async function drainAll(): Promise<void> {
    try {
      await moveAll();
      heldUp.clear();
    } catch (error) {
      for (const { event } of outbox.list(MOST_HELD_UP)) heldUp.add(event.did);
      throw error;
    }
  }

  async function moveAll(): Promise<void> {
    for (;;) {
      const rows = outbox.list(PAGE_ROWS);
      if (rows.length === 0) return;
      const events = rows
        .filter((row) => !eventLog.hasOutboxRow(row.id))
        .map((row) => pendingEvent(row.event, row.id));
      if (events.length > 0) await deps.submit(events);
      for (const row of rows) outbox.remove(row.id);
    }
  }

  function pendingEvent(event: AccountEvent, outboxId: number): PendingEvent {
    const generation = deps.generationOf(event.did) ?? 0;
    return accountEvent(event, { generation, outboxId, clock: deps.clock });
  }

  return {
    drain() {
      // One at a time, or two callers would log the same rows twice.
      tail = tail.then(drainAll, drainAll);
      return tail;
    },
    isHeldUp: (did) => heldUp.has(did),
  };
}

/** The log event of an identity or account change. */
export function accountEvent(
  event: AccountEvent,
  options: { generation: number; outboxId: number | null; clock: Clock },
): PendingEvent {
  const time = new Date(options.clock.nowMs()).toISOString();
  const base = {
    did: event.did,
    generation: options.generation,
    rev: null,
    redo: null,
    change: null,
    outboxId: options.outboxId,
  };
  if (event.kind === "identity") {
    const { did, handle } = event;
    return {
      ...base,
      kind: "identity",
      frame: encodeIdentityFrame({ did, ...(handle && { handle }), time }),
      state: null,
    };
  }
  const { did, active, status } = event;
  return {
    ...base,
    kind: "account",
    frame: encodeAccountFrame({ did, active, ...(status && { status }), time }),
    state: { did, status, ...(status === "deleted" && { deleted: true }) },
  };
}
