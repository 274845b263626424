import type { WriteBudget } from "#contexts/records/write-budget.ts";
import type { Clock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import { BULK_DELETE } from "./limit-rules.ts";
import type { RateLimiter } from "./limits.ts";

/** Of the points of an account; owners keep the rest, some 500 posts an hour. */
const SHARE = 0.7;

/** The points of the methods that write, for work in the name of an account. */
export function createWriteBudget(
  limiter: RateLimiter | null,
  clock: Clock,
): WriteBudget {
  const subjectOf = (did: Did, input: number) => ({
    caller: { kind: "session", did, scope: "access", sessionId: "" } as const,
    ...{ input, network: "" },
  });
  return {
    take(did, deletions) {
      const subject = subjectOf(did, deletions);
      const atMs = limiter?.takeShare(BULK_DELETE, subject, SHARE) ?? null;
      return atMs === null ? { kind: "go" } : { kind: "later", atMs };
    },
    windowsMs: BULK_DELETE.windows.map(({ windowSec }) => windowSec * 1000),
    charge(did, deletions, { windowMs, endsAtMs }) {
      const window = { windowSec: windowMs / 1000, endsAtMs };
      limiter?.recount(BULK_DELETE, subjectOf(did, deletions), window);
    },
    forecastMs: (did, deletions) =>
      limiter?.forecastMs(BULK_DELETE, subjectOf(did, deletions), SHARE) ??
      clock.nowMs(),
  };
}
