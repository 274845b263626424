/** The time, as a dependency: nothing else in the program asks the system. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Microseconds since the Unix epoch, a safe integer. */
  nowMicros(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  // Date.now() is the wall clock at the time of the call, so it follows steps
  // of the system clock; performance.now() would not.
  nowMicros: () => Date.now() * 1000,
};

export interface FakeClock extends Clock {
  advance(ms: number): void;
  set(ms: number): void;
}

/** A clock that moves only when told to. */
export function createFakeClock(startMs = 1_750_000_000_000): FakeClock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    nowMicros: () => nowMs * 1000,
    advance(ms) {
      nowMs += ms;
    },
    set(ms) {
      nowMs = ms;
    },
  };
}
