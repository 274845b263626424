/** Chance that can be repeated: the same seed gives the same numbers. */
export interface Random {
  readonly seed: number;
  /** 0 up to, and without, 1. */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number;
  pick<T>(list: readonly T[]): T;
  /** A stream of its own that others' draws do not shift. */
  fork(name: string): Random;
}

/** The seed of this run: `TEST_SEED` to repeat one, else a new one. */
export function runSeed(): number {
  const given = process.env.TEST_SEED;
  return given ? Number(given) : Math.floor(Math.random() * 2 ** 31);
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  // Mulberry32: small, and good enough to choose test cases by.
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const int = (from: number, to: number) =>
    from + Math.floor(next() * (to - from + 1));
  return {
    seed,
    next,
    int,
    pick: (list) => list[int(0, list.length - 1)]!,
    fork: (name) => createRandom(Bun.hash.crc32(`${seed} ${name}`)),
  };
}
