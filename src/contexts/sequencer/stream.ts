/**
 * The live end of the log. Rows are handed over in order as soon as they are
 * durable; the last of them stay in a ring, so that a reader who comes from the
 * log can step over to live without a gap.
 */

/** One durable event as subscribers see it. */
export interface LiveEvent {
  seq: number;
  /** Seq of the event before it; the log may skip numbers. */
  prevSeq: number;
  frame: Uint8Array;
}

export type LiveListener = (event: LiveEvent) => void;

export interface EventStream {
  publish(seq: number, frame: Uint8Array): void;
  /** Highest seq handed over, or the floor of this start. */
  lastSeq(): number;
  /** Raises the floor of this start; only before the first event. */
  raiseFloor(seq: number): void;
  /**
   * Events after `cursor`, when the ring still holds all of them; else null,
   * and the reader must go to the log.
   */
  since(cursor: number): LiveEvent[] | null;
  /** Lets go of events up to a seq: who wants them must go to the log. */
  forget(throughSeq: number): void;
  /** Called synchronously for each event from now on. Returns the way out. */
  listen(listener: LiveListener): () => void;
  listenerCount(): number;
}

export interface EventStreamOptions {
  /** Seq before the first event of this start. */
  startSeq: number;
  maxEvents?: number;
  maxBytes?: number;
}

/** Readers who come from the log step over at its end: a second's events are enough, and each is held in full. */
export function createEventStream({
  startSeq,
  maxEvents = 1024,
  maxBytes = 1024 * 1024,
}: EventStreamOptions): EventStream {
  const listeners = new Set<LiveListener>();
  let ring: LiveEvent[] = [];
  let ringStart = 0; // index of the oldest event still held
  let ringBytes = 0;
  let last = startSeq;
  /** Every event after this seq is in the ring. */
  let completeAfter = startSeq;

  function dropOldest(): void {
    const oldest = ring[ringStart]!;
    ringBytes -= oldest.frame.length;
    completeAfter = oldest.seq;
    ringStart++;
    if (ringStart > maxEvents) {
      ring = ring.slice(ringStart);
      ringStart = 0;
    }
  }

  return {
    publish(seq, frame) {
      const event: LiveEvent = { seq, prevSeq: last, frame };
      last = seq;
      ring.push(event);
      ringBytes += frame.length;
      while (
        ring.length - ringStart > maxEvents ||
        (ringBytes > maxBytes && ring.length - ringStart > 1)
      ) {
        dropOldest();
      }
      for (const listener of listeners) listener(event);
    },
    lastSeq: () => last,
    raiseFloor(seq) {
      // Nothing lies between, so that readers below it need nothing but what follows.
      last = Math.max(last, seq);
    },
    since(cursor) {
      if (cursor < completeAfter) return null;
      let low = ringStart;
      let high = ring.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (ring[middle]!.seq > cursor) high = middle;
        else low = middle + 1;
      }
      return ring.slice(low);
    },
    forget(throughSeq) {
      while (ringStart < ring.length && ring[ringStart]!.seq <= throughSeq) {
        dropOldest();
      }
      completeAfter = Math.max(completeAfter, Math.min(throughSeq, last));
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    listenerCount: () => listeners.size,
  };
}
