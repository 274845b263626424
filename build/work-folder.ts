import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const PREFIX = ".compile-";
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Gives `work` an empty folder that is gone afterwards, also when a signal ends
 * the process meanwhile. One that a killed process left goes at the next call.
 * @param parent where the folder is made; it is there
 * @param work ends at once, with all that it has started, when `cutOff` is aborted
 */
export async function withWorkFolder(
  parent: string,
  work: (folder: string, cutOff: AbortSignal) => Promise<void>,
): Promise<void> {
  removeAbandoned(parent);
  const folder = mkdtempSync(join(parent, `${PREFIX}${process.pid}-`));
  const controller = new AbortController();
  let received: NodeJS.Signals | null = null;
  const cutOff = (signal: NodeJS.Signals) => {
    received = signal;
    controller.abort();
  };
  for (const signal of SIGNALS) process.once(signal, cutOff);
  try {
    await work(folder, controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, cutOff);
    rmSync(folder, { recursive: true });
    // Whoever started this process sees how it ended.
    if (received !== null) process.kill(process.pid, received);
  }
}

function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const pid = Number.parseInt(name.slice(PREFIX.length), 10);
    if (isRunning(pid)) continue;
    rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  if (Number.isNaN(pid)) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
