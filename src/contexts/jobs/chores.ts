import type { Clock } from "#lib/clock.ts";
import type { DiskSpace } from "#storage/disk-space.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { EventLog } from "#storage/event-log.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { BlobStore } from "#storage/blob-store.ts";
import type { Accounts } from "#contexts/accounts/accounts.ts";
import { USAGE_JOB } from "#contexts/admin/usage-job.ts";
import type { Measurements } from "#contexts/admin/measurements.ts";
import type { Registration } from "#contexts/accounts/registration.ts";
import type { FactorRecoveries } from "#contexts/accounts/factors/factor-recovery.ts";
import type { Delegations } from "#contexts/accounts/delegations.ts";
import type { KeyRotations } from "#contexts/accounts/key-rotation.ts";
import type { Deletions } from "#contexts/accounts/deletion.ts";
import type { BlobCollector } from "#contexts/blobs/collect.ts";
import type { Imports } from "#contexts/migration/import-repo.ts";
import type { OAuth } from "#contexts/oauth/oauth.ts";
import type { Queue } from "#contexts/queue/queue.ts";
import type { Relays } from "#contexts/relays/relays.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import type { Sequencer } from "#contexts/sequencer/sequencer.ts";
import type { Sync } from "#contexts/sync/sync.ts";
import type { Chore } from "./housekeeping.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const CHUNK_ROWS = 1000;
/** Whoever wrote a minute ago may well write again. */
const QUIET_MS = MINUTE_MS;
/** Each holds the thread up for a sync of the disk. */
const REPOS_PER_SECOND = 10;
/** An upload that no record has named by then goes. @see https://atproto.com/specs/blob */
const BLOB_GRACE_MS = 6 * HOUR_MS;

/** Operators look for the code of a letter that did not arrive. */
const LETTERS_KEPT_MS = 7 * 24 * HOUR_MS;
/** What became of a job is of interest for a while. */
const JOBS_KEPT_MS = 30 * 24 * HOUR_MS;

/** Who was let in or not is asked for some months later. */
const APPLICATIONS_KEPT_MS = 90 * 24 * HOUR_MS;

/** The table of what the server does by itself, and how often. */
export function createChores(deps: {
  accounts: Accounts;
  deletions: Deletions;
  factorRecoveries: Pick<FactorRecoveries, "finishFactorRecoveries">;
  keyRotations: KeyRotations;
  imports: Pick<Imports, "removeSpareRepos">;
  oauth: Pick<OAuth, "removeExpired">;
  registration: Pick<Registration, "watch">;
  events: Pick<SecurityEvents, "forgetOld">;
  measured: Pick<Measurements, "sample" | "store" | "prune">;
  delegations: Pick<Delegations, "endExpired">;
  accountDb: AccountDb;
  queue: Pick<Queue, "enqueue">;
  blobStore: BlobStore;
  collector: BlobCollector;
  eventLog: EventLog;
  relays: Pick<Relays, "watch">;
  sequencer: Sequencer;
  space: Pick<DiskSpace, "look">;
  stores: Pick<ActorStores, "writeBack">;
  sync: Sync;
  clock: Clock;
  backfillWindowMs: number;
}): Chore[] {
  const { accounts, deletions, accountDb, clock, eventLog } = deps;
  const row = (name: string, everyMs: number, run: Chore["run"]): Chore => ({
    name,
    everyMs,
    run,
  });
  return [
    row(
      "move the low-water mark",
      5 * SECOND_MS,
      deps.sequencer.lowWater.flush,
    ),
    row("write back quiet repositories", SECOND_MS, async () => {
      await deps.stores.writeBack({
        closedBeforeMs: clock.nowMs() - QUIET_MS,
        limit: REPOS_PER_SECOND,
      });
    }),
    row(
      "close stalled subscribers",
      5 * SECOND_MS,
      deps.sync.subscribers.sweep,
    ),
    row(
      "tell what waits to be told",
      5 * SECOND_MS,
      deps.sequencer.drainOutbox,
    ),
    row("look at the room on the disk", 2 * SECOND_MS, deps.space.look),
    row("look after relays", 10 * SECOND_MS, deps.relays.watch),
    row("finish interrupted creations", MINUTE_MS, accounts.resumeCreations),
    row("finish handle updates", MINUTE_MS, accounts.resumeHandleUpdates),
    row("finish key rotations", MINUTE_MS, () =>
      deps.keyRotations.resumeKeyRotations(),
    ),
    row("finish interrupted deletions", MINUTE_MS, deletions.resumeDeletions),
    row("delete accounts whose time has come", MINUTE_MS, deletions.deleteDue),
    row("measure", 10 * SECOND_MS, deps.measured.sample),
    row("store measurements", 5 * MINUTE_MS, deps.measured.store),
    row("forget old measurements", HOUR_MS, deps.measured.prune),
    row("measure accounts", 6 * HOUR_MS, () =>
      deps.queue.enqueue({ name: USAGE_JOB, payload: null, uniqueKey: "all" }),
    ),
    row("guard the registration", MINUTE_MS, deps.registration.watch),
    row("forget applications that were decided", HOUR_MS, () =>
      inChunks((limit) =>
        accountDb.applications.removeDecided(
          clock.nowMs() - APPLICATIONS_KEPT_MS,
          limit,
        ),
      ),
    ),
    row("remove factors that owners have lost", MINUTE_MS, () =>
      deps.factorRecoveries.finishFactorRecoveries(),
    ),
    row("remove replaced repositories", HOUR_MS, deps.imports.removeSpareRepos),
    row("prune the log", 10 * MINUTE_MS, () =>
      inChunks((limit) => {
        const createdBeforeMs = clock.nowMs() - deps.backfillWindowMs;
        return eventLog.prune({ createdBeforeMs, limit });
      }),
    ),
    row("forget expired sessions", HOUR_MS, () =>
      inChunks((limit) =>
        accountDb.sessions.removeExpired(clock.nowMs(), limit),
      ),
    ),
    row("forget browsers that were trusted", HOUR_MS, () =>
      inChunks((limit) =>
        accountDb.factors.trustedDevices.removeExpired(clock.nowMs(), limit),
      ),
    ),
    row("forget what applications left behind", HOUR_MS, () =>
      inChunks(deps.oauth.removeExpired),
    ),
    row("end delegations whose time is over", MINUTE_MS, () =>
      inChunks(deps.delegations.endExpired),
    ),
    row("forget old events of accounts", HOUR_MS, () =>
      inChunks(deps.events.forgetOld),
    ),
    row("forget the administrator's old sessions", HOUR_MS, () =>
      inChunks((limit) =>
        accountDb.adminSessions.removeExpired(clock.nowMs(), limit),
      ),
    ),
    row("forget jobs that ended", HOUR_MS, () =>
      inChunks((limit) =>
        accountDb.jobs.removeFinished(clock.nowMs() - JOBS_KEPT_MS, limit),
      ),
    ),
    row("forget letters that were sent", HOUR_MS, () =>
      inChunks((limit) =>
        accountDb.mails.removeDone(clock.nowMs() - LETTERS_KEPT_MS, limit),
      ),
    ),
    row("remove broken uploads", HOUR_MS, deps.blobStore.sweep),
    row("remove unreferenced blobs", HOUR_MS, () =>
      deps.collector.collectUnreferencedBlobs({ olderThanMs: BLOB_GRACE_MS }),
    ),
  ];
}

/** Lets requests through between two chunks. */
async function inChunks(step: (limit: number) => number): Promise<void> {
  while (step(CHUNK_ROWS) === CHUNK_ROWS) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
