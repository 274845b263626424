import type { Logger } from "#lib/log.ts";

/** Work that repeats for as long as the server runs. */
export interface Chore {
  name: string;
  everyMs: number;
  run(): unknown;
}

export interface Housekeeping {
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
}): Housekeeping {
  const { chores, log } = deps;
  const timers: ReturnType<typeof setInterval>[] = [];
  const running = new Map<string, Promise<void>>();

  async function runOnce(chore: Chore): Promise<void> {
    try {
      await chore.run();
    } catch (error) {
      log.error("chore.failed", { chore: chore.name, error });
    } finally {
      running.delete(chore.name);
    }
  }

  return {
    start() {
      for (const chore of chores) {
        const tick = () => {
          if (running.has(chore.name)) return;
          running.set(chore.name, runOnce(chore));
        };
        timers.push(setInterval(tick, chore.everyMs));
      }
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(running.values());
    },
  };
}
