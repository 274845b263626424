import { XrpcError } from "#lib/errors.ts";

export interface HashQueue {
  /**
   * Runs `fn` when a slot is free.
   * @throws XrpcError ServiceUnavailable when too many wait already.
   */
  run<T>(fn: () => Promise<T>): Promise<T>;
}

/**
 * Lets a few costly computations run at once and some more wait: each one
 * takes megabytes and a core, and anybody can ask for one.
 */
export function createHashQueue({
  slots,
  maxWaiting,
}: {
  slots: number;
  maxWaiting: number;
}): HashQueue {
  const waiting: (() => void)[] = [];
  let free = slots;

  async function takeSlot(): Promise<void> {
    if (free > 0) {
      free--;
      return;
    }
    if (waiting.length >= maxWaiting) {
      throw new XrpcError("ServiceUnavailable", "Too many sign-ins at once", {
        retryAfterSec: 5,
      });
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    await promise;
  }

  return {
    async run(fn) {
      await takeSlot();
      try {
        return await fn();
      } finally {
        const next = waiting.shift();
        if (next === undefined) free++;
        else next();
      }
    },
  };
}
