import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { createLogger } from "#lib/log.ts";
import { createSafeFetch } from "#lib/safe-fetch.ts";
import { openAccountDb, type AccountDb } from "#storage/account/account-db.ts";
import { createQueue, type Queue } from "#contexts/queue/queue.ts";
import { createQueueRunner, type QueueRunner } from "#contexts/queue/runner.ts";
import { startRelay, type Relay } from "../../../test/doubles/relay.ts";
import { CRAWL_JOB } from "./crawl.ts";
import { createRelays, type Relays } from "./relays.ts";

const HOST = "pds.example.com";
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let folder: string;
let db: AccountDb;
let clock: FakeClock;
let relay: Relay;
let urls: string[];
let queue: Queue;
let runner: QueueRunner;
let relays: Relays;
/** Events of the host: seq and time. */
let events: { seq: number; createdAtMs: number; frame: Uint8Array }[];
let readers: { connectedAtMs: number }[];
let announced: unknown[];
let logged: Record<string, unknown>[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-relays-"));
  clock = createFakeClock();
  relay = startRelay();
  relay.mood.isDeaf = true;
  urls = [relay.url];
  [events, readers, announced, logged] = [[], [], [], []];
  open();
});
afterEach(async () => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
  await relay.stop();
});

function open(): void {
  db = openAccountDb(join(folder, "account.sqlite"));
  queue = createQueue({ db, clock });
  const log = createLogger({
    level: "info",
    write: (line) => logged.push(JSON.parse(line)),
  });
  relays = createRelays({
    ...{ urls, hostname: HOST, db, queue, clock, log },
    sequencer: {
      lastSeq: () => events.at(-1)?.seq ?? 0,
      read: ({ after }) => events.filter(({ seq }) => seq > after) as never,
    },
    listSubscribers: () => readers as never,
    announceAccounts: (target) => announced.push(target),
    fetch: createSafeFetch({
      // Longer than a test may take.
      ...{ allowLoopback: true, timeoutMs: 120_000 },
      ...{ maxBytes: 1e6, maxRedirects: 0 },
    }),
    maxFloorWaitMs: 300,
  });
  runner = createQueueRunner({
    ...{ db, queue, clock, log },
    handlers: new Map([[CRAWL_JOB, relays.runCrawlJob]]),
  });
}

/** A new process on the same data. */
function reopen(): void {
  db.close();
  open();
}

const seqNow = () => clock.nowMicros();
const loggedOf = (event: string) =>
  logged.filter((line) => line.event === event);
const stateOf = () => relays.list()[0]!;

function addEvent(): void {
  const seq = seqNow();
  events.push({ seq, createdAtMs: clock.nowMs(), frame: new Uint8Array(1) });
}

/** Time goes by, and the server looks round as it does. */
async function pass(ms: number): Promise<void> {
  for (let done = 0; done < ms; done += 10 * SECOND) {
    clock.advance(10 * SECOND);
    await relays.watch();
    await runner.runDue();
  }
}

async function start(): Promise<void> {
  relays.start();
  await runner.runDue();
}

describe("asking to crawl", () => {
  test("happens at the start, and is remembered", async () => {
    await start();
    expect(relay.crawls).toEqual([HOST]);
    reopen();
    expect(stateOf()).toMatchObject({
      url: relay.url,
      askedAtMs: clock.nowMs(),
      answer: "agreed",
    });
  });

  test("is tried again, ever later, while the relay fails", async () => {
    relay.mood.refusal = { status: 502, error: "Oops", message: "not now" };
    await start();
    expect(stateOf().answer).toBe("unreachable: 502 Oops not now");
    clock.advance(4 * SECOND);
    await runner.runDue();
    expect(relay.crawls).toHaveLength(1);
    for (const seconds of [1, 10, 20]) {
      clock.advance(seconds * SECOND);
      await runner.runDue();
    }
    expect(relay.crawls).toHaveLength(4);
    relay.mood.refusal = null;
    clock.advance(40 * SECOND);
    await runner.runDue();
    expect(stateOf().answer).toBe("agreed");
    clock.advance(HOUR);
    await runner.runDue();
    expect(relay.crawls).toHaveLength(5);
  });

  test("goes on after a crash", async () => {
    relay.mood.refusal = { status: 503, error: "Oops", message: "" };
    await start();
    relay.mood.refusal = null;
    reopen();
    clock.advance(5 * SECOND);
    await runner.runDue();
    expect(stateOf().answer).toBe("agreed");
  });

  test("takes no for an answer", async () => {
    const refusal = { status: 400, error: "HostBanned", message: "spam" };
    relay.mood.refusal = refusal;
    await start();
    clock.advance(HOUR);
    await runner.runDue();
    expect(relay.crawls).toHaveLength(1);
    expect(stateOf().answer).toBe("refused: 400 HostBanned spam");
    expect(loggedOf("relay.crawl_refused")).toHaveLength(1);
  });

  test("does not wait for its next try when somebody asks now", async () => {
    relay.mood.refusal = { status: 503, error: "Oops", message: "" };
    await start();
    relay.mood.refusal = null;
    relays.requestCrawl();
    await runner.runDue();
    expect(relay.crawls).toHaveLength(2);
    expect(stateOf().answer).toBe("agreed");
    clock.advance(HOUR);
    await runner.runDue();
    expect(relay.crawls).toHaveLength(2);
  });

  test("happens again after silence, once there is something to read", async () => {
    relays.notifyActivity();
    await runner.runDue();
    expect(relay.crawls).toHaveLength(0);
    await start();
    clock.advance(19 * MINUTE);
    relays.notifyActivity();
    await runner.runDue();
    expect(relay.crawls).toHaveLength(1);
    clock.advance(MINUTE);
    for (let i = 0; i < 5; i++) relays.notifyActivity();
    await runner.runDue();
    expect(relay.crawls).toHaveLength(2);
  });

  test("of a relay that left the settings ends", async () => {
    relay.mood.refusal = { status: 503, error: "Oops", message: "" };
    await start();
    urls = [];
    reopen();
    clock.advance(HOUR);
    await runner.runDue();
    expect(relay.crawls).toHaveLength(1);
    expect(db.jobs.nextDueAtMs()).toBeNull();
  });

  test("fails no event when it can't be stored", async () => {
    await start();
    clock.advance(HOUR);
    db.close();
    relays.notifyActivity();
    expect(loggedOf("relay.crawl_not_queued")).toHaveLength(1);
    open();
  });
});

describe("the floor of a start", () => {
  test("is the newest that a relay has", async () => {
    relay.mood.seq = seqNow() + 60e6;
    expect(await relays.findSeqFloor()).toBe(relay.mood.seq);
    expect(loggedOf("relay.seq_ahead")).toHaveLength(1);
  });

  test("is the highest of several", async () => {
    const other = startRelay();
    urls = [other.url, relay.url];
    reopen();
    [other.mood.seq, relay.mood.seq] = [900, 800];
    expect(await relays.findSeqFloor()).toBe(900);
    await other.stop();
  });

  test("is none where no relay knows this host, or there is no relay", async () => {
    expect(await relays.findSeqFloor()).toBeNull();
    expect(stateOf()).toMatchObject({ status: "unknown", seq: null });
    urls = [];
    reopen();
    expect(await relays.findSeqFloor()).toBeNull();
  });

  test("is not waited for longer than it is worth", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    relay.mood.answerAfter = promise;
    // It answers only afterwards.
    expect(await relays.findSeqFloor()).toBeNull();
    resolve();
  });

  test("of a relay that is away is what it said before", async () => {
    const seq = seqNow() + 60e6;
    relay.mood.seq = seq;
    await relays.findSeqFloor();
    await relay.stop();
    reopen();
    expect(await relays.findSeqFloor()).toBe(seq);
    expect(stateOf()).toMatchObject({ status: "unreachable", seq });
  });

  test.each([2 ** 53, -1, 1.5, "5", 2 ** 53 - 1])(
    "is not set by nonsense: %p",
    async (seq) => {
      relay.mood.seq = seq as number;
      expect(await relays.findSeqFloor()).toBeNull();
    },
  );
});

test.each([
  ["active", "info", "it reads our events"],
  ["idle", "warn", "asked to crawl again"],
  ["offline", "warn", `wss://${HOST}/xrpc/`],
  ["throttled", "warn", "raise the limit"],
  ["banned", "warn", "Ask the relay's operator"],
])("an operator is told what %s means", async (status, level, words) => {
  relay.mood.status = status;
  await relays.findSeqFloor();
  const [line] = loggedOf("relay.status");
  expect(line).toMatchObject({ level, relay: relay.url, status });
  expect(line!.advice).toContain(words);
  expect(stateOf().advice).toBe(line!.advice as string);
  await relays.findSeqFloor();
  expect(loggedOf("relay.status")).toHaveLength(1);
});

test("a relay that answers no such question is left in peace", async () => {
  await relay.stop();
  const server = Bun.serve({ port: 0, fetch: () => new Response("no") });
  urls = [`http://127.0.0.1:${server.port}`];
  reopen();
  const other = Bun.serve({
    port: 0,
    fetch: () => new Response("<html>", { status: 404 }),
  });
  await relays.findSeqFloor();
  expect(stateOf().status).toBe("active");
  urls = [`http://127.0.0.1:${other.port}`];
  reopen();
  await start();
  await pass(HOUR);
  expect(stateOf()).toMatchObject({ status: "unsupported", reminders: 0 });
  await server.stop(true);
  await other.stop(true);
});

describe("a server that nobody reads", () => {
  test("asks again after a minute, and announces once somebody listens", async () => {
    await start();
    relay.mood.status = "active";
    await pass(50 * SECOND);
    expect(relay.crawls).toHaveLength(1);
    await pass(20 * SECOND);
    expect(relay.crawls).toHaveLength(2);
    expect(loggedOf("relay.nobody_reads")).toHaveLength(1);
    expect(announced).toEqual([]);
    readers.push({ connectedAtMs: clock.nowMs() });
    await pass(10 * SECOND);
    const sinceMs = (announced[0] as { changedSinceMs: number }).changedSinceMs;
    // Nobody is known to have read ever, so it is all that may matter.
    expect(clock.nowMs() - sinceMs).toBeGreaterThan(71 * HOUR);
    await pass(10 * MINUTE);
    expect(announced).toHaveLength(1);
    expect(relay.crawls).toHaveLength(2);
  });

  test("announces from a while before it was last read, also after a crash", async () => {
    readers.push({ connectedAtMs: clock.nowMs() });
    relay.mood.status = "active";
    await start();
    await pass(10 * SECOND);
    const seenAtMs = relays.subscriberSeenAtMs()!;
    expect(seenAtMs).toBe(clock.nowMs());
    readers = [];
    clock.advance(5 * HOUR);
    reopen();
    await start();
    await pass(70 * SECOND);
    reopen();
    await start();
    readers.push({ connectedAtMs: clock.nowMs() });
    await pass(10 * SECOND);
    expect(announced).toEqual([{ changedSinceMs: seenAtMs - HOUR }]);
  });

  test("that is read within the minute has lost nothing", async () => {
    relay.mood.status = "active";
    await start();
    await pass(30 * SECOND);
    readers.push({ connectedAtMs: clock.nowMs() });
    await pass(10 * SECOND);
    readers = [];
    await pass(10 * MINUTE);
    expect(relay.crawls).toHaveLength(1);
    expect(announced).toEqual([]);
  });

  test("and wants no relay does nothing at all", async () => {
    urls = [];
    reopen();
    await start();
    await pass(10 * MINUTE);
    expect(queue.list({ before: null, limit: 10 })).toEqual([]);
    expect(relays.subscriberSeenAtMs()).toBeNull();
  });
});

describe("a relay that looks lost", () => {
  beforeEach(async () => {
    // Somebody reads, but that need not be the relay.
    readers.push({ connectedAtMs: clock.nowMs() });
    relay.mood.status = "active";
    await start();
    await pass(10 * SECOND);
    relay.crawls.length = 0;
  });

  test.each(["idle", "offline"])(
    "because it says %s for five minutes is asked again, and recent changes are announced",
    async (status) => {
      const followedAtMs = stateOf().followedAtMs!;
      await pass(2 * HOUR);
      expect(relay.crawls).toEqual([]);
      const lastMs = stateOf().followedAtMs!;
      expect(lastMs).toBeGreaterThan(followedAtMs);
      relay.mood.status = status;
      await pass(4 * MINUTE);
      expect(relay.crawls).toEqual([]);
      await pass(7 * MINUTE);
      expect(relay.crawls).toEqual([HOST]);
      expect(loggedOf("relay.lost")[0]!.reason).toContain(status);
      // The reader that is there may be the relay that comes back.
      await pass(12 * MINUTE);
      expect(announced).toHaveLength(1);
      const { changedSinceMs } = announced[0] as { changedSinceMs: number };
      expect(changedSinceMs).toBeLessThanOrEqual(lastMs + 5 * MINUTE - HOUR);
      expect(changedSinceMs).toBeGreaterThanOrEqual(lastMs - HOUR);
    },
  );

  test("because it stands still behind us is asked again", async () => {
    addEvent();
    relay.mood.seq = seqNow();
    await pass(6 * MINUTE);
    addEvent();
    await pass(6 * MINUTE);
    expect(relay.crawls).toEqual([]);
    await pass(6 * MINUTE);
    expect(relay.crawls).toEqual([HOST]);
    expect(loggedOf("relay.lost")[0]!.reason).toContain("behind");
  });

  test("is not one that reads slowly", async () => {
    relay.mood.seq = seqNow() - 1000;
    for (let i = 0; i < 100; i++) addEvent();
    for (let i = 0; i < 30; i++) {
      relay.mood.seq++;
      await pass(MINUTE);
    }
    expect(relay.crawls).toEqual([]);
    expect(announced).toEqual([]);
  });

  test("is reminded ever more seldom, and afresh once it has been back", async () => {
    relay.mood.status = "offline";
    await pass(24 * HOUR);
    const times = relay.crawls.length;
    expect(times).toBeGreaterThanOrEqual(6);
    expect(times).toBeLessThanOrEqual(9);
    relay.mood.status = "active";
    await pass(10 * MINUTE);
    expect(loggedOf("relay.found_again")).toHaveLength(1);
    expect(stateOf().reminders).toBe(0);
    relay.mood.status = "offline";
    await pass(15 * MINUTE);
    expect(relay.crawls).toHaveLength(times + 1);
  });

  test.each(["banned", "throttled"])(
    "is not one that calls us %s: asking would not help",
    async (status) => {
      relay.mood.status = status;
      await pass(HOUR);
      expect(relay.crawls).toEqual([]);
      expect(announced).toEqual([]);
    },
  );
});
