import { expect, test } from "bun:test";
import { createMemoryKeeper } from "./memory.ts";

/** A keeper whose timer and collections are counted, and move when told to. */
function setUp() {
  const counts = { young: 0, all: 0, timers: 0 };
  const heap = { bytes: 1000, live: 1000 };
  let tick: (() => void) | null = null;
  const keeper = createMemoryKeeper({
    collections: {
      young: () => counts.young++,
      all: () => {
        counts.all++;
        heap.bytes = heap.live;
      },
      sizeBytes: () => heap.bytes,
    },
    every: (_ms, act) => {
      counts.timers++;
      tick = act;
      return () => (tick = null);
    },
  });
  const work = (requests: number) => {
    for (let i = 0; i < requests; i++) keeper.worked();
  };
  return {
    ...{ keeper, counts, heap, work },
    isTicking: () => tick !== null,
    ticks(count: number) {
      for (let i = 0; i < count; i++) tick?.();
    },
  };
}

test("looks through what is new at most once a tick, while there is work", () => {
  const { counts, work, ticks } = setUp();
  for (let i = 0; i < 10; i++) {
    work(500);
    ticks(1);
  }
  expect(counts).toEqual({ young: 10, all: 0, timers: 1 });
});

test("does nothing for few requests, and no timer outlives them", () => {
  const { counts, work, ticks, isTicking } = setUp();
  expect(isTicking()).toBeFalse();
  work(31);
  expect(isTicking()).toBeTrue();
  ticks(20);
  expect(isTicking()).toBeFalse();
  expect(counts).toEqual({ young: 0, all: 0, timers: 1 });
});

test("counts few requests together until it is worth it", () => {
  const { counts, work, ticks } = setUp();
  for (let i = 0; i < 64; i++) {
    work(1);
    ticks(1);
  }
  expect(counts.young).toBe(2);
});

test("looks through everything once, when all is quiet after much work", () => {
  const { counts, work, ticks } = setUp();
  work(300);
  // The first tick still saw work.
  ticks(4);
  expect(counts.all).toBe(0);
  ticks(1);
  expect(counts.all).toBe(1);
  ticks(100);
  expect(counts.all).toBe(1);
  work(10);
  ticks(100);
  expect(counts.all).toBe(1);
  work(190);
  ticks(100);
  expect(counts.all).toBe(2);
});

test("looks through everything during work once half as much again is there", () => {
  const { counts, heap, work, ticks } = setUp();
  heap.bytes = 1501;
  work(499);
  ticks(1);
  expect(counts.all).toBe(0);
  work(32);
  ticks(1);
  expect(counts.all).toBe(1);
  // What lives on now counts as settled.
  heap.live = 1400;
  heap.bytes = 1500;
  work(2000);
  ticks(1);
  expect(counts.all).toBe(1);
  heap.bytes = 1501;
  work(32);
  ticks(1);
  expect(counts.all).toBe(2);
  heap.bytes = 2100;
  work(500);
  ticks(1);
  expect(counts.all).toBe(2);
  heap.bytes = 2101;
  work(32);
  ticks(1);
  expect(counts.all).toBe(3);
});

test("is not quiet while requests come at all", () => {
  const { counts, work, ticks } = setUp();
  for (let i = 0; i < 400; i++) {
    work(1);
    ticks(2);
  }
  expect(counts.all).toBe(0);
});

test("stops its timer, and begins again with the next request", () => {
  const { keeper, work, isTicking } = setUp();
  work(1);
  keeper.stop();
  expect(isTicking()).toBeFalse();
  work(1);
  expect(isTicking()).toBeTrue();
});
