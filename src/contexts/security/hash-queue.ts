import { XrpcError } from "#lib/errors.ts";

export interface HashQueue {
  /**
   * Runs `fn` when a slot is free.
   * @param line who asks. Lines take turns, so that nobody keeps others waiting
   *   by asking for much; where all places are taken, the longest gives one up.
   * @throws XrpcError ServiceUnavailable when too many wait already.
   */
  run<T>(fn: () => Promise<T>, line?: string): Promise<T>;
}

interface Place {
  enter(): void;
  refuse(error: XrpcError): void;
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
  /** Whose turn it is next comes first. */
  const lines = new Map<string, Place[]>();
  let waiting = 0;
  let free = slots;

  /** Makes room where another line is longer than this one would be. */
  function giveUpPlace(line: string): boolean {
    let longest: Place[] = [];
    for (const places of lines.values()) {
      if (places.length > longest.length) longest = places;
    }
    if (longest.length <= (lines.get(line)?.length ?? 0) + 1) return false;
    longest.pop()!.refuse(tooMany());
    waiting--;
    return true;
  }

  async function takeSlot(line: string): Promise<void> {
    if (free > 0) {
      free--;
      return;
    }
    if (waiting >= maxWaiting && !giveUpPlace(line)) throw tooMany();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const places = lines.get(line) ?? [];
    places.push({ enter: resolve, refuse: reject });
    lines.set(line, places);
    waiting++;
    await promise;
  }

  function findNext(): Place | null {
    const [first] = lines;
    if (first === undefined) return null;
    const [line, places] = first;
    const next = places.shift()!;
    waiting--;
    lines.delete(line);
    if (places.length > 0) lines.set(line, places);
    return next;
  }

  return {
    async run(fn, line = "") {
      await takeSlot(line);
      try {
        return await fn();
      } finally {
        const next = findNext();
        if (next === null) free++;
        else next.enter();
      }
    },
  };
}

function tooMany(): XrpcError {
  return new XrpcError("ServiceUnavailable", "Too many sign-ins at once", {
    retryAfterSec: 5,
  });
}
