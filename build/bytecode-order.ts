import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** What is run, with a folder of its own, until it says its first line. */
interface Run {
  name: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

/** The most common way of starting first: a start of it reads one run of pages. */
const RUNS: readonly Run[] = [
  {
    name: "serve",
    args: ["serve", "localhost"],
    env: {
      TEMPEST_PORT: "0",
      TEMPEST_DEV_MODE: "true",
      TEMPEST_ADMIN_PASSWORD: "admin-of-a-moment",
      // Nobody listens there, and without accounts nobody asks.
      TEMPEST_DID_PLC_URL: "http://localhost:1",
    },
  },
  // Makes accounts that post and follow, over HTTP.
  { name: "dev", args: ["dev", "--port", "0", "--json"], env: {} },
];
/** What a server does of itself once it has started. */
const SETTLE_MS = 1500;
const TIMEOUT_MS = 60_000;

/**
 * Runs a program as its users do and records which functions it used: where
 * these lie together, a start reads half as much of the executable, and a
 * third of the memory for it stays free. One record holds for every target.
 * @param folder where the runs keep their files, the records among them
 * @param cutOff ends a run at once
 * @returns the records' paths.
 * @throws Error when a run fails; nothing of it runs on.
 */
export async function recordBytecodeOrder(
  program: string,
  folder: string,
  cutOff: AbortSignal,
): Promise<string[]> {
  const records: string[] = [];
  for (const run of RUNS) {
    records.push(await record(run, { program, folder, cutOff }));
  }
  return records;
}

async function record(
  { name, args, env }: Run,
  {
    program,
    folder,
    cutOff,
  }: { program: string; folder: string; cutOff: AbortSignal },
): Promise<string> {
  const path = join(folder, `${name}.order`);
  const cwd = join(folder, name);
  mkdirSync(cwd);
  await using child = Bun.spawn([program, ...args], {
    cwd,
    env: { ...env, BUN_BYTECODE_ORDER_OUT: path },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    timeout: TIMEOUT_MS,
    signal: cutOff,
    // What hangs may not heed anything less.
    killSignal: "SIGKILL",
  });
  await child.stdout.getReader().read();
  await Promise.race([Bun.sleep(SETTLE_MS), child.exited]);
  // It is written when the program ends.
  child.kill("SIGTERM");
  if ((await child.exited) !== 0) throw new Error(`${name} did not run`);
  return path;
}
