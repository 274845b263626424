import { readdirSync } from "node:fs";
import type { Clock } from "#lib/clock.ts";
import {
  createHistogram,
  createMinuteSeries,
  type Histogram,
  type SeriesKind,
} from "#lib/metrics.ts";
import type { AccountDb } from "#storage/account/account-db.ts";

/** What is measured, and how minutes become hours. */
export const SERIES = {
  requests: "sum",
  clientErrors: "sum",
  serverErrors: "sum",
  rateLimited: "sum",
  commits: "sum",
  /** The time under which 95 of 100 commits were, in milliseconds. */
  commitMs: "max",
  commitEvents: "sum",
  identityEvents: "sum",
  accountEvents: "sum",
  syncEvents: "sum",
  signUps: "sum",
  blobUploads: "sum",
  blobUploadBytes: "sum",
  mailSent: "sum",
  mailFailed: "sum",
  subscribers: "last",
  /** How old the oldest event is that the slowest reader has not been sent. */
  subscriberLagMs: "max",
  jobsWaiting: "last",
  mailWaiting: "last",
  memoryBytes: "last",
  loopDelayMs: "max",
  openFiles: "last",
  blobBytes: "last",
  repoBytes: "last",
} as const satisfies Record<string, SeriesKind>;

export type SeriesName = keyof typeof SERIES;

/** What was asked of one method since the start. */
export interface MethodNumbers {
  name: string;
  requests: number;
  clientErrors: number;
  serverErrors: number;
  /** Since the start. */
  all: Histogram;
  /** Of this hour and the one before. */
  recent: { count: number; quantile(p: number): number | null };
}

export type SeriesRange = "hour" | "day" | "month" | "year";

/** What is read now and then, because it can't be counted as it happens. */
export interface Gauges {
  subscribers: number;
  subscriberLagMs: number;
  jobsWaiting: number;
  mailWaiting: number;
  blobBytes: number;
  repoBytes: number;
}

export interface Measurements {
  /** Milliseconds of a clock that only measures; for `request` and `commit`. */
  now(): number;
  request(method: string, status: number, tookMs: number): void;
  commit(tookMs: number): void;
  /** By the first bytes of an event's frame. */
  event(frame: Uint8Array): void;
  add(name: SeriesName, n?: number): void;
  /** Most called first. */
  methods(): MethodNumbers[];
  commitTimes: Histogram;
  read(
    name: SeriesName,
    range: SeriesRange,
  ): { atMs: number; value: number | null }[];
  total(name: SeriesName): number;
  /** Memory, open files and the rest; for a chore of every few seconds. */
  sample(): void;
  /** Stores what came together; for a chore of every few minutes, and the end. */
  store(): void;
  /** Forgets hours after two weeks, and days after two years. */
  prune(): void;
  /** Begins and ends the watch over the delay of the event loop. */
  start(): void;
  stop(): void;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LOOP_INTERVAL_MS = 500;
/** Names beyond these would come from strangers. */
const MOST_METHODS = 500;
const OTHER = "other";
const HOURS_KEPT_MS = 31 * DAY_MS;
const DAYS_KEPT_MS = 2 * 366 * DAY_MS;
const CHUNK = 1000;

// A frame begins with a map of two, the key "t", and the kind; its length says which.
const KIND_AT = 3;
const EVENT_OF_LENGTH: Record<number, SeriesName> = {
  5: "syncEvents",
  7: "commitEvents",
  8: "accountEvents",
  9: "identityEvents",
};

export function createMeasurements(deps: {
  db: Pick<AccountDb, "metrics">;
  clock: Clock;
  gauges(): Gauges;
  /** `performance.now` unless said. */
  elapsedMs?: () => number;
}): Measurements {
  const { db, clock } = deps;
  const now = deps.elapsedMs ?? (() => performance.now());
  const series = createMinuteSeries({ kinds: SERIES, nowMs: clock.nowMs });
  const methods = new Map<string, ReturnType<typeof createMethod>>();
  const commitTimes = createHistogram();
  const commitMinute = createHistogram();
  let hour = Math.floor(clock.nowMs() / HOUR_MS);
  let timer: ReturnType<typeof setInterval> | null = null;

  function methodOf(name: string) {
    let method = methods.get(name);
    if (method === undefined) {
      if (methods.size >= MOST_METHODS && name !== OTHER) {
        return methodOf(OTHER);
      }
      method = createMethod(name);
      methods.set(name, method);
    }
    return method;
  }

  function rollHour(): void {
    const current = Math.floor(clock.nowMs() / HOUR_MS);
    if (current === hour) return;
    for (const method of methods.values()) method.roll();
    hour = current;
  }

  function watchLoop(): void {
    let expectedMs = now() + LOOP_INTERVAL_MS;
    timer = setInterval(() => {
      const delayMs = Math.max(0, now() - expectedMs);
      expectedMs = now() + LOOP_INTERVAL_MS;
      series.set("loopDelayMs", Math.round(delayMs));
    }, LOOP_INTERVAL_MS);
    timer.unref();
  }

  function store(): void {
    const values = Object.entries(series.take()).map(([name, value]) => {
      return { name, kind: SERIES[name as SeriesName], value };
    });
    db.metrics.join(values, clock.nowMs());
  }

  return {
    now,
    request(name, status, tookMs) {
      const method = methodOf(name);
      method.numbers.requests++;
      series.add("requests");
      method.add(tookMs);
      if (status < 400) return;
      if (status >= 500) {
        method.numbers.serverErrors++;
        series.add("serverErrors");
      } else {
        method.numbers.clientErrors++;
        series.add(status === 429 ? "rateLimited" : "clientErrors");
      }
    },
    commit(tookMs) {
      series.add("commits");
      commitTimes.add(tookMs);
      commitMinute.add(tookMs);
    },
    event(frame) {
      const name = EVENT_OF_LENGTH[(frame[KIND_AT] ?? 0) & 0x1f];
      if (name !== undefined) series.add(name);
    },
    add: series.add,
    methods: () =>
      [...methods.values()]
        .map(({ numbers }) => numbers)
        .toSorted((a, b) => b.requests - a.requests),
    commitTimes,
    read: (name, range) =>
      range === "hour" ? series.read(name, 60) : readStored(deps, name, range),
    total: series.total,
    sample() {
      rollHour();
      for (const [name, value] of Object.entries(deps.gauges())) {
        series.set(name as keyof Gauges, value);
      }
      series.set("memoryBytes", process.memoryUsage.rss());
      series.set("openFiles", countOpenFiles());
      const slowMs = commitMinute.quantile(0.95);
      if (slowMs !== null && Number.isFinite(slowMs)) {
        series.set("commitMs", slowMs);
      }
      commitMinute.reset();
      series.tick();
    },
    store,
    prune() {
      const nowMs = clock.nowMs();
      const prune = (period: "hour" | "day", keptMs: number) => {
        const options = { period, beforeMs: nowMs - keptMs, limit: CHUNK };
        while (db.metrics.prune(options) === CHUNK);
      };
      prune("hour", HOURS_KEPT_MS);
      prune("day", DAYS_KEPT_MS);
    },
    start: watchLoop,
    stop() {
      if (timer !== null) clearInterval(timer);
      store();
    },
  };
}

const RANGES = {
  day: { period: "hour", stepMs: HOUR_MS, steps: 24 },
  month: { period: "day", stepMs: DAY_MS, steps: 31 },
  year: { period: "day", stepMs: DAY_MS, steps: 366 },
} as const;

/** Whole steps up to the one that has begun; null where nothing was stored. */
function readStored(
  { db, clock }: { db: Pick<AccountDb, "metrics">; clock: Clock },
  name: SeriesName,
  range: keyof typeof RANGES,
): { atMs: number; value: number | null }[] {
  const { period, stepMs, steps } = RANGES[range];
  const nowMs = clock.nowMs();
  const last = nowMs - (nowMs % stepMs);
  const sinceMs = last - (steps - 1) * stepMs;
  const stored = new Map(
    db.metrics
      .list({ period, name, sinceMs })
      .map(({ atMs, value }) => [atMs, value]),
  );
  return Array.from({ length: steps }, (_, step) => {
    const atMs = sinceMs + step * stepMs;
    return { atMs, value: stored.get(atMs) ?? null };
  });
}

function createMethod(name: string) {
  const all = createHistogram();
  let current = createHistogram();
  let before = createHistogram();
  const numbers: MethodNumbers = {
    name,
    requests: 0,
    clientErrors: 0,
    serverErrors: 0,
    all,
    recent: {
      get count() {
        return current.count + before.count;
      },
      quantile(p) {
        const both = createHistogram();
        for (const part of [before, current]) {
          part.counts.forEach((n, i) => (both.counts[i]! += n));
        }
        Object.assign(both, { count: current.count + before.count });
        return both.quantile(p);
      },
    },
  };
  return {
    numbers,
    add(ms: number) {
      all.add(ms);
      current.add(ms);
    },
    roll() {
      [before, current] = [current, before];
      current.reset();
    },
  };
}

/** 0 where the system does not tell. */
function countOpenFiles(): number {
  if (process.platform !== "linux") return 0;
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}
