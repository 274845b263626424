import { expect, test } from "bun:test";
import { createBodyBudget } from "./body-budget.ts";

test("bodies beyond the budget are told to come later", () => {
  const budget = createBodyBudget(100);
  const giveBack = budget.take(60);
  budget.take(40);
  expect(() => budget.take(1)).toThrow(
    expect.objectContaining({
      error: "ServiceUnavailable",
      status: 503,
      headers: { "Retry-After": "1" },
    }),
  );
  giveBack();
  budget.take(60);
  expect(() => budget.take(1)).toThrow();
});

test("one body fits in any case", () => {
  const budget = createBodyBudget(100);
  budget.take(1000)();
  budget.take(1000);
  expect(() => budget.take(1)).toThrow();
});
