import { describe, expect, test } from "bun:test";
import { startRelay } from "../../../test/doubles/relay.ts";
import {
  clock,
  db,
  HOST,
  HOUR,
  loggedOf,
  MINUTE,
  pass,
  relay,
  relays,
  reopen,
  SECOND,
  seqNow,
  runner,
  start,
  stateOf,
  useRelay,
} from "./relays-fixture.ts";

useRelay();

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
    const [line] = loggedOf("job failed");
    expect(line).toMatchObject({
      reason: `${relay.url} did not answer: 502 Oops not now`,
      againAt: new Date(clock.nowMs() + 5 * SECOND).toISOString(),
    });
    expect(line).not.toHaveProperty("error");
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
    reopen([]);
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
    reopen();
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
    reopen([other.url, relay.url]);
    [other.mood.seq, relay.mood.seq] = [900, 800];
    expect(await relays.findSeqFloor()).toBe(900);
    await other.stop();
  });

  test("is none where no relay knows this host, or there is no relay", async () => {
    expect(await relays.findSeqFloor()).toBeNull();
    expect(stateOf()).toMatchObject({ status: "unknown", seq: null });
    reopen([]);
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
  reopen([`http://127.0.0.1:${server.port}`]);
  const other = Bun.serve({
    port: 0,
    fetch: () => new Response("<html>", { status: 404 }),
  });
  await relays.findSeqFloor();
  expect(stateOf().status).toBe("active");
  reopen([`http://127.0.0.1:${other.port}`]);
  await start();
  await pass(HOUR);
  expect(stateOf()).toMatchObject({ status: "unsupported", reminders: 0 });
  await server.stop(true);
  await other.stop(true);
});
