import type { JobHandler } from "#contexts/queue/runner.ts";
import { ANNOUNCE_JOB, type Announcer } from "#contexts/relays/announce.ts";
import { CRAWL_JOB } from "#contexts/relays/crawl.ts";
import type { Relays } from "#contexts/relays/relays.ts";

/** The table of what the queue can do. */
export function createJobHandlers(deps: {
  relays: Relays;
  announcer: Announcer;
}): ReadonlyMap<string, JobHandler> {
  const { relays, announcer } = deps;
  return new Map([
    [CRAWL_JOB, relays.runCrawlJob],
    [ANNOUNCE_JOB, announcer.runJob],
  ]);
}
