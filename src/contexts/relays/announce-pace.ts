import type { Clock } from "#lib/clock.ts";
import type { AccountDb } from "#storage/account/account-db.ts";

/** How fast this host may say again what it has said before. */
export interface AnnouncePace {
  /** Takes room for so many events: how long to wait before they are sent, or when to ask again. */
  reserve(
    events: number,
  ): { kind: "go"; waitMs: number } | { kind: "later"; atMs: number };
  /** Counts events that were sent beyond what was reserved. */
  add(events: number): void;
}

/**
 * Relays hold back a host that says more than 50 events a second or 2,500 an
 * hour, real posts too; this leaves them more than a third of the hour.
 */
export const MAX_PER_SECOND = 10;
export const MAX_PER_HOUR = 1500;

/** On the average, so that with a whole group of 3 more no second has too many. */
const PER_SECOND = MAX_PER_SECOND - 3;
const MINUTE_MS = 60_000;
/** An hour and the minute that has begun: in no 60 minutes is more sent. */
const WINDOW_MINUTES = 61;
const NAME = "announce-pace";

/** Minute since 1970, and the events sent in it. */
type Minutes = Record<string, number>;

/** Counts what is sent across jobs and across the ends of the process. */
export function createAnnouncePace(deps: {
  db: Pick<AccountDb, "settings">;
  clock: Clock;
}): AnnouncePace {
  const { clock } = deps;
  const { settings } = deps.db;
  let minutes = (settings.find(NAME) ?? {}) as Minutes;
  let freeAtMs = 0;

  function count(minute: number, events: number): void {
    minutes[minute] = (minutes[minute] ?? 0) + events;
    settings.put(NAME, minutes, clock.nowMs());
  }

  /** Minutes ahead were counted by a clock that was wrong. */
  function forget(minute: number): void {
    minutes = Object.fromEntries(
      Object.entries(minutes).filter(
        ([at]) =>
          Number(at) > minute - WINDOW_MINUTES && Number(at) <= minute + 1,
      ),
    );
  }

  return {
    reserve(events) {
      const nowMs = clock.nowMs();
      if (freeAtMs > nowMs + MINUTE_MS) freeAtMs = nowMs;
      const startMs = Math.max(nowMs, freeAtMs);
      const minute = Math.floor(startMs / MINUTE_MS);
      forget(minute);
      const sent = Object.values(minutes).reduce((sum, n) => sum + n, 0);
      if (sent + events > MAX_PER_HOUR && sent > 0) {
        const oldest = Math.min(...Object.keys(minutes).map(Number));
        return { kind: "later", atMs: (oldest + WINDOW_MINUTES) * MINUTE_MS };
      }
      count(minute, events);
      freeAtMs = startMs + Math.ceil((events * 1000) / PER_SECOND);
      return { kind: "go", waitMs: startMs - nowMs };
    },
    add(events) {
      count(Math.floor(clock.nowMs() / MINUTE_MS), events);
      freeAtMs += Math.ceil((events * 1000) / PER_SECOND);
    },
  };
}
