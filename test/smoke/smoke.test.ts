import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findTool } from "../../scripts/tools.ts";
import { run } from "../support/run.ts";
import { testColumn } from "../support/sizes.ts";

/**
 * The files with which an operator checks a deployment, against a network of
 * our own. hurl takes minutes to build, so only the long tests build it; where
 * it is there, every run uses it.
 */
const hurl = findTool("hurl");
const ROOT = join(import.meta.dir, "../..");
const FILES = readdirSync(import.meta.dir).filter((name) =>
  name.endsWith(".hurl"),
);

/** Those that need no account. */
const FOR_ANYBODY = ["health.hurl", "sync.hurl"];

test("there is a file for each thing to look at", () => {
  expect(FILES.toSorted()).toEqual([
    "blob.hurl",
    "health.hurl",
    "record.hurl",
    "session.hurl",
    "sync.hurl",
  ]);
});

if (testColumn === "long") {
  test("the long tests have hurl", () => expect(hurl).not.toBeNull());
}

// Not a skipped test: without hurl the push column has nothing to run here.
if (hurl !== null) describe("with hurl", () => checkWith(hurl));

function checkWith(program: string): void {
  const folder = mkdtempSync(join(tmpdir(), "tempest-smoke-"));
  let child: Bun.Subprocess<"ignore", "pipe", "ignore">;
  let url = "";

  beforeAll(async () => {
    child = Bun.spawn(
      [
        ...[process.execPath, "src/main.ts", "dev", "--json"],
        ...["--port", "0", "--data", join(folder, "data")],
      ],
      { cwd: ROOT, stdin: "ignore", stdout: "pipe", stderr: "ignore" },
    );
    const { value } = await child.stdout.getReader().read();
    url = JSON.parse(new TextDecoder().decode(value)).url;
  });

  afterAll(async () => {
    child.kill("SIGTERM");
    await child.exited;
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(FILES)("%s", async (file) => {
    const variables = join(import.meta.dir, "dev.env");
    const { exitCode, stderr } = await run([
      ...[program, "--test", "--error-format", "long"],
      ...["--variable", `base_url=${url}`],
      ...(FOR_ANYBODY.includes(file) ? [] : ["--variables-file", variables]),
      join(import.meta.dir, file),
    ]);
    expect(exitCode, stderr).toBe(0);
  });
}
