import { expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { decodeFrame } from "#repo/frame.ts";
import type { Did } from "#repo/syntax.ts";
import type { EventRow } from "#storage/event-log.ts";
import { createCommitter, type PendingEvent } from "./committer.ts";
import { accountEvent } from "./outbox.ts";

const FIRST_SEQ = 1_750_000_000_000_000;
const clock = createFakeClock();

function event(name: string): PendingEvent {
  return accountEvent(
    {
      kind: "account",
      did: `did:web:${name}.test` as Did,
      active: true,
      status: null,
    },
    { generation: 0, outboxId: null, clock },
  );
}

interface FakeLog {
  batches: EventRow[][];
  /** Called before each append; may throw or wait. */
  before(): void | Promise<void>;
}

function setup(options: { maxQueuedBytes?: number } = {}) {
  const log: FakeLog = { batches: [], before: () => {} };
  const settled: number[] = [];
  const fatal: unknown[] = [];
  let settleFailure: unknown = null;
  const committer = createCommitter({
    eventLog: {
      async append(rows: readonly EventRow[]) {
        await log.before();
        log.batches.push([...rows]);
      },
    } as never,
    clock,
    firstSeq: FIRST_SEQ,
    settle(_event, seq) {
      settled.push(seq);
      return settleFailure;
    },
    onFatal: (error) => fatal.push(error),
    ...options,
  });
  return {
    committer,
    log,
    settled,
    fatal,
    failSettling(error: unknown) {
      settleFailure = error;
    },
  };
}

test("puts the number into the frame before the row is stored", async () => {
  const { committer, log } = setup();
  const seqs = await committer.submit([event("a"), event("b")]);
  expect(seqs).toEqual([FIRST_SEQ, FIRST_SEQ + 1]);
  const rows = log.batches[0]!;
  expect(rows.map((row) => row.seq)).toEqual(seqs);
  expect(rows.map((row) => decodeFrame(row.frame).payload.seq)).toEqual(seqs);
});

test("shares one append among all that wait", async () => {
  const { committer, log } = setup();
  await Promise.all(
    Array.from({ length: 100 }, (_, i) => committer.submit([event(`a${i}`)])),
  );
  expect(log.batches.map((rows) => rows.length)).toEqual([100]);
});

test("gathers the next batch while the disk works", async () => {
  const { committer, log } = setup();
  const gate = Promise.withResolvers<void>();
  log.before = () => gate.promise;
  const first = committer.submit([event("a")]);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const rest = [1, 2, 3].map((i) => committer.submit([event(`b${i}`)]));
  gate.resolve();
  await Promise.all([first, ...rest]);
  expect(log.batches.map((rows) => rows.length)).toEqual([1, 3]);
});

test("answers only after the row is stored and settled", async () => {
  const { committer, log, settled } = setup();
  const order: string[] = [];
  log.before = () => {
    order.push("append");
  };
  await committer.submit([event("a")]).then(() => order.push("answer"));
  expect(order).toEqual(["append", "answer"]);
  expect(settled).toEqual([FIRST_SEQ]);
});

test("refuses a whole batch that the log did not take, and goes on", async () => {
  const { committer, log, settled } = setup();
  log.before = () => {
    throw new Error("disk full");
  };
  const results = await Promise.allSettled([
    committer.submit([event("a")]),
    committer.submit([event("b")]),
  ]);
  for (const result of results) {
    const { reason } = result as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(XrpcError);
    expect(reason.error).toBe("ServiceUnavailable");
    expect(reason.headers["Retry-After"]).toBe("5");
  }
  expect(settled).toEqual([]);
  log.before = () => {};
  const [seq] = await committer.submit([event("c")]);
  expect(seq).toBeGreaterThan(FIRST_SEQ);
  expect(settled).toEqual([seq!]);
});

test("gives no answer at all after a failed sync", async () => {
  const { committer, log, fatal, settled } = setup();
  const failure = Object.assign(new Error("EIO"), { fatal: true });
  log.before = () => {
    throw failure;
  };
  let isAnswered = false;
  const note = () => {
    isAnswered = true;
  };
  committer.submit([event("a")]).then(note, note);
  await committer.idle();
  await new Promise((resolve) => setImmediate(resolve));
  expect(fatal).toEqual([failure]);
  expect(isAnswered).toBe(false);
  expect(settled).toEqual([]);
});

test("reports a row that is durable but could not be applied", async () => {
  const { committer, log, failSettling } = setup();
  failSettling(new XrpcError("ServiceUnavailable", "behind"));
  await expect(committer.submit([event("a")])).rejects.toThrow("behind");
  expect(log.batches.length).toBe(1);
});

test("turns writes away while too many bytes wait", async () => {
  const { committer, log } = setup({ maxQueuedBytes: 2000 });
  const gate = Promise.withResolvers<void>();
  log.before = () => gate.promise;
  const writes = Array.from({ length: 20 }, () =>
    committer.submit([event("a")]),
  );
  const settled = Promise.allSettled(writes);
  gate.resolve();
  const results = await settled;
  const refused = results.filter((result) => result.status === "rejected");
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(20);
  expect((refused[0] as PromiseRejectedResult).reason.status).toBe(503);
});
