import { expect, test } from "bun:test";
import { join } from "node:path";
import { LATE_FOLDERS } from "../../scripts/phases.ts";

const ROOT = join(import.meta.dir, "../..");
const NEEDS_TOOLS = /from "(?:\.\.\/)+scripts\/tools\.ts"/;

test("tests that need tools run when the tools are there", async () => {
  const early: string[] = [];
  let late = 0;
  for (const path of new Bun.Glob("test/**/*.ts").scanSync({ cwd: ROOT })) {
    if (!NEEDS_TOOLS.test(await Bun.file(join(ROOT, path)).text())) continue;
    if (LATE_FOLDERS.some((folder) => path.startsWith(`${folder}/`))) late++;
    else early.push(path);
  }
  expect(early).toEqual([]);
  expect(late).toBeGreaterThan(5);
});
