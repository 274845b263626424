import { expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import { createShortStore } from "./short-store.ts";

function make() {
  const clock = createFakeClock();
  const store = createShortStore<number>({
    ...{ clock, keptMs: 100, most: 2 },
  });
  return { store, wait: clock.advance };
}

test("values are there until their time is over", () => {
  const { store, wait } = make();
  store.set("a", 1);
  wait(99);
  expect(store.get("a")).toBe(1);
  wait(1);
  expect(store.get("a")).toBeUndefined();
});

test("the oldest make room for new ones, and what is set again is new", () => {
  const { store } = make();
  store.set("a", 1);
  store.set("b", 2);
  store.set("a", 3);
  store.set("c", 4);
  expect([store.get("a"), store.get("b"), store.get("c")]).toEqual([
    ...[3, undefined, 4],
  ]);
  store.del("a");
  expect(store.get("a")).toBeUndefined();
});
