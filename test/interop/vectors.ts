import { expect, describe, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The interoperability vectors of AT Protocol are not part of this repository:
 * INTEROP_VECTORS names the folder of a checkout of
 * https://github.com/bluesky-social/atproto-interop-tests.
 */

/**
 * Registers tests over one group of vectors. Without the folder there is one
 * skipped test that says why, and in CI one that fails.
 */
export function describeVectors(
  group: string,
  define: (folder: string) => void,
): void {
  const root = process.env["INTEROP_VECTORS"];
  describe(`vectors: ${group}`, () => {
    if (root !== undefined) {
      define(join(root, group));
    } else if (process.env["CI"]) {
      test("INTEROP_VECTORS must be set in CI", () => {
        expect.unreachable(
          "INTEROP_VECTORS is not set: name the folder of atproto-interop-tests",
        );
      });
    } else {
      test.skip("INTEROP_VECTORS is not set, so the vectors are not checked", () => {});
    }
  });
}

/** The lines of a vector file that are neither empty nor comments. */
export function readLines(folder: string, file: string): string[] {
  const lines = readFile(folder, file)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  expect(lines.length).toBeGreaterThan(0);
  return lines;
}

export function readJson<T>(folder: string, file: string): T[] {
  const cases = JSON.parse(readFile(folder, file)) as T[];
  expect(cases.length).toBeGreaterThan(0);
  return cases;
}

function readFile(folder: string, file: string): string {
  const path = join(folder, file);
  if (!existsSync(path)) throw new Error(`no vector file at ${path}`);
  return readFileSync(path, "utf8");
}
