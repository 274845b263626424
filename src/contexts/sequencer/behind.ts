import type { Logger } from "#lib/log.ts";
import { BlockError } from "#repo/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { EventLog } from "#storage/event-log.ts";
import { replayAccount, type Generations } from "./recovery.ts";

/**
 * Repositories that lack a durable row, or could not be written: no commit may
 * be built on them until they have caught up with the log, which is tried
 * again and again. One that the log's rows do not follow is closed off.
 */
export interface BehindRepos {
  has(did: Did): boolean;
  dids(): ReadonlySet<Did>;
  /** The repository refused a row that is durable. */
  add(did: Did, error: unknown): void;
  /** Tries no more. */
  stop(): void;
}

export function createBehindRepos(
  deps: Generations & {
    eventLog: EventLog;
    stores: ActorStores;
    log: Logger;
    /** How long a repository is left alone after a failure. */
    pauseMs: number;
  },
): BehindRepos {
  const { stores, log, pauseMs } = deps;
  const behind = new Set<Did>();
  /** Of these, what the log's rows do not follow. No try would mend them. */
  const lost = new Set<Did>();
  let replaying: Did | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let isStopped = false;

  function retryLater(): void {
    if (!isStopped) timer ??= setTimeout(retry, pauseMs);
  }

  function add(did: Did, error: unknown): void {
    if (!behind.has(did)) log.error("repo.behind", { did, error });
    behind.add(did);
    retryLater();
  }

  function hasReplayed(did: Did): boolean {
    const outer = replaying;
    replaying = did;
    try {
      replayAccount(deps, did);
      return true;
    } catch (error) {
      if (error instanceof BlockError) {
        lost.add(did);
        stores.quarantine(did, String(error));
      } else log.warn("repo.still_behind", { did, error });
      return false;
    } finally {
      replaying = outer;
    }
  }

  /** The failure is told to the listener below. */
  function isWritten(did: Did): boolean {
    const generation = deps.generationOf(did);
    try {
      if (generation !== null) stores.flush(did, generation);
      return true;
    } catch {
      return false;
    }
  }

  function retry(): void {
    timer = null;
    for (const did of behind) {
      if (lost.has(did) || !hasReplayed(did) || !isWritten(did)) continue;
      behind.delete(did);
      log.info("repo.caught_up", { did });
    }
    if (behind.size > lost.size) retryLater();
  }

  stores.whenSetBack((did, error) => {
    add(did, error);
    // What was seen is seen again before anybody misses it, though it can't be
    // written yet.
    if (replaying !== did) hasReplayed(did);
  });

  return {
    has: (did) => behind.has(did),
    dids: () => behind,
    add,
    stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
