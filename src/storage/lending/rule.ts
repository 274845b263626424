import { availableParallelism } from "node:os";
import type { Clock } from "#lib/clock.ts";

/**
 * When closed files are lent to another thread for a write: "auto" while more
 * are opened than stay open, many in a second; "on" always.
 */
export type LendingMode = "auto" | "on" | "off";

export interface LendingRule {
  /** A file was opened, and another closed for it. */
  noteOpened(): void;
  noteLent(key: string): void;
  isOn(): boolean;
  /** True once for a file that was lent a moment ago: it will be wanted again, and should stay open. */
  takeRecent(key: string): boolean;
}

/**
 * As many in a second: below, to open files takes a hundredth of the thread's
 * time, and another thread would only take memory.
 */
const OPENS = 50;
const OPENS_MS = 1000;

/** @param options.maxRecent files that were lent last, in the order of which there are as many as stay open. */
export function createLendingRule(options: {
  mode: LendingMode;
  maxRecent: number;
  clock: Clock;
}): LendingRule {
  const { mode, maxRecent, clock } = options;
  const isOff =
    mode === "off" || (mode === "auto" && availableParallelism() < 2);
  /** Times of the last opens; the oldest is overwritten next. */
  const times: number[] = Array(OPENS).fill(-Infinity);
  let next = 0;
  const recent = new Set<string>();

  function noteOpened(): void {
    times[next] = clock.nowMs();
    next = (next + 1) % OPENS;
  }

  return {
    noteOpened,
    noteLent(key) {
      noteOpened();
      recent.add(key);
      if (recent.size <= maxRecent) return;
      recent.delete(recent.values().next().value!);
    },
    isOn() {
      if (isOff || mode === "on") return !isOff;
      return times[next]! > clock.nowMs() - OPENS_MS;
    },
    takeRecent: (key) => recent.delete(key),
  };
}
