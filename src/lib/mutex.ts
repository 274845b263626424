import { XrpcError } from "./errors.ts";

export interface KeyedMutex {
  /**
   * Runs `fn` alone among all calls with the same key, in order of arrival.
   * Answers what `fn` answers; a throw frees the key like a return.
   * @throws XrpcError ServiceUnavailable when the turn did not come within
   * `maxWaitMs`, or `maxQueued` calls wait already; `fn` was not run then.
   */
  run<T>(key: string, fn: () => T | Promise<T>): Promise<T>;
  /** Calls that wait for their turn, all keys together. */
  waiting(): number;
}

export interface KeyedMutexOptions {
  maxWaitMs: number;
  /** Bound on waiting calls, all keys together. */
  maxQueued?: number;
}

interface Waiter {
  start(): void;
}

/** One queue for each key in use; a key that nobody holds takes no memory. */
export function createKeyedMutex({
  maxWaitMs,
  maxQueued = Number.POSITIVE_INFINITY,
}: KeyedMutexOptions): KeyedMutex {
  // A Set keeps insertion order and lets a late waiter leave in O(1).
  const queues = new Map<string, Set<Waiter>>();
  let waiting = 0;

  function takeTurn(key: string): Promise<void> | null {
    const queue = queues.get(key);
    if (queue === undefined) {
      queues.set(key, new Set());
      return null;
    }
    if (waiting >= maxQueued) return Promise.reject(busy());
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        start() {
          clearTimeout(timer);
          waiting--;
          resolve();
        },
      };
      const timer = setTimeout(() => {
        queue.delete(waiter);
        waiting--;
        reject(busy());
      }, maxWaitMs);
      queue.add(waiter);
      waiting++;
    });
  }

  function passOn(key: string): void {
    const queue = queues.get(key)!;
    const next: Waiter | undefined = queue.values().next().value;
    if (next === undefined) {
      queues.delete(key);
      return;
    }
    queue.delete(next);
    next.start();
  }

  return {
    async run(key, fn) {
      const turn = takeTurn(key);
      if (turn !== null) await turn;
      try {
        return await fn();
      } finally {
        passOn(key);
      }
    },
    waiting: () => waiting,
  };
}

function busy(): XrpcError {
  return new XrpcError(
    "ServiceUnavailable",
    "Too many requests wait for this account",
    { retryAfterSec: 1 },
  );
}
