import { expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import type { Job, JobProgress } from "#contexts/queue/queue.ts";
import { type BulkDeletion, createBulkDeletions } from "./bulk-delete.ts";

const DID = "did:plc:alicealicealicealicealic" as Did;
const collection = "com.example.note";
const HOUR_MS = 3_600_000;
const WINDOWS_MS = [HOUR_MS, 24 * HOUR_MS];

/** A repository of keys and a queue of one job. */
function stage(count: number) {
  const keys = Array.from({ length: count }, (_, n) => `k${1000 + n}`);
  const commits: number[] = [];
  let job: Job | null = null;
  let laterAtMs: number | null = null;
  let left = Number.POSITIVE_INFINITY;
  const charged: [count: number, endsAtMs: number][] = [];
  const clock = createFakeClock();
  const open = () =>
    createBulkDeletions({
      queue: {
        findLatest: () => job,
        enqueue: ({ payload }: { payload: unknown }) => {
          job = {
            ...{ id: 1, payload, progress: null, state: "queued" },
            ...{ dueAtMs: 0, lastError: null },
          } as Job;
          return 1;
        },
      } as never,
      stores: {
        find: () => ({
          listRecords: ({
            limit,
            reverse,
          }: {
            limit: number;
            reverse: boolean;
          }) =>
            (reverse ? keys : keys.toReversed())
              .slice(0, limit)
              .map((rkey) => ({ rkey })),
        }),
      } as never,
      eventLog: {
        collectionCounts: () => new Map([[collection, keys.length]]),
      },
      writer: {
        commit: async ({ writes }: { writes: { rkey: string }[] }) => {
          commits.push(writes.length);
          for (const { rkey } of writes) keys.splice(keys.indexOf(rkey), 1);
          return {} as never;
        },
      } as never,
      pace: {
        reserve: () =>
          laterAtMs === null || commits.length < 1
            ? { kind: "go", waitMs: 0 }
            : { kind: "later", atMs: laterAtMs },
      },
      budget: {
        take(_did, count) {
          if (count > left) return { kind: "later", atMs: 9000 };
          left -= count;
          return { kind: "go" };
        },
        windowsMs: WINDOWS_MS,
        charge: (_did, count, { endsAtMs }) =>
          void charged.push([count, endsAtMs]),
        forecastMs: (_did, count) => clock.nowMs() + count,
      },
      clock,
      sleep: async () => {},
    });
  let deletions = open();
  /** As a new process on the same data. */
  const restart = () => void (deletions = open());
  const start = (rkeys: BulkDeletion["rkeys"]) =>
    deletions.start(DID, { collection, rkeys });
  const run = () =>
    deletions.runJob(job!, {
      setProgress: (progress: JobProgress) => void (job!.progress = progress),
      signal: new AbortController().signal,
    });
  const pauseAt = (atMs: number | null) => void (laterAtMs = atMs);
  const allow = (count: number) => void (left = count);
  return {
    ...{ keys, commits, deletions, start, run, pauseAt, allow },
    ...{ charged, clock, restart, job: () => job! },
  };
}

test("a whole collection goes in small commits, and what is written later stays", async () => {
  const { keys, commits, deletions, start, run } = stage(120);
  start(null);
  keys.push("k9999");
  await run();
  expect(commits).toEqual([50, 50, 20]);
  expect(keys).toEqual(["k9999"]);
  expect(deletions.find(DID)!.progress).toMatchObject({
    done: 120,
    total: 120,
  });
});

test("a deletion that has to wait goes on where it was", async () => {
  const { keys, start, run, pauseAt } = stage(120);
  start(keys.slice(0, 70));
  pauseAt(5000);
  expect(await run()).toEqual({ againAtMs: 5000 });
  expect(keys.length).toBe(70);
  pauseAt(null);
  await run();
  expect(keys.length).toBe(50);
  expect(keys[0]).toBe("k1070");
});

test("a deletion waits for what its account may write, and says how long", async () => {
  const { keys, deletions, start, run, allow, clock, job } = stage(300);
  start(null);
  allow(100);
  expect(await run()).toEqual({ againAtMs: 9000 });
  expect(keys.length).toBe(200);
  job().dueAtMs = clock.nowMs() + 60_000;
  const waiting = deletions.find(DID)!;
  expect(waiting.againAtMs).toBe(clock.nowMs() + 60_000);
  expect(waiting.doneAtMs).toBeGreaterThan(clock.nowMs() + 60_000);
  allow(1000);
  expect(await run()).toBeUndefined();
  expect(keys).toEqual([]);
  job().state = "done";
  expect(deletions.find(DID)!.doneAtMs).toBeNull();
});

test("what was deleted before the process began counts in each window, once", async () => {
  const { start, run, allow, charged, clock, job } = stage(500);
  start(null);
  const [hour, day] = WINDOWS_MS.map((windowMs) => {
    return { windowMs, sinceMs: clock.nowMs(), count: 150 };
  });
  clock.advance(1000);
  job().progress = { done: 150, total: 500, cursor: [hour, day] };
  allow(50);
  await run();
  await run();
  expect(charged).toEqual([
    [150, hour!.sinceMs + HOUR_MS],
    [150, hour!.sinceMs + 24 * HOUR_MS],
  ]);
  expect(job().progress!.cursor).toEqual([
    { ...hour, count: 200 },
    { ...day, count: 200 },
  ]);
  clock.advance(HOUR_MS);
  allow(50);
  await run();
  expect(job().progress!.cursor).toEqual([
    { ...hour, sinceMs: clock.nowMs(), count: 50 },
    { ...day, count: 250 },
  ]);
});

test("the next deletion knows what the one before it has spent", async () => {
  const { keys, start, run, charged, clock, job, restart } = stage(500);
  const startedMs = clock.nowMs();
  start(keys.slice(0, 100));
  await run();
  job().state = "done";
  restart();
  clock.advance(2 * HOUR_MS);
  start(keys.slice(0, 10));
  await run();
  expect(charged).toEqual([[100, startedMs + 24 * HOUR_MS]]);
  expect(job().progress!.cursor).toMatchObject([{ count: 10 }, { count: 110 }]);
});

test("there is one at a time, and none of nothing", () => {
  const { start } = stage(3);
  expect(() => start([])).toThrow("nothing to delete");
  start(["k1000"]);
  expect(() => start(["k1001"])).toThrow("under way");
  expect(() => stage(0).start(null)).toThrow("nothing to delete");
});
