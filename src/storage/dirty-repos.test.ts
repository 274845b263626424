import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Did } from "#repo/syntax.ts";
import { createDirtyRepos } from "./dirty-repos.ts";

test("what has a WAL, or gets one in a moment, has something to sync", () => {
  const folder = mkdtempSync(join(tmpdir(), "tempest-dirty-"));
  const repo = (name: string) => ({ did: name as Did, generation: 1 });
  writeFileSync(join(folder, "open-wal"), "");
  const dirty = createDirtyRepos({
    pathOf: (did) => join(folder, did),
    isLent: (did) => did === "lent",
  });
  for (const name of ["open", "lent", "closed", "removed", "open"]) {
    dirty.note(repo(name));
  }
  dirty.forget(repo("removed"));
  expect(dirty.take()).toEqual([repo("open"), repo("lent")]);
  expect(dirty.take()).toEqual([]);
  rmSync(folder, { recursive: true });
});
