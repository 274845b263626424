import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { Queue } from "#contexts/queue/queue.ts";
import type { JobHandler } from "#contexts/queue/runner.ts";
import type { RelayClient } from "./relay-client.ts";
import type { RelayStates } from "./relay-states.ts";

export const CRAWL_JOB = "ask a relay to crawl";

/** Asks relays to read this host, again and again where they do not answer. */
export interface Crawl {
  /** At once, even if an earlier request waits for its next try. */
  request(url: string): void;
  run: JobHandler;
}

/** With the queue's pauses this is about three hours; then the watch goes on. */
const MAX_ATTEMPTS = 12;
const TIMEOUT_MS = 10_000;

export function createCrawl(deps: {
  urls: readonly string[];
  client: RelayClient;
  states: RelayStates;
  queue: Queue;
  clock: Clock;
  log: Logger;
}): Crawl {
  const { client, states, queue, clock, log } = deps;

  function enqueue(url: string): number {
    return queue.enqueue({
      name: CRAWL_JOB,
      payload: { url },
      uniqueKey: url,
      maxAttempts: MAX_ATTEMPTS,
    });
  }

  return {
    request(url) {
      const id = enqueue(url);
      const job = queue.find(id);
      const isWaiting = job?.state === "queued" && job.dueAtMs > clock.nowMs();
      if (isWaiting && queue.cancel(id)) enqueue(url);
    },
    async run(job, { signal }) {
      const { url } = job.payload as { url: string };
      // It may have left the settings since.
      if (!deps.urls.includes(url)) return;
      const options = { timeoutMs: TIMEOUT_MS, signal };
      const answer = await client.requestCrawl(url, options);
      if (signal.aborted) return;
      states.update(url, {
        askedAtMs: clock.nowMs(),
        answer:
          answer.kind === "agreed"
            ? "agreed"
            : `${answer.kind}: ${answer.reason}`,
      });
      if (answer.kind === "agreed") {
        log.info("relay.crawl_requested", { relay: url });
      } else if (answer.kind === "refused") {
        log.warn("relay.crawl_refused", { relay: url, reason: answer.reason });
      } else {
        return { reason: `${url} did not answer: ${answer.reason}` };
      }
    },
  };
}
