import { beforeEach, describe, expect, test } from "bun:test";
import {
  addEvent,
  announced,
  clock,
  HOST,
  HOUR,
  loggedOf,
  MINUTE,
  pass,
  queue,
  readers,
  relay,
  relays,
  reopen,
  SECOND,
  seqNow,
  start,
  stateOf,
  useRelay,
} from "./relays-fixture.ts";

useRelay();

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
    readers.length = 0;
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
    readers.length = 0;
    await pass(10 * MINUTE);
    expect(relay.crawls).toHaveLength(1);
    expect(announced).toEqual([]);
  });

  test("and wants no relay does nothing at all", async () => {
    reopen([]);
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
