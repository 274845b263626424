import { edenGC } from "bun:jsc";

/** Gives back what requests left behind, sooner than the runtime would. */
export interface MemoryKeeper {
  /** A request has been answered. */
  worked(): void;
  stop(): void;
}

export interface Collections {
  /** Frees what is new and not needed any more. */
  young(): void;
  /** Frees all that is not needed any more, and gives its pages back. */
  all(): void;
}

/** Calls back every so often, and keeps no process alive; returns the way out. */
export type Every = (ms: number, act: () => void) => () => void;

const TICK_MS = 250;
/** Two to four milliseconds' work: so many requests should have been worth it. */
const REQUESTS_PER_YOUNG = 32;
const QUIET_TICKS = 4;
/** For fewer the runtime comes round by itself, in half a minute. */
const REQUESTS_PER_ALL = 200;

const systemCollections: Collections = {
  young: () => void edenGC(),
  all: () => Bun.gc(true),
};

const systemEvery: Every = (ms, act) => {
  const timer = setInterval(act, ms);
  timer.unref();
  return () => clearInterval(timer);
};

/**
 * The runtime lets its heap double before it looks through all of it, and never
 * moves what stays: what lives on ends up spread over pages of garbage that
 * can't be given back. Looking through what is new, four times a second while
 * there is work, keeps those pages few, and costs no more CPU time, because the
 * runtime's own collections come less often. Once all is quiet after much work
 * everything is looked through, one time.
 */
export function createMemoryKeeper({
  collections = systemCollections,
  every = systemEvery,
}: {
  collections?: Collections;
  every?: Every;
} = {}): MemoryKeeper {
  let sinceTick = 0;
  let sinceYoung = 0;
  let sinceAll = 0;
  let quietTicks = 0;
  let stopTicking: (() => void) | null = null;

  function stop(): void {
    stopTicking?.();
    stopTicking = null;
  }

  function tick(): void {
    quietTicks = sinceTick === 0 ? quietTicks + 1 : 0;
    sinceTick = 0;
    if (sinceYoung >= REQUESTS_PER_YOUNG) {
      sinceYoung = 0;
      collections.young();
    }
    if (quietTicks < QUIET_TICKS) return;
    stop();
    if (sinceAll < REQUESTS_PER_ALL) return;
    sinceAll = 0;
    sinceYoung = 0;
    collections.all();
  }

  return {
    worked() {
      sinceTick++;
      sinceYoung++;
      sinceAll++;
      stopTicking ??= every(TICK_MS, tick);
    },
    stop,
  };
}
