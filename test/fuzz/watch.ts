import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TargetReport } from "./engine.ts";
import { NOTE_BYTES, readNote } from "./note.ts";

export type GroupReport = Record<string, TargetReport>;

export interface WatchOptions {
  group: string;
  seed: number;
  /** Inputs of each target. */
  count: number;
  /** One target alone. */
  target?: string;
  /** Longest time between two inputs. Shorter waits are for the target itself to notice. */
  hangMs?: number;
}

const CHILD = join(import.meta.dir, "child.ts");
const POLL_MS = 200;
/** On a machine that has much else to do. */
const HANG_MS = 30_000;
/** Until the first input: the program and all that it tries are loaded. */
const START_MS = 120_000;

/** Runs a group in a process of its own, which is ended when it makes no headway. */
export async function watchGroup(options: WatchOptions): Promise<GroupReport> {
  const folder = mkdtempSync(join(tmpdir(), "tempest-fuzz-"));
  const notePath = join(folder, "note");
  writeFileSync(notePath, new Uint8Array(NOTE_BYTES));
  const { group, seed, count, target } = options;
  const child = Bun.spawn(
    [
      ...[process.execPath, CHILD, group, String(seed), String(count)],
      ...[notePath, ...(target === undefined ? [] : [target])],
    ],
    { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const noteNow = () => readNote(new Uint8Array(readFileSync(notePath)));
  let last = { tick: -1, atMs: performance.now() };
  let hung: TargetReport["finding"] = null;
  const watching = setInterval(() => {
    const { tick, ...note } = noteNow();
    const nowMs = performance.now();
    if (tick !== last.tick) last = { tick, atMs: nowMs };
    const longestMs = tick === 0 ? START_MS : (options.hangMs ?? HANG_MS);
    if (nowMs - last.atMs < longestMs) return;
    hung = { ...note, seed, problem: "never ends" };
    child.kill("SIGKILL");
  }, POLL_MS);
  try {
    const [output, errors, exitCode] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    const reports = readReports(output);
    const finding = hung ?? crashOf();
    if (finding !== null) {
      const none = { accepted: 0, refused: 0, slowestMs: 0 };
      reports[finding.target] = { ...none, finding };
    }
    return reports;

    function crashOf(): TargetReport["finding"] {
      if (exitCode === 0) return null;
      const { tick: _, ...note } = noteNow();
      return { ...note, seed, problem: `exit ${exitCode}: ${errors}` };
    }
  } finally {
    clearInterval(watching);
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReports(output: string): GroupReport {
  const lines = output.split("\n").filter((line) => line !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const { target, ...report } = JSON.parse(line);
      return [target, report];
    }),
  );
}
