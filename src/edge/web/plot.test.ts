import { expect, test } from "bun:test";
import { niceCeiling } from "./plot.tsx";

test.each([
  [0, 4],
  [-3, 4],
  [1, 1.2],
  [4, 4],
  [5, 8],
  [9, 12],
  [13, 20],
  [21, 40],
  [41, 80],
  [100, 120],
  [862_000, 1_200_000],
])(
  "an axis for %d ends at %d, and its quarters are easy to read",
  (value, end) => {
    expect(niceCeiling(value)).toBeCloseTo(end, 9);
  },
);
