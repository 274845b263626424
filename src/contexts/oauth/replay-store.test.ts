import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import { openAccountDb } from "#storage/account/account-db.ts";
import { createReplayStore } from "./stores.ts";

const SECOND = 1000;

test("what an application signed counts once while it could be shown", () => {
  const folder = mkdtempSync(join(tmpdir(), "tempest-replays-"));
  const db = openAccountDb(join(folder, "account.sqlite"));
  let nowMs = systemClock.nowMs();
  const clock = { nowMs: () => nowMs, nowMicros: () => nowMs * 1000 };
  const serviceDid: Did = "did:web:pds.example" as Did;
  const store = createReplayStore({ db, clock, serviceDid });
  // The library's minute, no time at all, and more than a number of the database holds.
  for (const spanMs of [66 * SECOND, -1, 1e19]) {
    const use = () => store.unique("Auth@app", `jti ${spanMs}`, spanMs);
    expect(use()).toBe(true);
    nowMs += 119 * SECOND;
    expect(use()).toBe(false);
    nowMs += 20 * SECOND;
    expect(use()).toBe(true);
  }
  const useProof = () => store.unique("DPoP", "jti", 10 * SECOND);
  expect([useProof(), useProof()]).toEqual([true, false]);
  nowMs += 11 * SECOND;
  expect(useProof()).toBe(true);
  db.close();
  rmSync(folder, { recursive: true });
});
