import type { Clock } from "#lib/clock.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { createShortStore } from "./short-store.ts";

/** Somebody from another server who has shown there who they are. */
export interface Guest {
  did: Did;
  /** null for one that leads nowhere. */
  handle: Handle | null;
}

/** The one request, in the one browser, that it was shown for. */
export interface GuestSeat {
  deviceId: string;
  requestUri: string;
}

/**
 * Who came from another server to act for an account of ours. It counts for one
 * request and is in memory alone: nobody who has no account here is remembered.
 */
export interface Guests {
  /** Replaces the one who was there. */
  seat(seat: GuestSeat, guest: Guest): void;
  /** @param longestMs how long ago they may have shown it */
  find(seat: GuestSeat & { longestMs: number }): Guest | null;
}

/** A request doesn't last longer. */
const KEPT_MS = 15 * 60_000;
const MOST = 10_000;

export function createGuests(clock: Clock): Guests {
  const seated = createShortStore<Guest & { atMs: number }>({
    ...{ clock, keptMs: KEPT_MS, most: MOST },
  });
  const keyOf = ({ deviceId, requestUri }: GuestSeat) =>
    `${deviceId} ${requestUri}`;
  return {
    seat: (seat, guest) =>
      seated.set(keyOf(seat), { ...guest, atMs: clock.nowMs() }),
    find({ longestMs, ...seat }) {
      const found = seated.get(keyOf(seat));
      if (found === undefined) return null;
      const { did, handle, atMs } = found;
      return atMs + longestMs > clock.nowMs() ? { did, handle } : null;
    },
  };
}
