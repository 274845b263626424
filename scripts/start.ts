import { readFileSync } from "node:fs";
import { runCli } from "#cli/run.ts";

/** `tempest dev` out of a checkout; flags are passed on. */
const RUNNER_DEPTH = 3; // bun run, the shell of npx, npx
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

// npx passes no signal on, so a network that it started would outlive it.
if (process.env.npm_command === "exec") {
  const started = ancestors(RUNNER_DEPTH).join();
  const timer = setInterval(() => {
    if (ancestors(RUNNER_DEPTH).join() === started) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, LOOK_EVERY_MS);
  timer.unref();
}

process.exit(await runCli(["dev", ...process.argv.slice(2)]));
