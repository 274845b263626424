import { join } from "node:path";
import { staleDocuments } from "./docs.ts";
import { LINT_CONFIG_PATH, lintConfigText } from "./lint-config.ts";

const ROOT = join(import.meta.dir, "..");

/** One thing that has to hold of the source text. */
export interface Check {
  name: string;
  /** Resolves with what is wrong; empty when all is well. */
  run(): Promise<string>;
}

/** What `bun run check` checks. The tests run the same table. */
export const CHECKS: readonly Check[] = [
  { name: "types (tsc)", run: () => tool("tsc", "--noEmit") },
  {
    name: "lint (oxlint)",
    run: () => tool("oxlint", "--deny-warnings", "--format=unix"),
  },
  {
    name: "format (prettier)",
    run: () => tool("prettier", "--cache", "--check", "--log-level=warn", "."),
  },
  {
    name: "the linter's configuration is that of scripts/storeys.ts",
    run: async () => {
      const text = await Bun.file(join(ROOT, LINT_CONFIG_PATH)).text();
      return text === (await lintConfigText()) ? "" : "run `bun run gen`";
    },
  },
  {
    name: "docs/reference is that of the tables",
    run: async () => (await staleDocuments()).map(stale).join("\n"),
  },
];

const stale = (path: string) => `${path} is stale: run \`bun run gen\``;

async function tool(name: string, ...args: string[]): Promise<string> {
  const child = Bun.spawn(
    [process.execPath, join(ROOT, "node_modules", ".bin", name), ...args],
    { cwd: ROOT, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (exitCode === 0) return "";
  return `${stdout}${stderr}`.trim() || `${name} ended with ${exitCode}`;
}

if (import.meta.main) {
  let isGood = true;
  for (const { name, run } of CHECKS) {
    const problem = await run();
    console.log(`${problem ? "✗" : "✓"} ${name}`);
    if (problem) console.log(problem);
    isGood &&= !problem;
  }
  process.exit(isGood ? 0 : 1);
}
