import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/log.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { openAccountDb, type AccountDb } from "#storage/account/account-db.ts";
import { createQueue } from "#contexts/queue/queue.ts";
import { createQueueRunner } from "#contexts/queue/runner.ts";
import { createHandleCheck, HANDLE_JOB } from "./handle-check.ts";

let folder: string;
let db: AccountDb;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-handles-"));
  db = openAccountDb(join(folder, "account.sqlite"));
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const didOf = (i: number) =>
  `did:web:a${String(i).padStart(3, "0")}.test` as Did;

test("every active account is looked at, and the broken ones are named", async () => {
  for (let i = 0; i < 205; i++) {
    db.accounts.insert({
      ...{ did: didOf(i), handle: `a${i}.test` as Handle, email: null },
      ...{ emailConfirmedAtMs: null, emailFactorAtMs: null },
      ...{ passwordHash: null, generation: 1, creationState: null },
      ...{ createdAtMs: 1, deactivatedAtMs: i === 3 ? 1 : null },
      ...{ deleteAfterMs: null, suspendedAtMs: null, takedownAtMs: null },
      ...{ takedownRef: null, deletingAtMs: null },
      ...{ invitesDisabledAtMs: null, inviteNote: null },
    });
  }
  const clock = createFakeClock();
  const queue = createQueue({ db, clock });
  const asked: Did[] = [];
  const check = createHandleCheck({
    ...{ db, queue, clock },
    async checkHandle(did) {
      asked.push(did);
      return did === didOf(7)
        ? { isWell: false, words: "leads to nobody" }
        : { isWell: true, words: "" };
    },
  });
  const runner = createQueueRunner({
    ...{ db, queue, clock, log: silentLogger },
    handlers: new Map([[HANDLE_JOB, check.run]]),
  });
  expect(check.last()).toMatchObject({ atMs: null, count: 0 });
  expect(check.request()).toBe(check.request());
  await runner.runDue();
  expect(new Set(asked).size).toBe(204);
  expect(asked).not.toContain(didOf(3));
  expect(check.last()).toEqual({
    ...{ atMs: clock.nowMs(), checked: 204, count: 1 },
    broken: [{ did: didOf(7), handle: "a7.test", words: "leads to nobody" }],
  });
});
