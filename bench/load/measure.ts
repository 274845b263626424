import { readFileSync } from "node:fs";

/** What one run of one row found. */
export interface Sample {
  /** Operations (records, bytes…) a second. */
  rate: number;
  p50Ms: number;
  p99Ms: number;
  /** Null for a server that is not ours to look into. */
  cpuMs: number | null;
}

export interface Load {
  /** How many operations; a run also ends after `maxMs`. */
  count: number;
  concurrency: number;
  maxMs?: number;
  pid: number | null;
}

const MAX_MS = 60_000;
const TICK_MS = 10; // USER_HZ is 100 on every Linux

/**
 * Runs operations, some at a time; any failure ends the run.
 * @param operation resolves with the units it counts for; one unless said
 */
export async function measure(
  load: Load,
  operation: (index: number, worker: number) => Promise<number | void>,
): Promise<Sample> {
  const { count, concurrency, maxMs = MAX_MS, pid } = load;
  const latencies: number[] = [];
  const cpuBefore = cpuMsOf(pid);
  const startedMs = performance.now();
  let next = 0;
  let total = 0;

  async function work(worker: number): Promise<void> {
    while (next < count && performance.now() - startedMs < maxMs) {
      const index = next++;
      const sentMs = performance.now();
      const done = (await operation(index, worker)) ?? 1;
      total += done;
      latencies.push(performance.now() - sentMs);
    }
  }

  await Promise.all(Array.from({ length: concurrency }, (_, i) => work(i)));
  const seconds = (performance.now() - startedMs) / 1000;
  const cpuAfter = cpuMsOf(pid);
  return {
    rate: total / seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    cpuMs:
      cpuBefore === null || cpuAfter === null
        ? null
        : (cpuAfter - cpuBefore) / total,
  };
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** CPU time that a process used so far, all threads. */
export function cpuMsOf(pid: number | null): number | null {
  const stat = readProc(pid, "stat");
  if (stat === null) return null;
  // The name, in brackets, may hold spaces; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Memory of a process in MB, as the kernel counts what is resident. */
export function rssMbOf(pid: number | null): number | null {
  const kib = /VmRSS:\s+(\d+)/.exec(readProc(pid, "status") ?? "")?.[1];
  return kib === undefined ? null : (Number(kib) * 1024) / 1e6;
}

function readProc(pid: number | null, name: string): string | null {
  if (pid === null) return null;
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return null;
  }
}
