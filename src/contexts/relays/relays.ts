import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { SafeFetch } from "#lib/safe-fetch.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { Queue } from "#contexts/queue/queue.ts";
import type { JobHandler } from "#contexts/queue/runner.ts";
import type { Sequencer } from "#contexts/sequencer/sequencer.ts";
import type { SubscriberInfo } from "#contexts/sync/subscribers.ts";
import type { Announcer } from "./announce.ts";
import { adviceFor } from "./advice.ts";
import { createCrawl } from "./crawl.ts";
import { createRelayClient } from "./relay-client.ts";
import { createRelayStates, type RelayState } from "./relay-states.ts";
import { createRepoStandings, type RepoStanding } from "./repo-standing.ts";
import { findSeqFloor } from "./seq-floor.ts";
import { createStanding } from "./standing.ts";
import { createWatch } from "./watch.ts";

export interface RelaysDeps {
  /** Base URLs of the relays to tell about this host. */
  urls: readonly string[];
  /** Host name that relays should dial, with a port where it has one. */
  hostname: string;
  db: Pick<AccountDb, "settings">;
  queue: Queue;
  sequencer: Pick<Sequencer, "read" | "lastSeq">;
  listSubscribers(): SubscriberInfo[];
  announceAccounts: Announcer["announceAccounts"];
  fetch: SafeFetch;
  clock: Clock;
  log: Logger;
  /** How long a start waits for relays; 3 seconds unless said. */
  maxFloorWaitMs?: number;
}

/** A relay as an operator sees it. */
export interface RelayView extends RelayState {
  url: string;
  /** What its status means and what to do; null when there is nothing to say. */
  advice: string | null;
}

/** This host's place in the network: who reads it, and who should. */
export interface Relays {
  /**
   * The newest number that a relay has of this host, for a start before it
   * gives out any. Answers within 3 seconds and never rejects; null when no
   * relay says one.
   */
  findSeqFloor(): Promise<number | null>;
  /** The server listens: asks every relay to crawl it, and begins to wait for readers. */
  start(): void;
  /** Asks every relay to crawl this host, again where it does not answer; asking twice does no harm. */
  requestCrawl(): void;
  /** Asks again when the last time is long past; called when there is something to read. */
  notifyActivity(): void;
  /** Looks after relays that may be lost; to be called every few seconds. */
  watch(): Promise<void>;
  list(): RelayView[];
  /** What each relay has of one repository; an answer is good for a minute. */
  askAboutRepo(did: Did): Promise<RepoStanding[]>;
  /** When somebody was last seen to read the stream; null before the first. */
  subscriberSeenAtMs(): number | null;
  /** Does a job named `CRAWL_JOB`. */
  runCrawlJob: JobHandler;
}

/** Relays forget quiet hosts; asking more often than this gains nothing. */
const MIN_INTERVAL_MS = 20 * 60_000;

export function createRelays(deps: RelaysDeps): Relays {
  const { urls, clock, log } = deps;
  const states = createRelayStates(deps);
  const client = createRelayClient(deps);
  const standing = createStanding({ ...deps, client, states });
  const crawl = createCrawl({ ...deps, client, states });
  const watch = createWatch({ ...deps, states, standing, crawl });
  /** Events come before the start, and after the end nothing may be stored. */
  let isStarted = false;
  let askedAtMs = -Infinity;

  function requestCrawl(): void {
    askedAtMs = clock.nowMs();
    for (const url of urls) crawl.request(url);
  }

  return {
    findSeqFloor: () =>
      findSeqFloor({
        ...deps,
        states,
        standing,
        ...(deps.maxFloorWaitMs !== undefined && {
          maxWaitMs: deps.maxFloorWaitMs,
        }),
      }),
    start() {
      isStarted = true;
      requestCrawl();
      watch.start();
    },
    requestCrawl,
    notifyActivity() {
      if (!isStarted || urls.length === 0) return;
      if (clock.nowMs() - askedAtMs < MIN_INTERVAL_MS) return;
      try {
        requestCrawl();
      } catch (error) {
        // Whoever wrote the event must not fail because of this.
        log.error("relay.crawl_not_queued", { error });
      }
    },
    watch: watch.look,
    list: () =>
      urls.map((url) => {
        const state = states.get(url);
        const advice = adviceFor(state.status, deps.hostname);
        return { url, ...state, advice };
      }),
    askAboutRepo: createRepoStandings({ ...deps, client }).ask,
    subscriberSeenAtMs: () => states.readers().seenAtMs,
    runCrawlJob: crawl.run,
  };
}
