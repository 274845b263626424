import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { RelayStates } from "./relay-states.ts";
import type { Standing } from "./standing.ts";

/** A start waits no longer for relays than this. */
const MAX_WAIT_MS = 3000;
/**
 * A relay that names a number further in the future than this is mistaken, or
 * means to use up our numbers; a clock that was wrong by years is not.
 */
const MAX_AHEAD_MICROS = 10 * 365 * 86_400 * 1e6;

/**
 * Asks all relays for the newest event that they have of this host, so that no
 * number is given out that one of them has passed: it would take everything up
 * to there for old. Numbers begin at the clock, so this matters only where the
 * clock was ahead once, or another program served the name.
 * Never rejects, and answers within 3 seconds from what it has by then.
 * @returns the highest number that a relay has or had, or null.
 */
export async function findSeqFloor(deps: {
  urls: readonly string[];
  standing: Pick<Standing, "check">;
  states: RelayStates;
  clock: Clock;
  log: Logger;
  maxWaitMs?: number;
}): Promise<number | null> {
  const { urls, standing, states, clock, log } = deps;
  const maxWaitMs = deps.maxWaitMs ?? MAX_WAIT_MS;
  if (urls.length === 0) return null;
  const asked = urls.map((url) =>
    standing.check(url, maxWaitMs).catch((error: unknown) => {
      log.error("relay.check_failed", { relay: url, error });
    }),
  );
  const timeout = Promise.withResolvers<void>();
  const timer = setTimeout(timeout.resolve, maxWaitMs);
  await Promise.race([Promise.all(asked), timeout.promise]);
  clearTimeout(timer);

  let floor: number | null = null;
  for (const url of urls) {
    // Where it did not answer now, what it said last still holds.
    const { seq } = states.get(url);
    if (seq === null) continue;
    if (seq > clock.nowMicros() + MAX_AHEAD_MICROS) {
      log.error("relay.seq_implausible", { relay: url, seq });
    } else if (floor === null || seq > floor) {
      floor = seq;
    }
  }
  if (floor !== null && floor > clock.nowMicros()) {
    log.warn("relay.seq_ahead", {
      seq: floor,
      advice:
        "a relay has events of this host with higher numbers than the clock gives; numbers go on above them",
    });
  }
  return floor;
}
