import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { countTests, type TestCounts } from "./test-output.ts";
import { LATE_FOLDERS } from "./phases.ts";
import { installTools, TOOLS_FOLDER } from "./tools.ts";

/**
 * Runs the tests and ends with the line `N passed, N failed`.
 *
 *   bun run test                  all, in the sizes of the column `push`
 *   bun run test src/repo         those whose path holds a word
 *   bun run test:long             all, in the sizes of the column `long`
 */
const ROOT = join(import.meta.dir, "..");
const TIMEOUT_MS = { push: 60_000, long: 60 * 60_000 };
const MAX_WORKERS = 4;

const words = process.argv.slice(2).filter((word) => word !== "--long");
const isLong = process.argv.includes("--long");
const isCi = Boolean(process.env.CI);

async function main(): Promise<number> {
  const startedMs = performance.now();
  // Only the late folders need tools, so these are fetched meanwhile.
  const tools =
    words.length === 0 ? installTools({ isLong, say: console.error }) : null;
  // Whatever a test leaves behind goes with this folder.
  const scratch = mkdtempSync(join(tmpdir(), "tempest-test-"));
  try {
    const total: TestCounts = { passed: 0, failed: 0, skipped: 0, names: [] };
    const [together, ...alone] = phases();
    add(total, await runPhase(together!, scratch));
    for (const line of (await tools) ?? []) {
      console.error(`Not installed: ${line}. Tests that need it are skipped.`);
    }
    for (const args of alone) add(total, await runPhase(args, scratch));
    return report(total, performance.now() - startedMs);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function add(total: TestCounts, counts: TestCounts): void {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  total.names.push(...counts.names);
}

/** The calls of `bun test`, one after the other; tools are there from the second on. */
function phases(): string[][] {
  if (words.length > 0) return [["--isolate", ...words]];
  const workers = Math.min(availableParallelism(), MAX_WORKERS);
  const alone = LATE_FOLDERS.filter(hasTests);
  const together = [
    `--parallel=${workers}`,
    ...alone.map((folder) => `--path-ignore-patterns=${folder}/**`),
  ];
  return [together, ...alone.map((folder) => ["--isolate", `./${folder}`])];
}

function hasTests(folder: string): boolean {
  const found = new Bun.Glob(`${folder}/**/*.test.ts`).scanSync({ cwd: ROOT });
  return !found.next().done;
}

async function runPhase(args: string[], scratch: string): Promise<TestCounts> {
  const timeoutMs = isLong ? TIMEOUT_MS.long : TIMEOUT_MS.push;
  const command = [process.execPath, "test", `--timeout=${timeoutMs}`];
  const child = Bun.spawn([...command, "--only-failures", ...args], {
    cwd: ROOT,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "pipe",
    env: {
      ...process.env,
      NO_COLOR: "1",
      TMPDIR: scratch,
      PATH: `${join(TOOLS_FOLDER, "bin")}:${process.env.PATH}`,
      ...(isLong && { TEST_SIZE: "long" }),
    },
  });
  let output = "";
  const decoder = new TextDecoder();
  for await (const piece of child.stderr) {
    const text = decoder.decode(piece, { stream: true });
    output += text;
    process.stderr.write(text);
  }
  return countTests(output, await child.exited, args);
}

function report(total: TestCounts, durationMs: number): number {
  if (total.names.length > 0) {
    console.log("\nFailed:");
    for (const name of total.names) console.log(`  ${name}`);
  }
  if (isCi && total.skipped > 0) {
    console.log("\nIn CI a skipped test is a failure.");
  }
  console.log(`\nTests took ${Math.round(durationMs / 1000)} s.`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  return total.failed > 0 || (isCi && total.skipped > 0) ? 1 : 0;
}

process.exit(await main());
