import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { silentLogger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type { Job, JobProgress } from "#contexts/queue/queue.ts";
import { createQueue } from "#contexts/queue/queue.ts";
import { createQueueRunner } from "#contexts/queue/runner.ts";
import { createCheckHost, type CheckHost } from "./check-fixture.ts";
import { CHECKUP_JOB, createCheckups } from "./checkup.ts";
import type { RepoVerification } from "./verify.ts";

let host: CheckHost;
let alice: Did;
let isBehind: boolean;

const many = (from: number, count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`k${1000 + from + n}`, `n ${n}`]),
  );

beforeEach(async () => {
  isBehind = false;
  host = await createCheckHost();
  alice = await host.addAccount("alice");
  await host.write(alice, many(0, 150));
  await host.write(alice, many(150, 150));
  await host.writeBlob(alice, "picture", "bytes");
});
afterEach(() => host.remove());

function createParts() {
  const queue = createQueue({ db: host.accountDb, clock: host.clock });
  const checkups = createCheckups({
    ...{ ...host, queue },
    isBehind: (did) => isBehind || host.sequencer.isBehind(did),
  });
  return { queue, checkups };
}

/** Does the job by hand, so that something can happen at each of its notes. */
async function run(
  onNote: (progress: JobProgress, stop: () => void) => void = () => {},
) {
  const { checkups } = createParts();
  const controller = new AbortController();
  const notes: JobProgress[] = [];
  const job = { payload: { did: alice }, progress: null } as Job;
  const pause = await checkups.runJob(job, {
    signal: controller.signal,
    setProgress(progress) {
      notes.push(progress);
      // Each is as if a second had gone by.
      host.clock.advance(1000);
      onNote(progress, () => controller.abort());
    },
  });
  return { pause, notes, report: notes.at(-1)?.cursor ?? null };
}

test("a repository that is whole is, while its owner writes and deletes", async () => {
  const writes: Promise<void>[] = [];
  let n = 0;
  const { report, notes } = await run(() => {
    n++;
    writes.push(
      host.write(alice, { [`new${n}`]: "x", [`k${1000 + n}`]: null }),
    );
  });
  await Promise.all(writes);
  expect(writes.length).toBeGreaterThan(3);
  expect(report).toMatchObject({
    ...{ did: alice, records: 301, blobs: 1, missingBlobs: 0 },
    problems: [],
  });
  const done = notes.map((note) => note.done);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
  expect(notes.at(-1)).toMatchObject({ done: 302, total: 302 });
});

test("damage is told, and no more of it than fits", async () => {
  const hash = createHash("sha256").update(alice).digest("hex");
  const path = join(host.folder, "repos", hash.slice(0, 2), `${hash}.1.sqlite`);
  await host.restart(() => {
    const db = new Database(path);
    db.run("DELETE FROM record WHERE rkey >= 'k1010' AND rkey < 'k1200'");
    db.close(true);
  });
  const { report } = await run();
  const { problems } = report as RepoVerification;
  expect(problems.length).toBeGreaterThan(10);
  expect(problems.length).toBeLessThanOrEqual(51);
  expect(problems[0]).toEqual({
    ...{ kind: "recordIndex", values: ["app.bsky.feed.post/k1010"] },
  });
  expect(problems.at(-1)!.kind).toBe("more");
});

test("a file that was removed with its last record meanwhile is no fault", async () => {
  let isFirst = true;
  const { report } = await run(() => {
    if (!isFirst) return;
    isFirst = false;
    for (const { cid } of host.accountDb.blobs.list(alice, null, 10)) {
      host.accountDb.blobs.remove(alice, cid);
      void host.blobStore.remove(alice, cid);
    }
  });
  expect(report).toMatchObject({ problems: [] });
});

test("one that is stopped reports nothing", async () => {
  const { report, notes } = await run((_progress, stop) => stop());
  expect(report).toBeNull();
  expect(notes.length).toBe(1);
});

test("a repository that lacks rows of its log is looked at later", async () => {
  isBehind = true;
  const { pause, notes } = await run();
  expect(pause).toEqual({ againAtMs: host.clock.nowMs() + 2000 });
  expect(notes).toEqual([]);
});

test("it is a job, one at a time, and its report is kept", async () => {
  const { queue, checkups } = createParts();
  const runner = createQueueRunner({
    ...{ db: host.accountDb, queue, clock: host.clock, log: silentLogger },
    handlers: new Map([[CHECKUP_JOB, checkups.runJob]]),
  });
  expect(checkups.find(alice)).toBeNull();
  checkups.start(alice);
  checkups.start(alice);
  expect(queue.list({ before: null, limit: 10 }).length).toBe(1);
  expect(checkups.find(alice)).toMatchObject({ state: "queued", report: null });
  await runner.runDue();
  expect(checkups.find(alice)).toMatchObject({
    ...{ state: "done", lastError: null },
    report: { records: 301, problems: [] },
  });
  checkups.start(alice);
  checkups.cancel(alice);
  expect(checkups.find(alice)).toMatchObject({ state: "cancelled" });
});
