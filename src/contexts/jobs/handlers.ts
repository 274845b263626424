import { CLEAN_UP_JOB, type CleanUps } from "#contexts/blobs/clean-up.ts";
import { CHECKUP_JOB, type Checkups } from "#contexts/checks/checkup.ts";
import {
  HOST_CHECKUP_JOB,
  type HostCheckups,
} from "#contexts/checks/host-checkup.ts";
import {
  BULK_DELETE_JOB,
  type BulkDeletions,
} from "#contexts/records/bulk-delete.ts";
import type { JobHandler } from "#contexts/queue/runner.ts";
import { ANNOUNCE_JOB, type Announcer } from "#contexts/relays/announce.ts";
import { CRAWL_JOB } from "#contexts/relays/crawl.ts";
import type { Relays } from "#contexts/relays/relays.ts";

/** The table of what the queue can do. */
export function createJobHandlers(deps: {
  relays: Relays;
  announcer: Announcer;
  checkups: Pick<Checkups, "runJob">;
  hostCheckups: Pick<HostCheckups, "runJob">;
  cleanUps: Pick<CleanUps, "runJob">;
  bulkDeletions: Pick<BulkDeletions, "runJob">;
}): Map<string, JobHandler> {
  const { relays, announcer } = deps;
  return new Map([
    [CHECKUP_JOB, deps.checkups.runJob],
    [HOST_CHECKUP_JOB, deps.hostCheckups.runJob],
    [CLEAN_UP_JOB, deps.cleanUps.runJob],
    [BULK_DELETE_JOB, deps.bulkDeletions.runJob],
    [CRAWL_JOB, relays.runCrawlJob],
    [ANNOUNCE_JOB, announcer.runJob],
  ]);
}
