import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { SubscriberInfo } from "#contexts/sync/subscribers.ts";
import type { Announcer } from "./announce.ts";
import type { Crawl } from "./crawl.ts";
import type { RelayState, RelayStates } from "./relay-states.ts";
import type { Standing } from "./standing.ts";

/** Finds relays that have lost this host, and wins them back. */
export interface Watch {
  /** The server listens from now on. */
  start(): void;
  look(): Promise<void>;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** By then a relay that was reading before the start is back. */
const ALONE_MS = MINUTE_MS;
/** How often relays are asked how this host stands with them. */
const CHECK_MS = 5 * MINUTE_MS;
const CHECK_IN_TROUBLE_MS = MINUTE_MS;
const CHECK_TIMEOUT_MS = 10_000;
/** Between two reminders of one relay, doubled each time. */
const FIRST_REMINDER_MS = 20 * MINUTE_MS;
const LONGEST_REMINDER_MS = 6 * HOUR_MS;
/** What happened shortly before a reader was last seen may not have reached it. */
const MARGIN_MS = HOUR_MS;
/** Where nobody is known to have read ever, this much is announced. */
const LONGEST_MS = 72 * HOUR_MS;
/** A relay that never went away need not come again to hear. */
const ANNOUNCE_WAIT_MS = 10 * MINUTE_MS;
/** How exactly it is remembered when a reader was last seen. */
const SEEN_STEP_MS = 5 * MINUTE_MS;

export function createWatch(deps: {
  urls: readonly string[];
  states: RelayStates;
  standing: Standing;
  crawl: Pick<Crawl, "request">;
  listSubscribers(): SubscriberInfo[];
  announceAccounts: Announcer["announceAccounts"];
  clock: Clock;
  log: Logger;
}): Watch {
  const { urls, states, standing, clock, log } = deps;
  let startedAtMs: number | null = null;
  /** Since the start somebody has read, or everybody was reminded. */
  let isSettled = false;
  /** Relays that are looked at more often for a while. */
  const troubled = new Set<string>();

  /** Announcing waits until somebody is there to hear. */
  function announceLater(lastHeardMs: number | null): void {
    const nowMs = clock.nowMs();
    const heardMs = lastHeardMs === null ? 0 : lastHeardMs - MARGIN_MS;
    const sinceMs = Math.max(heardMs, nowMs - LONGEST_MS);
    const { announce } = states.readers();
    if (announce !== null && announce.sinceMs <= sinceMs) return;
    states.updateReaders({ announce: { sinceMs, atMs: nowMs } });
  }

  function lookForReaders(): void {
    const nowMs = clock.nowMs();
    const { seenAtMs } = states.readers();
    if (deps.listSubscribers().length > 0) {
      isSettled = true;
      if (seenAtMs === null || nowMs - seenAtMs >= SEEN_STEP_MS) {
        states.updateReaders({ seenAtMs: nowMs });
      }
      return;
    }
    if (isSettled || nowMs - startedAtMs! < ALONE_MS) return;
    isSettled = true;
    log.warn("relay.nobody_reads", {
      advice:
        "no reader since the start; all relays are asked to crawl again. Look whether the stream of events answers from outside",
    });
    for (const url of urls) deps.crawl.request(url);
    announceLater(seenAtMs);
  }

  function isDue(url: string): boolean {
    const everyMs = troubled.has(url) ? CHECK_IN_TROUBLE_MS : CHECK_MS;
    return clock.nowMs() - (states.get(url).checkedAtMs ?? 0) >= everyMs;
  }

  async function lookAfter(url: string): Promise<void> {
    if (!isDue(url)) return;
    const state = await standing.check(url, CHECK_TIMEOUT_MS);
    const trouble = standing.findTrouble(state);
    if (trouble === null) troubled.delete(url);
    else troubled.add(url);
    if (trouble === null || !trouble.isLasting || !mayRemind(state)) return;
    log.warn("relay.lost", { relay: url, reason: trouble.words });
    states.update(url, {
      remindedAtMs: clock.nowMs(),
      reminders: state.reminders + 1,
    });
    deps.crawl.request(url);
    announceLater(state.followedAtMs);
  }

  function mayRemind({ remindedAtMs, reminders }: RelayState): boolean {
    if (remindedAtMs === null || reminders === 0) return true;
    const pauseMs = FIRST_REMINDER_MS * 2 ** (reminders - 1);
    const dueMs = remindedAtMs + Math.min(pauseMs, LONGEST_REMINDER_MS);
    return clock.nowMs() >= dueMs;
  }

  function announceIfHeard(): void {
    const { announce } = states.readers();
    if (announce === null) return;
    const hasWaited = clock.nowMs() - announce.atMs >= ANNOUNCE_WAIT_MS;
    const isHeard = deps
      .listSubscribers()
      .some((reader) => hasWaited || reader.connectedAtMs >= announce.atMs);
    if (!isHeard) return;
    deps.announceAccounts({ changedSinceMs: announce.sinceMs });
    states.updateReaders({ announce: null });
  }

  return {
    start() {
      startedAtMs = clock.nowMs();
    },
    async look() {
      if (urls.length === 0 || startedAtMs === null) return;
      lookForReaders();
      await Promise.all(urls.map(lookAfter));
      announceIfHeard();
    },
  };
}
