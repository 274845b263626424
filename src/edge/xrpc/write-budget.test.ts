import { expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import { CREATE_RECORD } from "./limit-rules.ts";
import { createRateLimiter } from "./limits.ts";
import { createWriteBudget } from "./write-budget.ts";

const DID = "did:plc:alicealicealicealicealic" as Did;
const HOUR_MS = 3_600_000;

function stage() {
  const clock = createFakeClock(1_000_000);
  const limiter = createRateLimiter({ clock });
  const budget = createWriteBudget(limiter, clock);
  const caller = { kind: "session", did: DID, scope: "access" } as const;
  const post = () =>
    limiter.take(CREATE_RECORD, {
      ...{ caller: { ...caller, sessionId: "s" }, input: {}, network: "a" },
    });
  /** Deletes as much as it may; how much that was. */
  function spend(): number {
    for (let n = 0; ; n += 50) {
      if (budget.take(DID, 50).kind === "later") return n;
    }
  }
  return { clock, budget, post, spend };
}

test("deletions leave the owner a part of the points, and come back with the hour", () => {
  const { clock, budget, post, spend } = stage();
  expect(spend()).toBe(3500);
  expect(post().remaining).toBe(1497);
  const turn = budget.take(DID, 50);
  expect(turn).toEqual({ kind: "later", atMs: 1_000_000 + HOUR_MS });
  clock.advance(HOUR_MS);
  expect(spend()).toBe(3500);
});

test("what the owner writes comes first", () => {
  const { post, spend } = stage();
  for (let n = 0; n < 1000; n++) post();
  expect(spend()).toBe(500);
});

test("a day has an end too, which others' deletions don't reach", () => {
  const { clock, budget, spend } = stage();
  let total = 0;
  for (let hour = 0; hour < 24; hour++, clock.advance(HOUR_MS)) {
    total += spend();
  }
  expect(total).toBe(24_500);
  expect(budget.take("did:plc:bob" as Did, 50)).toEqual({ kind: "go" });
});

test("the forecast is when the last of them would be taken", () => {
  const { clock, budget } = stage();
  const nowMs = clock.nowMs();
  expect(budget.forecastMs(DID, 3500)).toBe(nowMs);
  expect(budget.forecastMs(DID, 3501)).toBe(nowMs + HOUR_MS);
  expect(budget.forecastMs(DID, 10_000)).toBe(nowMs + 2 * HOUR_MS);
  expect(budget.forecastMs(DID, 60_000)).toBe(nowMs + 48 * HOUR_MS);
});

test("what a process before this one spent is spent, until its windows end", () => {
  const { clock, budget, spend } = stage();
  const [hourMs, dayMs] = budget.windowsMs;
  const charge = (windowMs: number, deletions: number, leftMs: number) =>
    budget.charge(DID, deletions, {
      ...{ windowMs, endsAtMs: clock.nowMs() + leftMs },
    });
  charge(hourMs!, 3000, 600_000);
  charge(dayMs!, 24_000, HOUR_MS);
  // One that has ended.
  charge(hourMs!, 3000, 0);
  expect(spend()).toBe(500);
  clock.advance(600_000);
  // The hour has points again, the day has none.
  expect(spend()).toBe(0);
  clock.advance(HOUR_MS);
  expect(spend()).toBe(3500);
});

test("nobody waits where nobody is limited", () => {
  const clock = createFakeClock();
  const budget = createWriteBudget(null, clock);
  const endsAtMs = clock.nowMs() + HOUR_MS;
  budget.charge(DID, 1e6, { windowMs: HOUR_MS, endsAtMs });
  expect(budget.take(DID, 1e6)).toEqual({ kind: "go" });
  expect(budget.forecastMs(DID, 1e6)).toBe(clock.nowMs());
});
