/** Numbers of a running program, kept so cheaply that every request can be counted. */

/** How minutes become an hour, and what an hour's value is. */
export type SeriesKind = "sum" | "max" | "last";
export type SeriesTable = Readonly<Record<string, SeriesKind>>;

/** Upper ends of the classes of a histogram, in milliseconds; one more holds the rest. */
export const BUCKETS_MS = [
  1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000,
] as const;

/** How often something took how long. */
export interface Histogram {
  add(ms: number): void;
  readonly count: number;
  readonly sumMs: number;
  /** One number for each class, not added up. */
  readonly counts: Uint32Array;
  /** Upper end of the class that holds the part `p` of all; null when there is nothing. */
  quantile(p: number): number | null;
  reset(): void;
}

export function createHistogram(): Histogram {
  const counts = new Uint32Array(BUCKETS_MS.length + 1);
  const histogram = {
    count: 0,
    sumMs: 0,
    counts,
    add(ms: number) {
      let bucket = 0;
      while (bucket < BUCKETS_MS.length && ms > BUCKETS_MS[bucket]!) bucket++;
      counts[bucket]!++;
      histogram.count++;
      histogram.sumMs += ms;
    },
    quantile(p: number) {
      if (histogram.count === 0) return null;
      let seen = 0;
      for (const [bucket, n] of counts.entries()) {
        seen += n;
        if (seen >= p * histogram.count) {
          return BUCKETS_MS[bucket] ?? Number.POSITIVE_INFINITY;
        }
      }
      return null;
    },
    reset() {
      counts.fill(0);
      histogram.count = 0;
      histogram.sumMs = 0;
    },
  };
  return histogram;
}

const MINUTE_MS = 60_000;
/** Three hours of minutes. */
const MINUTES_KEPT = 180;

export interface MinuteSeries<Name extends string> {
  add(name: Name, n?: number): void;
  /** Of a `max` the highest of the minute counts, of a `last` the newest. */
  set(name: Name, value: number): void;
  /** To be called every few seconds: ends minutes that are over. */
  tick(): void;
  /** Whole minutes, oldest first; null where the program did not run. */
  read(name: Name, minutes: number): { atMs: number; value: number | null }[];
  /** What came together since the last call, for who keeps it longer. */
  take(): Record<Name, number>;
  /** Since the start; only of sums. */
  total(name: Name): number;
}

/** @param kinds what there is, and how its numbers add up */
export function createMinuteSeries<Table extends SeriesTable>({
  kinds,
  nowMs,
}: {
  kinds: Table;
  nowMs(): number;
}): MinuteSeries<keyof Table & string> {
  type Name = keyof Table & string;
  const names = Object.keys(kinds) as Name[];
  const zeros = () =>
    Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  const current = zeros();
  const totals = zeros();
  const taken = zeros();
  const rings = new Map(
    names.map((name) => [name, new Float64Array(MINUTES_KEPT).fill(NaN)]),
  );
  let minute = Math.floor(nowMs() / MINUTE_MS);

  function combine(into: Record<Name, number>, name: Name, value: number) {
    const kind = kinds[name];
    if (kind === "sum") into[name] += value;
    else if (kind === "max") into[name] = Math.max(into[name], value);
    else into[name] = value;
  }

  function tick(): void {
    const now = Math.floor(nowMs() / MINUTE_MS);
    if (now <= minute) return;
    for (const name of names) {
      const ring = rings.get(name)!;
      ring[minute % MINUTES_KEPT] = current[name];
      // Minutes that nobody ended: the machine slept.
      const first = Math.max(minute + 1, now - MINUTES_KEPT);
      for (let missed = first; missed < now; missed++) {
        ring[missed % MINUTES_KEPT] = NaN;
      }
      combine(taken, name, current[name]);
      if (kinds[name] !== "last") current[name] = 0;
    }
    minute = now;
  }

  return {
    add(name, n = 1) {
      current[name] += n;
      totals[name] += n;
    },
    set: (name, value) => combine(current, name, value),
    tick,
    read(name, minutes) {
      tick();
      const ring = rings.get(name)!;
      return Array.from({ length: minutes }, (_, i) => {
        const at = minute - minutes + i;
        const value = ring[at % MINUTES_KEPT]!;
        return {
          atMs: at * MINUTE_MS,
          value: Number.isNaN(value) ? null : value,
        };
      });
    },
    take() {
      tick();
      const result = { ...taken };
      for (const name of names) {
        if (kinds[name] !== "last") taken[name] = 0;
      }
      return result;
    },
    total: (name) => totals[name],
  };
}
