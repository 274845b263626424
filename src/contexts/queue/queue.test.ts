import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { createLogger } from "#lib/log.ts";
import { openAccountDb, type AccountDb } from "#storage/account/account-db.ts";
import { createQueue, type Job, type Queue } from "./queue.ts";
import {
  createQueueRunner,
  retryDelayMs,
  type JobHandler,
  type QueueRunner,
} from "./runner.ts";

let folder: string;
let db: AccountDb;
let clock: FakeClock;
let queue: Queue;
let handlers: Map<string, JobHandler>;
let runner: QueueRunner;
let logged: Record<string, unknown>[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-queue-"));
  clock = createFakeClock();
  handlers = new Map();
  logged = [];
  open();
});

afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(): void {
  db = openAccountDb(join(folder, "account.sqlite"));
  queue = createQueue({ db, clock });
  const log = createLogger({
    level: "info",
    write: (line) => logged.push(JSON.parse(line)),
  });
  runner = createQueueRunner({ db, queue, handlers, clock, log });
}

/** As after the end of the process: what was running goes on. */
function reopen(): void {
  db.close();
  open();
  db.jobs.requeueRunning();
}

const stateOf = (id: number) => queue.find(id)!.state;

describe("a job", () => {
  test("is done once, with what it was given", async () => {
    const seen: unknown[] = [];
    handlers.set("note", async (job) => void seen.push(job.payload));
    const id = queue.enqueue({ name: "note", payload: { a: 1 } });
    expect(stateOf(id)).toBe("queued");
    await runner.runDue();
    await runner.runDue();
    expect(seen).toEqual([{ a: 1 }]);
    expect(queue.find(id)).toMatchObject({
      state: "done",
      attempts: 1,
      finishedAtMs: clock.nowMs(),
    });
  });

  test("waits until it is due", async () => {
    let runs = 0;
    handlers.set("later", async () => void runs++);
    const dueAtMs = clock.nowMs() + 1000;
    queue.enqueue({ name: "later", payload: null, dueAtMs });
    await runner.runDue();
    expect(runs).toBe(0);
    clock.advance(1000);
    await runner.runDue();
    expect(runs).toBe(1);
  });

  test("with a key in use is the one that is there", async () => {
    handlers.set("once", async () => {});
    const options = { name: "once", payload: 1, uniqueKey: "k" };
    const id = queue.enqueue(options);
    expect(queue.enqueue(options)).toBe(id);
    expect(queue.enqueue({ ...options, uniqueKey: "other" })).not.toBe(id);
    await runner.runDue();
    expect(queue.enqueue(options)).not.toBe(id);
  });

  test("that fails is tried again, ever later, and then given up", async () => {
    handlers.set("bad", async () => {
      throw new Error("not today");
    });
    const id = queue.enqueue({ name: "bad", payload: null, maxAttempts: 3 });
    for (const attempts of [1, 2]) {
      await runner.runDue();
      expect(queue.find(id)).toMatchObject({
        state: "queued",
        attempts,
        lastError: "not today",
        dueAtMs: clock.nowMs() + retryDelayMs(attempts),
      });
      await runner.runDue();
      expect(queue.find(id)!.attempts).toBe(attempts);
      clock.advance(retryDelayMs(attempts));
    }
    await runner.runDue();
    expect(queue.find(id)).toMatchObject({ state: "failed", attempts: 3 });
  });

  test("that fails for a reason elsewhere says when it is tried again, and no stack", async () => {
    handlers.set("ask", async () => ({ reason: "nobody answers" }));
    const id = queue.enqueue({ name: "ask", payload: null, maxAttempts: 2 });
    await runner.runDue();
    expect(queue.find(id)).toMatchObject({
      state: "queued",
      lastError: "nobody answers",
      dueAtMs: clock.nowMs() + retryDelayMs(1),
    });
    const line = { job: "ask", id, reason: "nobody answers" };
    const againAt = new Date(clock.nowMs() + retryDelayMs(1)).toISOString();
    clock.advance(retryDelayMs(1));
    await runner.runDue();
    expect(stateOf(id)).toBe("failed");
    expect(logged).toMatchObject([
      { event: "job failed", attempts: 1, ...line, againAt },
      { event: "job given up", attempts: 2, ...line },
    ]);
    expect(logged.some((fields) => "error" in fields)).toBe(false);
  });

  test("that nobody can do is not lost", async () => {
    const id = queue.enqueue({ name: "unknown", payload: null });
    await runner.runDue();
    expect(queue.find(id)).toMatchObject({
      state: "queued",
      lastError: "no handler for unknown",
    });
  });

  test("goes on after a crash from where it was", async () => {
    const cursors: unknown[] = [];
    const crashed = Promise.withResolvers<void>();
    handlers.set("long", async (job, run) => {
      cursors.push(job.progress?.cursor ?? null);
      if (job.attempts > 1) return;
      run.setProgress({ done: 3, total: 10, cursor: "row 3" });
      crashed.resolve();
      await new Promise(() => {}); // the process ends here
    });
    const id = queue.enqueue({ name: "long", payload: null });
    void runner.runDue();
    await crashed.promise;
    expect(stateOf(id)).toBe("running");
    reopen();
    expect(queue.find(id)!.progress).toMatchObject({ done: 3, total: 10 });
    await runner.runDue();
    expect(stateOf(id)).toBe("done");
    expect(cursors).toEqual([null, "row 3"]);
  });

  test("that pauses goes on later, and no try is counted", async () => {
    const cursors: unknown[] = [];
    const againAtMs = clock.nowMs() + 60_000;
    handlers.set("paced", async (job, run) => {
      cursors.push(job.progress?.cursor ?? null);
      run.setProgress({ done: 1, total: 2, cursor: "half" });
      return cursors.length === 1 ? { againAtMs } : undefined;
    });
    const id = queue.enqueue({ name: "paced", payload: null });
    await runner.runDue();
    expect(queue.find(id)).toMatchObject({
      state: "queued",
      attempts: 0,
      dueAtMs: againAtMs,
      lastError: null,
    });
    clock.advance(60_000);
    await runner.runDue();
    expect(queue.find(id)).toMatchObject({ state: "done", attempts: 1 });
    expect(cursors).toEqual([null, "half"]);
  });

  test("is cancelled before it begins, or asked to stop while it runs", async () => {
    const started = Promise.withResolvers<void>();
    handlers.set("slow", async (_job, { signal }) => {
      started.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw new Error("stopped");
    });
    const waiting = queue.enqueue({
      name: "slow",
      payload: null,
      dueAtMs: clock.nowMs() + 1,
    });
    const running = queue.enqueue({ name: "slow", payload: null });
    const work = runner.runDue();
    await started.promise;
    expect(queue.cancel(waiting)).toBe(true);
    expect(queue.cancel(running)).toBe(true);
    await work;
    expect([stateOf(waiting), stateOf(running)]).toEqual([
      "cancelled",
      "cancelled",
    ]);
    expect(queue.cancel(running)).toBe(false);
    clock.advance(3_600_000);
    await runner.runDue();
    expect(stateOf(running)).toBe("cancelled");
  });
});

describe("the runner", () => {
  test("works on two jobs at once, and takes new ones while it works", async () => {
    const gates = new Map<unknown, PromiseWithResolvers<void>>();
    let running = 0;
    let most = 0;
    handlers.set("gated", async (job: Job) => {
      most = Math.max(most, ++running);
      await gates.get(job.payload)!.promise;
      running--;
    });
    const ids = ["a", "b", "c"].map((payload) => {
      gates.set(payload, Promise.withResolvers());
      return queue.enqueue({ name: "gated", payload });
    });
    const work = runner.runDue();
    expect(ids.map(stateOf)).toEqual(["running", "running", "queued"]);
    for (const gate of gates.values()) gate.resolve();
    await work;
    expect(ids.map(stateOf)).toEqual(["done", "done", "done"]);
    expect(most).toBe(2);
  });

  test("that stops gives running jobs back without counting the try", async () => {
    const started = Promise.withResolvers<void>();
    handlers.set("slow", async (_job, { signal }) => {
      started.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
    const id = queue.enqueue({ name: "slow", payload: null });
    void runner.runDue();
    await started.promise;
    await runner.stop();
    expect(queue.find(id)).toMatchObject({ state: "queued", attempts: 0 });
  });

  test("begins by itself once it is started", async () => {
    const done = Promise.withResolvers<void>();
    handlers.set("note", async () => done.resolve());
    runner.start();
    const id = queue.enqueue({ name: "note", payload: null });
    await done.promise;
    await runner.runDue();
    expect(stateOf(id)).toBe("done");
    await runner.stop();
  });

  test("waits ever longer between tries, at most an hour", () => {
    expect([1, 2, 3, 30].map(retryDelayMs)).toEqual([
      5_000, 10_000, 20_000, 3_600_000,
    ]);
  });
});

test("jobs are listed newest first, and forgotten some time after their end", async () => {
  handlers.set("note", async () => {});
  const ids = [1, 2, 3].map((payload) =>
    queue.enqueue({ name: "note", payload }),
  );
  await runner.runDue();
  const page = queue.list({ before: null, limit: 2 });
  expect(page.map((job) => job.id)).toEqual([ids[2]!, ids[1]!]);
  expect(queue.list({ before: page[1]!.id, limit: 2 })[0]!.id).toBe(ids[0]!);
  expect(db.jobs.removeFinished(clock.nowMs(), 10)).toBe(0);
  expect(db.jobs.removeFinished(clock.nowMs() + 1, 10)).toBe(3);
});
