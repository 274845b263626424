import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock } from "#lib/clock.ts";
import { createLogger } from "#lib/log.ts";
import { openAccountDb, type AccountDb } from "#storage/account/account-db.ts";
import { noteFormerName } from "./former-name.ts";

let folder: string;
let accountDb: AccountDb;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-name-"));
  accountDb = openAccountDb(join(folder, "account.sqlite"));
});
afterEach(() => {
  accountDb.close();
  rmSync(folder, { recursive: true });
});

/** What a start under a URL warns of. */
function start(publicUrl: string): string[] {
  const warnings: string[] = [];
  const log = createLogger({
    level: "info",
    write: (line) =>
      warnings.push((JSON.parse(line) as { warning: string }).warning),
  });
  const clock = createFakeClock();
  noteFormerName({ publicUrl }, { accountDb } as never, { clock, log });
  return warnings;
}

test("another name than the last time is told once", () => {
  const [one, two] = ["https://one.example", "https://two.example"];
  expect(start(one)).toEqual([]);
  expect(start(one)).toEqual([]);
  expect(start(two)).toEqual([
    expect.stringContaining(
      `was served as ${one} the last time, and is now as ${two}`,
    ),
  ]);
  expect(start(two)).toEqual([]);
});
