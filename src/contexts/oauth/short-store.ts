import type { Clock } from "#lib/clock.ts";

/** What is needed for a short while, in memory alone: a restart forgets it. */
export interface ShortStore<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  del(key: string): void;
}

/**
 * @param limits.keptMs how long each value is there
 * @param limits.most how many are; the oldest make room
 */
export function createShortStore<Value>({
  clock,
  keptMs,
  most,
}: {
  clock: Clock;
  keptMs: number;
  most: number;
}): ShortStore<Value> {
  const kept = new Map<string, { value: Value; expiresAtMs: number }>();
  return {
    get(key) {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      return found.expiresAtMs > clock.nowMs() ? found.value : undefined;
    },
    set(key, value) {
      const nowMs = clock.nowMs();
      kept.delete(key);
      for (const [old, { expiresAtMs }] of kept) {
        if (expiresAtMs > nowMs && kept.size < most) break;
        kept.delete(old);
      }
      kept.set(key, { value, expiresAtMs: nowMs + keptMs });
    },
    del: (key) => void kept.delete(key),
  };
}
