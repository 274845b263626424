import { describe, expect, test } from "bun:test";
import { createFakeClock } from "./clock.ts";
import { createHistogram, createMinuteSeries } from "./metrics.ts";

const KINDS = { calls: "sum", lag: "max", size: "last" } as const;

function open() {
  const clock = createFakeClock(1_750_000_020_000);
  return {
    clock,
    series: createMinuteSeries({ kinds: KINDS, nowMs: clock.nowMs }),
  };
}

describe("minutes", () => {
  test("add up, keep the highest, or keep the newest", () => {
    const { clock, series } = open();
    series.add("calls");
    series.add("calls", 2);
    series.set("lag", 5);
    series.set("lag", 3);
    series.set("size", 9);
    series.set("size", 7);
    clock.advance(60_000);
    const last = (name: keyof typeof KINDS) => series.read(name, 1)[0]!.value;
    expect([last("calls"), last("lag"), last("size")]).toEqual([3, 5, 7]);
    clock.advance(60_000);
    expect([last("calls"), last("lag"), last("size")]).toEqual([0, 0, 7]);
    expect(series.total("calls")).toBe(3);
  });

  test("in which nobody looked are gaps, and old ones go", () => {
    const { clock, series } = open();
    series.add("calls");
    clock.advance(3 * 60_000);
    const values = series.read("calls", 4).map(({ value }) => value);
    expect(values).toEqual([null, 1, null, null]);
    clock.advance(400 * 60_000);
    expect(
      series
        .read("calls", 180)
        .every(({ value }) => value === null || value === 0),
    ).toBe(true);
  });

  test("are handed over once", () => {
    const { clock, series } = open();
    series.add("calls", 4);
    series.set("lag", 2);
    expect(series.take()).toEqual({ calls: 0, lag: 0, size: 0 });
    clock.advance(60_000);
    expect(series.take()).toEqual({ calls: 4, lag: 2, size: 0 });
    expect(series.take()).toEqual({ calls: 0, lag: 0, size: 0 });
  });
});

test("a histogram knows how long most took", () => {
  const histogram = createHistogram();
  expect(histogram.quantile(0.5)).toBeNull();
  for (const ms of [0.4, 1, 1.5, 9, 20_000]) histogram.add(ms);
  expect(histogram.quantile(0.4)).toBe(1);
  expect(histogram.quantile(0.5)).toBe(2);
  expect(histogram.quantile(0.8)).toBe(10);
  expect(histogram.quantile(0.99)).toBe(Number.POSITIVE_INFINITY);
  expect(histogram.count).toBe(5);
});
