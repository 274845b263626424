import type { Clock } from "#lib/clock.ts";
import { encodeAccountFrame, encodeIdentityFrame } from "#repo/frame.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountEvent, OutboxRows } from "#storage/account/outbox.ts";
import type { EventLog } from "#storage/event-log.ts";
import type { PendingEvent } from "./committer.ts";

/** Rows of the account database that wait for their place in the log. */
export type EventOutbox = Pick<OutboxRows, "list" | "remove">;

const PAGE_ROWS = 100;

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
}): { drain(): Promise<void> } {
  const { outbox, eventLog } = deps;
  let tail: Promise<void> = Promise.resolve();

  async function drainAll(): Promise<void> {
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
