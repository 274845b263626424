import type { Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { EventLog } from "#storage/event-log.ts";

export interface LowWater {
  /** Syncs every repository changed since the last time, then moves the mark. */
  flush(): Promise<void>;
}

/**
 * The low-water mark: up to it, the repositories hold on disk what the log
 * says, so a start need not look further back and old rows may go. The
 * repositories are not synced at each write; the log is what makes it durable.
 */
export function createLowWater(deps: {
  eventLog: EventLog;
  stores: ActorStores;
  log: Logger;
  /** Newest row that its repository holds. */
  appliedSeq(): number;
  /** True while some repository lacks a row. */
  isHeld(): boolean;
}): LowWater {
  const { eventLog, stores, log } = deps;
  /** Changed repositories whose sync failed. */
  let unsynced: { did: Did; generation: number }[] = [];
  let running: Promise<void> | null = null;

  async function flushOnce(): Promise<void> {
    const mark = deps.appliedSeq();
    const dirty = [...unsynced, ...stores.takeDirty()];
    unsynced = [];
    for (const { did, generation } of dirty) {
      try {
        await stores.sync(did, generation);
      } catch (error) {
        unsynced.push({ did, generation });
        log.error("repo.sync_failed", { did, error });
      }
    }
    if (unsynced.length > 0 || deps.isHeld()) return;
    if (mark > eventLog.lowWaterMark()) eventLog.setLowWaterMark(mark);
  }

  return {
    flush() {
      running ??= flushOnce().finally(() => {
        running = null;
      });
      return running;
    },
  };
}
