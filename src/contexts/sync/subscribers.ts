import type { Clock } from "#lib/clock.ts";
import type { Sequencer } from "#contexts/sequencer/sequencer.ts";
import { type BacklogLimits, createBacklog } from "./backlog.ts";
import {
  subscribe,
  type SubscriberSocket,
  type Subscription,
  type SubscriptionLimits,
} from "./subscription.ts";

export interface SubscriberInfo {
  id: number;
  ip: string;
  connectedAtMs: number;
  lastSeq: number;
  bufferedBytes: number;
}

export interface Subscribers {
  /** @param cursor Seq of the last event that the reader has; null for live only. */
  subscribe(
    socket: SubscriberSocket,
    options: { cursor: number | null; ip: string },
  ): Subscription;
  list(): SubscriberInfo[];
  /** Ends one reader's connection; false when it is gone. */
  disconnect(id: number): boolean;
  /** Closes readers that take nothing, and the slowest ones while all hold too much. */
  sweep(): void;
}

/** All readers of the event stream, and the bound on what they hold together. */
export function createSubscribers(deps: {
  sequencer: Sequencer;
  clock: Clock;
  limits: SubscriptionLimits;
  backlogLimits: BacklogLimits;
}): Subscribers {
  const { clock } = deps;
  const backlog = createBacklog(deps.backlogLimits);
  const readers = new Map<
    number,
    { subscription: Subscription; ip: string; connectedAtMs: number }
  >();
  let nextId = 1;

  function dropSlowest(): void {
    const held = [...readers.values()]
      .map(({ subscription }) => ({
        subscription,
        bytes: subscription.bufferedBytes(),
      }))
      .sort((a, b) => b.bytes - a.bytes);
    let total = held.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { subscription, bytes } of held) {
      if (total <= deps.backlogLimits.maxBytes) return;
      subscription.drop("The server holds too much for slow consumers");
      total -= bytes;
    }
  }

  return {
    subscribe(socket, { cursor, ip }) {
      const id = nextId++;
      backlog.changeReaders(1);
      const subscription = subscribe({ ...deps, backlog }, socket, cursor);
      readers.set(id, { subscription, ip, connectedAtMs: clock.nowMs() });
      return {
        ...subscription,
        onClose() {
          if (readers.delete(id)) backlog.changeReaders(-1);
          subscription.onClose();
        },
      };
    },
    list: () =>
      [...readers].map(([id, { subscription, ip, connectedAtMs }]) => ({
        id,
        ip,
        connectedAtMs,
        lastSeq: subscription.lastSeq(),
        bufferedBytes: subscription.bufferedBytes(),
      })),
    disconnect(id) {
      const reader = readers.get(id);
      reader?.subscription.drop("The operator ended the connection");
      return reader !== undefined;
    },
    sweep() {
      for (const { subscription } of readers.values()) {
        subscription.checkStalled();
      }
      dropSlowest();
    },
  };
}
