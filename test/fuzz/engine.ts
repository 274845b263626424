import { createRandom, type Random } from "../support/random.ts";

/** What is fed to a parser: bytes, or a text. */
export type Input = Uint8Array | string;

/** One thing that takes input from strangers, and what has to hold of it. */
export interface Target {
  name: string;
  /** An input that is valid, or nearly so. The same stream gives the same input. */
  make(random: Random): Input;
  /**
   * True when the input was accepted, false when it was refused as it should
   * be. Throws when anything else happens.
   */
  check(input: Input): boolean | Promise<boolean>;
}

/** An input for which something does not hold. */
export interface Finding {
  target: string;
  seed: number;
  /** Number of the input among those of the seed. */
  index: number;
  problem: string;
  /** The input in its smallest form that still fails, see `show`. */
  input: string;
}

export interface TargetReport {
  accepted: number;
  refused: number;
  slowestMs: number;
  finding: Finding | null;
}

export interface RunOptions {
  seed: number;
  from?: number;
  count: number;
  /** Told of each input before it is tried, so that one that never ends is known. */
  onInput?(input: Input, index: number): void;
}

/** Longest that one input may keep the thread; every request would wait as long. */
export const TIME_BOUND_MS = 50;
/** Other programs take the processor too: slow is what is slow each time. */
const SLOW_TRIES = 5;
const MICROS_PER_MS = 1000;
const MAX_SHRINK_TRIES = 3000;
/** Shrinking an input that is slow would take for ever. */
const MAX_SHRINK_MS = 20_000;

/** Tries inputs until one fails. Each depends on the seed and its number alone. */
export async function runTarget(
  target: Target,
  { seed, from = 0, count, onInput }: RunOptions,
): Promise<TargetReport> {
  const report: TargetReport = {
    accepted: 0,
    refused: 0,
    slowestMs: 0,
    finding: null,
  };
  for (let index = from; index < from + count; index++) {
    const input = makeInput(target, seed, index);
    onInput?.(input, index);
    const startedMs = performance.now();
    let problem: string | null = null;
    try {
      const result = target.check(input);
      const isAccepted = typeof result === "boolean" ? result : await result;
      if (isAccepted) report.accepted++;
      else report.refused++;
    } catch (error) {
      problem = describe(error);
    }
    let ms = performance.now() - startedMs;
    if (problem === null && ms > TIME_BOUND_MS) {
      ms = await fastest(target, input, ms);
      if (ms > TIME_BOUND_MS) problem = `takes ${Math.round(ms)} ms`;
    }
    report.slowestMs = Math.max(report.slowestMs, ms);
    if (problem !== null) {
      const smallest = await shrink(target, input);
      const again = await problemOf(target, smallest);
      report.finding = {
        target: target.name,
        seed,
        index,
        problem: again ?? problem,
        input: show(smallest),
      };
      return report;
    }
  }
  return report;
}

export function makeInput(target: Target, seed: number, index: number): Input {
  return target.make(createRandom(seed).fork(`${target.name} ${index}`));
}

async function fastest(
  target: Target,
  input: Input,
  ms: number,
): Promise<number> {
  for (let i = 0; i < SLOW_TRIES && ms > TIME_BOUND_MS; i++) {
    const startedMs = performance.now();
    const before = process.cpuUsage();
    await target.check(input);
    const { user, system } = process.cpuUsage(before);
    // Time in which others had the processor is not the parser's.
    ms = Math.min(
      ms,
      performance.now() - startedMs,
      (user + system) / MICROS_PER_MS,
    );
  }
  return ms;
}

async function problemOf(target: Target, input: Input): Promise<string | null> {
  const startedMs = performance.now();
  try {
    await target.check(input);
  } catch (error) {
    return describe(error);
  }
  const ms = performance.now() - startedMs;
  if (ms <= TIME_BOUND_MS) return null;
  const best = await fastest(target, input, ms);
  return best > TIME_BOUND_MS ? `takes ${Math.round(best)} ms` : null;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = error.stack?.split("\n").find((line) => line.includes("src/"));
  return `${error.name}: ${error.message}${place ? ` ${place.trim()}` : ""}`;
}

/** Cuts out what is not needed for the failure: halves first, single characters last. */
async function shrink(target: Target, input: Input): Promise<Input> {
  const endMs = performance.now() + MAX_SHRINK_MS;
  let tries = 0;
  let smallest = input;
  const fails = async (candidate: Input): Promise<boolean> =>
    ++tries <= MAX_SHRINK_TRIES &&
    performance.now() < endMs &&
    (await problemOf(target, candidate)) !== null;
  for (let size = Math.ceil(input.length / 2); size >= 1;) {
    let isSmaller = false;
    for (let at = 0; at < smallest.length;) {
      const candidate = without(smallest, at, at + size);
      if (candidate.length < smallest.length && (await fails(candidate))) {
        smallest = candidate;
        isSmaller = true;
      } else at += size;
    }
    if (size === 1 && !isSmaller) break;
    if (size > 1) size = Math.floor(size / 2);
  }
  return smallest;
}

function without<T extends Input>(input: T, from: number, to: number): T {
  if (typeof input === "string") {
    return (input.slice(0, from) + input.slice(to)) as T;
  }
  return Buffer.concat([
    input.subarray(0, from),
    input.subarray(to),
  ]) as Uint8Array as T;
}

/** Nobody reads more; the seed and the number give the whole. */
const MAX_SHOWN_CHARS = 4000;

/** As a test can take it: bytes as hex, a text as JSON. */
export function show(input: Input): string {
  const text =
    typeof input === "string"
      ? JSON.stringify(input)
      : `hex ${Buffer.from(input).toString("hex")}`;
  if (text.length <= MAX_SHOWN_CHARS) return text;
  return `${text.slice(0, MAX_SHOWN_CHARS)}… (${input.length} in all)`;
}
