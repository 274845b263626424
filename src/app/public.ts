import type { Storage } from "./storage.ts";
import { createSite } from "#contexts/admin/site.ts";
import { createStatistics } from "#contexts/admin/statistics.ts";
import type { Sequencer } from "#contexts/sequencer/sequencer.ts";
import type { Clock } from "#lib/clock.ts";

/** What the pages for everybody show. */
export function createPublicContexts(
  { accountDb: db, eventLog, stores, checkFolders, site }: Storage,
  { clock, sequencer }: { clock: Clock; sequencer: Sequencer },
) {
  const { countBehind } = sequencer;
  return {
    site: createSite(site),
    statistics: createStatistics({
      ...{ db, eventLog, stores, clock, checkFolders, countBehind },
    }),
  };
}
