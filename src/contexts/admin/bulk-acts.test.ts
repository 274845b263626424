import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/log.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { openAccountDb, type AccountDb } from "#storage/account/account-db.ts";
import { createQueue, type Queue } from "#contexts/queue/queue.ts";
import { createQueueRunner, type QueueRunner } from "#contexts/queue/runner.ts";
import type { Caller } from "#contexts/security/caller.ts";
import {
  BULK_ACTS,
  BULK_JOB,
  type BulkActs,
  createBulkActs,
} from "./bulk-acts.ts";
import { keepRefusal } from "./kept-refusal.ts";
import { createUsageJob, USAGE_JOB } from "./usage-job.ts";

const ANNOUNCE = "announce for tests";
const ADMIN: Caller = { kind: "admin" };

let folder: string;
let db: AccountDb;
let clock: FakeClock;
let queue: Queue;
let runner: QueueRunner;
let bulk: BulkActs;
let judged: string[];
let recorded: string[];
/** Called before an account is judged. */
let onJudge: (did: string) => void | Promise<void>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-bulk-"));
  clock = createFakeClock();
  judged = [];
  recorded = [];
  onJudge = () => {};
  open();
  for (const name of ["a", "b", "c", "d"]) add(name);
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(): void {
  db = openAccountDb(join(folder, "account.sqlite"));
  queue = createQueue({ db, clock });
  const unused = () => {
    throw new Error("not to be called");
  };
  bulk = createBulkActs({
    ...{ db, queue, log: silentLogger },
    subjects: {
      async updateSubjectStatus({ subject }) {
        const { did } = subject as { did: string };
        await onJudge(did);
        judged.push(did);
        db.accounts.update(did as Did, { takedownAtMs: 1, takedownRef: "x" });
        return { subject };
      },
    },
    ...{ setInvites: unused, deleteAccount: unused },
    announceListed: () => queue.enqueue({ name: ANNOUNCE, payload: null }),
    record: (_caller, { action }) => void recorded.push(action),
  });
  const usage = createUsageJob({
    ...{ db, queue, clock, stores: { sizeBytes: () => 100 } },
    eventLog: { collectionCounts: () => new Map([["x.y.z", 3]]) },
  });
  runner = createQueueRunner({
    ...{ db, queue, clock, log: silentLogger },
    handlers: new Map([
      [BULK_JOB, bulk.runJob],
      [USAGE_JOB, usage.run],
    ]),
  });
}

const didOf = (name: string) => `did:web:${name}.test` as Did;

function add(name: string): void {
  db.accounts.insert({
    ...{ did: didOf(name), handle: `${name}.test` as Handle, email: null },
    ...{ emailConfirmedAtMs: null, emailFactorAtMs: null, passwordHash: null },
    ...{ generation: 1, creationState: null, createdAtMs: 1 },
    ...{ deactivatedAtMs: null, deleteAfterMs: null, suspendedAtMs: null },
    ...{ takedownAtMs: null, takedownRef: null, deletingAtMs: null },
    ...{ invitesDisabledAtMs: null, inviteNote: null },
  });
}

const start = (expectedCount = 4) =>
  bulk.start(
    { act: "takeDown", filter: { status: "active" }, expectedCount },
    ADMIN,
  );

test("every account that was found is acted on once, though the filter finds fewer by then", async () => {
  expect(bulk.preview("takeDown", { status: "active" })).toMatchObject({
    ...{ count: 4, others: 0 },
  });
  const id = start();
  await runner.runDue();
  expect(judged).toEqual(["a", "b", "c", "d"].map(didOf));
  expect(queue.find(id)).toMatchObject({
    ...{ state: "done", progress: { done: 4, total: 4 } },
  });
  expect(recorded).toEqual(["bulk takeDown"]);
});

test("nothing begins when the list is another by now, or is everybody", () => {
  expect(() => start(3)).toThrow("has 4 accounts by now");
  expect(() =>
    bulk.start({ act: "delete", filter: {}, expectedCount: 4 }, ADMIN),
  ).toThrow("everybody");
  expect(queue.list({ before: null, limit: 9 })).toEqual([]);
});

test("a job goes on after a crash where it was, and ends when it is cancelled", async () => {
  const reached = Promise.withResolvers<void>();
  onJudge = (did) => {
    if (did !== didOf("c")) return;
    reached.resolve();
    return new Promise(() => {}); // the process ends here
  };
  const id = start();
  void runner.runDue();
  await reached.promise;
  db.close();
  onJudge = () => {};
  open();
  db.jobs.requeueRunning();
  await runner.runDue();
  expect(judged).toEqual(["a", "b", "c", "d"].map(didOf));
  expect(queue.find(id)).toMatchObject({ state: "done" });
  add("e");
  add("f");
  judged = [];
  const second = start(2);
  onJudge = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    queue.cancel(second);
  };
  await runner.runDue();
  expect(judged).toEqual([didOf("e")]);
  expect(queue.find(second)).toMatchObject({ state: "cancelled" });
});

test("one account that fails stops no other, and is told", async () => {
  onJudge = (did) => {
    if (did === didOf("b")) throw new Error("no");
  };
  const id = start();
  await runner.runDue();
  expect(judged).toHaveLength(3);
  expect(queue.find(id)!.progress!.failed).toBe(1);
  expect(bulk.listFailed(id)).toEqual([
    {
      ...{ did: didOf("b"), handle: "b.test" as Handle },
      fault: keepRefusal(new Error("no")),
    },
  ]);
});

test("it is done to those that were shown, whoever the filter finds later", async () => {
  const id = start();
  add("newcomer");
  await runner.runDue();
  expect(judged).toEqual(["a", "b", "c", "d"].map(didOf));
  expect(db.jobTargets.counts(id)).toEqual({ all: 4, open: 0, failed: 0 });
});

test("those that it changes nothing about are left alone, and counted", async () => {
  db.accounts.update(didOf("a"), { takedownAtMs: 1, takedownRef: "x" });
  db.accounts.update(didOf("b"), { deletingAtMs: 1 });
  db.accounts.update(didOf("c"), { invitesDisabledAtMs: 1 });
  const found = { search: ".test" };
  const counts = BULK_ACTS.map((act) => {
    const { count, others, handles } = bulk.preview(act, found);
    expect([count + others, handles.length]).toEqual([4, count]);
    return [act, count];
  });
  expect(Object.fromEntries(counts)).toEqual({
    ...{ takeDown: 2, restore: 1, deactivate: 2 },
    ...{ disableInvites: 2, enableInvites: 1, announce: 3, delete: 3 },
  });
  bulk.start({ act: "takeDown", filter: found, expectedCount: 2 }, ADMIN);
  await runner.runDue();
  expect(judged).toEqual(["c", "d"].map(didOf));
});

test("announcing many is one job with a list", () => {
  const order = { act: "announce", filter: { search: ".test" } } as const;
  const id = bulk.start({ ...order, expectedCount: 4 }, ADMIN);
  const jobs = queue.list({ before: null, limit: 9 });
  expect(jobs.map(({ name }) => name)).toEqual([ANNOUNCE]);
  expect(db.jobTargets.list(id, null, 9)).toEqual(
    ["a", "b", "c", "d"].map(didOf),
  );
  expect(db.jobTargets.list(id, didOf("b"), 1)).toEqual([didOf("c")]);
});

test("all accounts are measured, a page at a time", async () => {
  const id = queue.enqueue({ name: USAGE_JOB, payload: null });
  await runner.runDue();
  expect(queue.find(id)).toMatchObject({
    state: "done",
    progress: { done: 4 },
  });
  expect(db.usage.totals()).toMatchObject({ repoBytes: 400, records: 12 });
});
