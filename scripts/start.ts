import { readFileSync } from "node:fs";
import { createProcessTerminal } from "#cli/process-terminal.ts";
import { runCli } from "#cli/run.ts";

/** `tempest dev` out of a checkout; flags are passed on. */
const MAX_DEPTH = 4; // bun run, the shell of npx, npx, and one to spare
const LOOK_EVERY_MS = 500;

/** Parent, its parent, and so on; shorter where that cannot be known. */
function ancestors(depth: number): number[] {
  const pids = [process.ppid];
  while (pids.length < depth) {
    try {
      const stat = readFileSync(`/proc/${pids.at(-1)}/stat`, "utf8");
      // The name in parentheses may hold spaces: count from its end.
      pids.push(Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      break;
    }
  }
  return pids;
}

/** npm gives its process a title that begins with its name. */
function isNpm(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("npm ");
  } catch {
    return false;
  }
}

// npx passes no signal on, so a network that it started would outlive it. What
// stands above npx is none of our business: a shell may end and leave us.
const depth = ancestors(MAX_DEPTH).findIndex(isNpm) + 1;
if (depth > 0) {
  const started = ancestors(depth).join();
  const timer = setInterval(() => {
    if (ancestors(depth).join() === started) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, LOOK_EVERY_MS);
  timer.unref();
}

const terminal = createProcessTerminal();
const exitCode = await runCli(["dev", ...process.argv.slice(2)], terminal);
process.exit(await terminal.finish(exitCode));
