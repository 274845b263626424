import { edenGC, heapSize } from "bun:jsc";

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
  /** What is in use, with what was not found to be free yet. */
  sizeBytes(): number;
}

/** Calls back every so often, and keeps no process alive; returns the way out. */
export type Every = (ms: number, act: () => void) => () => void;

const TICK_MS = 250;
/** Two to four milliseconds' work: so many requests should have been worth it. */
const REQUESTS_PER_YOUNG = 32;
const QUIET_TICKS = 4;
/** For fewer the runtime comes round by itself, in half a minute. */
const REQUESTS_PER_ALL = 200;
/** During work: 30 milliseconds for some 500 of it, and only where it helps. */
const REQUESTS_PER_GROWTH = 500;
const GROWTH = 1.5;

const systemCollections: Collections = {
  young: () => void edenGC(),
  all: () => Bun.gc(true),
  sizeBytes: heapSize,
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
 * runtime's own collections come less often. What has grown old before it was
 * garbage, such as all that belongs to a file that was closed, is found only by
 * looking through everything: once half as much again is there, and one time
 * when all is quiet after much work.
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
  /** The size after the last look through everything; at first what a start needs. */
  let settledBytes = collections.sizeBytes();
  let stopTicking: (() => void) | null = null;

  function stop(): void {
    stopTicking?.();
    stopTicking = null;
  }

  function lookThroughAll(): void {
    sinceAll = 0;
    sinceYoung = 0;
    collections.all();
    settledBytes = collections.sizeBytes();
  }

  const hasGrown = () =>
    sinceAll >= REQUESTS_PER_GROWTH &&
    collections.sizeBytes() > settledBytes * GROWTH;

  function tick(): void {
    quietTicks = sinceTick === 0 ? quietTicks + 1 : 0;
    sinceTick = 0;
    if (sinceYoung >= REQUESTS_PER_YOUNG) {
      sinceYoung = 0;
      collections.young();
      if (hasGrown()) lookThroughAll();
    }
    if (quietTicks < QUIET_TICKS) return;
    stop();
    if (sinceAll >= REQUESTS_PER_ALL) lookThroughAll();
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
