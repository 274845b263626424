import { timingSafeEqual } from "node:crypto";
import type { Caller } from "#contexts/security/caller.ts";
import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { createAddressList } from "#lib/ip-address.ts";
import type { EdgeSettings } from "#edge/settings.ts";

export interface LimitWindow {
  points: number;
  windowSec: number;
}

/** Who and what a call is counted for. */
export interface LimitSubject {
  caller: Caller;
  input: unknown;
  /** The client's address; for IPv6 its /64, which is what one client holds. */
  network: string;
}

/** A number of points to spend in each of some fixed windows of time. */
export interface Limit {
  /** Limits of one name share their counters. */
  name: string;
  windows: readonly LimitWindow[];
  keyOf(subject: LimitSubject): string;
  /** One point a call unless said. */
  costOf?(subject: LimitSubject): number;
  /** The method doesn't count towards the limit for all methods. */
  standsAlone?: true;
}

/** The state of the window that is nearest to its limit. */
export interface Quota {
  limit: number;
  remaining: number;
  resetAtSec: number;
  windowSec: number;
}

export interface RateLimiter {
  /**
   * Counts a call, or refuses it and counts nothing.
   * @throws XrpcError RateLimitExceeded when a window has too few points left;
   *   it says when each one has enough again.
   */
  take(limit: Limit, subject: LimitSubject): Quota;
  /**
   * Counts a call as long as all together have taken no more than a share of
   * each window; else counts nothing and says when to ask again.
   */
  takeShare(limit: Limit, subject: LimitSubject, share: number): number | null;
  /** Counts in one window what was taken before this process began; no effect once that window has ended. */
  recount(
    limit: Limit,
    subject: LimitSubject,
    window: { windowSec: number; endsAtMs: number },
  ): void;
  /** When a call of such a cost will have been counted that way, in parts, if nobody takes anything. */
  forecastMs(limit: Limit, subject: LimitSubject, share: number): number;
  /** True for calls that carry the bypass key or come from a listed address. */
  isExempt(ip: string, headers: Headers): boolean;
}

export interface RateLimiterOptions {
  clock: Clock;
  bypassKey?: string | null;
  /** Addresses and CIDR ranges. */
  bypassIps?: readonly string[];
  /** Counters kept for each window; the oldest are dropped first. */
  maxKeys?: number;
}

/** As the settings say; null where nobody is limited. */
export function createLimiterOf(
  settings: Pick<
    EdgeSettings,
    "rateLimitsEnabled" | "rateLimitBypassKey" | "rateLimitBypassIps"
  >,
  clock: Clock,
): RateLimiter | null {
  if (!settings.rateLimitsEnabled) return null;
  return createRateLimiter({
    clock,
    bypassKey: settings.rateLimitBypassKey?.reveal() ?? null,
    bypassIps: settings.rateLimitBypassIps,
  });
}

interface Counter {
  spent: number;
  resetAtMs: number;
}

interface WindowState {
  window: LimitWindow;
  counter: Counter;
}

const BYPASS_HEADER = "x-ratelimit-bypass";

export function createRateLimiter({
  clock,
  bypassKey = null,
  bypassIps = [],
  maxKeys = 50_000,
}: RateLimiterOptions): RateLimiter {
  const countersByWindow = new Map<string, Map<string, Counter>>();
  const isListed = createAddressList(bypassIps);

  function countersOf(limit: Limit, windowSec: number): Map<string, Counter> {
    const name = `${limit.name}/${windowSec}`;
    let counters = countersByWindow.get(name);
    if (counters === undefined) {
      counters = new Map();
      countersByWindow.set(name, counters);
    }
    return counters;
  }

  function counterOf(limit: Limit, windowSec: number, key: string): Counter {
    const nowMs = clock.nowMs();
    const counters = countersOf(limit, windowSec);
    const found = counters.get(key);
    if (found !== undefined && found.resetAtMs > nowMs) return found;
    // Deleted first, so that the map's order stays that of the windows' ends.
    counters.delete(key);
    if (counters.size >= maxKeys) counters.delete(firstKey(counters));
    const counter = { spent: 0, resetAtMs: nowMs + windowSec * 1000 };
    counters.set(key, counter);
    return counter;
  }

  /** All windows of a limit, each with what was spent of it. */
  function statesOf(limit: Limit, key: string): WindowState[] {
    return limit.windows.map((window) => ({
      window,
      counter: counterOf(limit, window.windowSec, key),
    }));
  }

  return {
    take(limit, subject) {
      const key = limit.keyOf(subject);
      const cost = limit.costOf?.(subject) ?? 1;
      const states = statesOf(limit, key);
      const full = states.filter(
        ({ window, counter }) => counter.spent + cost > window.points,
      );
      // Nothing is spent on what is refused, and all windows must have room again.
      if (full.length > 0) throw exceeded(full.reduce(later), clock.nowMs());
      for (const { counter } of states) counter.spent += cost;
      return states.map(quotaOf).reduce(tighter);
    },
    takeShare(limit, subject, share) {
      const key = limit.keyOf(subject);
      const cost = limit.costOf?.(subject) ?? 1;
      const states = statesOf(limit, key);
      const full = states
        // What is dearer than a whole share would never come.
        .filter(
          ({ counter: { spent }, window }) =>
            spent + cost > window.points * share && spent > 0,
        )
        .map(({ counter }) => counter.resetAtMs);
      if (full.length > 0) return Math.max(...full);
      for (const { counter } of states) counter.spent += cost;
      return null;
    },
    recount(limit, subject, { windowSec, endsAtMs }) {
      const leftMs = endsAtMs - clock.nowMs();
      if (leftMs <= 0) return;
      const cost = limit.costOf?.(subject) ?? 1;
      const counter = counterOf(limit, windowSec, limit.keyOf(subject));
      if (counter.spent === 0) {
        counter.resetAtMs = Math.min(counter.resetAtMs, endsAtMs);
      }
      counter.spent += cost;
    },
    forecastMs(limit, subject, share) {
      const key = limit.keyOf(subject);
      const cost = limit.costOf?.(subject) ?? 1;
      const nowMs = clock.nowMs();
      const ends = limit.windows.map(({ points, windowSec }) => {
        const { spent, resetAtMs } = counterOf(limit, windowSec, key);
        const rest = cost - Math.max(0, points * share - spent);
        if (rest <= 0) return nowMs;
        const windows = Math.ceil(rest / (points * share));
        return resetAtMs + (windows - 1) * windowSec * 1000;
      });
      return Math.max(...ends);
    },
    isExempt(ip, headers) {
      const given = headers.get(BYPASS_HEADER);
      return (
        isListed(ip) ||
        (given !== null && bypassKey !== null && equalTexts(given, bypassKey))
      );
    },
  };
}

/** The one of two that leaves fewer calls. */
export function tighter(a: Quota, b: Quota): Quota {
  return b.remaining < a.remaining ? b : a;
}

/** @see https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-06.html */
export function quotaHeaders(quota: Quota): Record<string, string> {
  return {
    "RateLimit-Limit": String(quota.limit),
    "RateLimit-Remaining": String(quota.remaining),
    "RateLimit-Reset": String(quota.resetAtSec),
    "RateLimit-Policy": `${quota.limit};w=${quota.windowSec}`,
  };
}

function quotaOf({ window, counter }: WindowState): Quota {
  const { points, windowSec } = window;
  return {
    limit: points,
    remaining: Math.max(0, points - counter.spent),
    resetAtSec: Math.ceil(counter.resetAtMs / 1000),
    windowSec,
  };
}

function later(a: WindowState, b: WindowState): WindowState {
  return b.counter.resetAtMs > a.counter.resetAtMs ? b : a;
}

function exceeded(state: WindowState, nowMs: number): XrpcError {
  return new XrpcError("RateLimitExceeded", "Rate limit exceeded", {
    headers: quotaHeaders(quotaOf(state)),
    retryAfterSec: Math.ceil((state.counter.resetAtMs - nowMs) / 1000),
  });
}

function firstKey(counters: Map<string, Counter>): string {
  return counters.keys().next().value!;
}

function equalTexts(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
