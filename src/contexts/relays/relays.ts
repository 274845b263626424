import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { SafeFetch } from "#lib/safe-fetch.ts";

export interface RelaysDeps {
  /** Base URLs of the relays to tell about this host. */
  urls: readonly string[];
  /** Host name that relays should dial, with a port where it has one. */
  hostname: string;
  fetch: SafeFetch;
  clock: Clock;
  log: Logger;
}

export interface Relays {
  /**
   * Asks every relay to crawl this host. Failures are logged and left to the
   * next call; asking twice does no harm.
   * @returns the relays that agreed.
   */
  requestCrawl(): Promise<string[]>;
  /** Asks again when the last time is long past; called when there is something to read. */
  notifyActivity(): void;
}

/** Relays forget quiet hosts; asking more often than this gains nothing. */
const MIN_INTERVAL_MS = 20 * 60_000;

export function createRelays(deps: RelaysDeps): Relays {
  const { urls, hostname, fetch, clock, log } = deps;
  let askedAtMs = -Infinity;

  async function ask(url: string): Promise<boolean> {
    try {
      const target = new URL("/xrpc/com.atproto.sync.requestCrawl", url);
      const response = await fetch(target.href, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ hostname }),
      });
      if (response.status >= 300) {
        log.warn("relay.crawl_refused", {
          relay: url,
          status: response.status,
        });
        return false;
      }
      log.info("relay.crawl_requested", { relay: url });
      return true;
    } catch (error) {
      log.warn("relay.unreachable", { relay: url, error });
      return false;
    }
  }

  async function requestCrawl(): Promise<string[]> {
    askedAtMs = clock.nowMs();
    const answers = await Promise.all(urls.map(ask));
    return urls.filter((_, i) => answers[i]);
  }

  return {
    requestCrawl,
    notifyActivity() {
      if (urls.length === 0) return;
      if (clock.nowMs() - askedAtMs < MIN_INTERVAL_MS) return;
      void requestCrawl();
    },
  };
}
