import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { Origin } from "#contexts/security/caller.ts";

/**
 * How often the second factor of an account may be guessed. Only who has given
 * the right password gets so far, so nobody else can lock the owner out.
 */
export interface GuessBudget {
  /**
   * Counts a try before it is judged. Where the last one of a day comes from is told.
   * @throws XrpcError RateLimitExceeded when there were too many.
   */
  take(did: Did, from: Origin | null): void;
  /** The try was right. */
  forgive(did: Did): void;
}

interface Count {
  recent: number;
  recentUntilMs: number;
  daily: number;
  dailyUntilMs: number;
}

const RECENT = { tries: 5, spanMs: 5 * 60_000 };
const DAILY = { tries: 30, spanMs: 24 * 3_600_000 };
const MOST_COUNTS = 10_000;

export function createGuessBudget({
  clock,
  onExhausted,
}: {
  clock: Clock;
  /** Called once when the budget of a day is gone: somebody knows the password. */
  onExhausted(did: Did, from: Origin | null): void;
}): GuessBudget {
  const counts = new Map<Did, Count>();

  function countOf(did: Did): Count {
    const nowMs = clock.nowMs();
    const count = counts.get(did) ?? {
      ...{ recent: 0, recentUntilMs: 0, daily: 0, dailyUntilMs: 0 },
    };
    if (count.recentUntilMs <= nowMs) {
      count.recent = 0;
      count.recentUntilMs = nowMs + RECENT.spanMs;
    }
    if (count.dailyUntilMs <= nowMs) {
      count.daily = 0;
      count.dailyUntilMs = nowMs + DAILY.spanMs;
    }
    // Last in the map is last tried; the first goes when there are too many.
    counts.delete(did);
    counts.set(did, count);
    if (counts.size > MOST_COUNTS) counts.delete(counts.keys().next().value!);
    return count;
  }

  return {
    take(did, from) {
      const count = countOf(did);
      if (count.daily >= DAILY.tries) throw tooMany(count.dailyUntilMs, clock);
      if (count.recent >= RECENT.tries) {
        throw tooMany(count.recentUntilMs, clock);
      }
      count.recent++;
      count.daily++;
      if (count.daily === DAILY.tries) onExhausted(did, from);
    },
    forgive(did) {
      const count = countOf(did);
      count.recent = 0;
      count.daily = Math.max(0, count.daily - 1);
    },
  };
}

function tooMany(untilMs: number, clock: Clock): XrpcError {
  return new XrpcError("RateLimitExceeded", "Too many wrong codes", {
    retryAfterSec: Math.ceil((untilMs - clock.nowMs()) / 1000),
  });
}
