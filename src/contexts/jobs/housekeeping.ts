import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";

/** Work that repeats for as long as the server runs. */
export interface Chore {
  name: string;
  everyMs: number;
  run(): unknown;
}

/** How a chore went when it last ran. */
export interface ChoreView {
  name: string;
  everyMs: number;
  isRunning: boolean;
  /** null before the first run since the start. */
  last: { atMs: number; tookMs: number; error: string | null } | null;
}

export interface Housekeeping {
  list(): ChoreView[];
  /** Runs one now, unless it runs already; false when there is none of that name. */
  runNow(name: string): boolean;
  start(): void;
  /** Starts nothing more and waits for what is under way. */
  stop(): Promise<void>;
}

/**
 * Runs each chore at its interval, one run at a time; a failure is logged and
 * the next run tries again. Chores hold no state that a crash could lose: they
 * look at what is there.
 */
export function createHousekeeping(deps: {
  chores: readonly Chore[];
  log: Logger;
  clock: Clock;
}): Housekeeping {
  const { chores, log, clock } = deps;
  const lasts = new Map<string, ChoreView["last"]>();
  const timers: ReturnType<typeof setInterval>[] = [];
  const running = new Map<string, Promise<void>>();

  async function runOnce(chore: Chore): Promise<void> {
    const atMs = clock.nowMs();
    let error: string | null = null;
    try {
      await chore.run();
    } catch (thrown) {
      error = thrown instanceof Error ? thrown.message : String(thrown);
      log.error("chore.failed", { chore: chore.name, error: thrown });
    } finally {
      lasts.set(chore.name, { atMs, tookMs: clock.nowMs() - atMs, error });
      running.delete(chore.name);
    }
  }

  function begin(chore: Chore): void {
    if (running.has(chore.name)) return;
    running.set(chore.name, runOnce(chore));
  }

  return {
    list: () =>
      chores.map(({ name, everyMs }) => ({
        ...{ name, everyMs },
        isRunning: running.has(name),
        last: lasts.get(name) ?? null,
      })),
    runNow(name) {
      const chore = chores.find((one) => one.name === name);
      if (chore !== undefined) begin(chore);
      return chore !== undefined;
    },
    start() {
      for (const chore of chores) {
        timers.push(setInterval(() => begin(chore), chore.everyMs));
      }
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(running.values());
    },
  };
}
