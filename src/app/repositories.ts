import { type Checkpoint } from "./lifecycle.ts";
import { measureCommits } from "./measurements.ts";
import type { Measurements } from "#contexts/admin/measurements.ts";
import type { Storage } from "./storage.ts";
import { createSigningKeys } from "#contexts/accounts/signing-keys.ts";
import { findStatus } from "#contexts/blobs/availability.ts";
import { createBlobs } from "#contexts/blobs/blobs.ts";
import { createBlobCollector } from "#contexts/blobs/collect.ts";
import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import { createRecords } from "#contexts/records/records.ts";
import { createWriter } from "#contexts/records/write.ts";
import { systemRandom } from "#contexts/security/random.ts";
import { createSequencer } from "#contexts/sequencer/sequencer.ts";
import { createSync } from "#contexts/sync/sync.ts";
import { createKeyedMutex } from "#lib/mutex.ts";
import { createNodeCache } from "#repo/mst/cache.ts";
import type { Did } from "#repo/syntax.ts";
import { createTidClock } from "#repo/tid.ts";
import type { Config } from "#config.ts";

import type { Identity } from "#contexts/identity/identity.ts";
import type { Surroundings } from "./domain.ts";
/** What all readers of the event stream may keep waiting together. */
const MIB = 1024 * 1024;
const MAX_SUBSCRIBER_BYTES = 256 * MIB;

/** What holds, writes and shows repositories, and the means that they share. */
export function createRepositoryContexts(
  config: Config,
  storage: Storage,
  deps: Pick<Surroundings, "clock" | "log" | "onFatal" | "shouldInvert"> & {
    identity: Identity;
    lexicons: Lexicons;
    checkpoint: Checkpoint;
    measured: Measurements;
  },
) {
  const { clock, log, onFatal, shouldInvert, identity, lexicons, checkpoint } =
    deps;
  const { accountDb, stores, eventLog, blobStore } = storage;
  const locks = createKeyedMutex({ maxWaitMs: 10_000 });
  const tids = createTidClock({ clock });
  const nodeCache = createNodeCache({ maxBytes: config.nodeCacheBytes });
  const { generationOf } = accountDb.accounts;
  const statusOf = (did: Did) => findStatus(accountDb, did);
  const plainSequencer = createSequencer({
    eventLog,
    stores,
    clock,
    log,
    onFatal,
    generationOf,
    switchGeneration(did, generation) {
      checkpoint("import-logged");
      accountDb.accounts.switchGeneration(did, generation);
    },
    outbox: accountDb.outbox,
    checkpoint,
  });
  const sequencer = measureCommits(plainSequencer, deps.measured);
  const keys = createSigningKeys({
    db: accountDb,
    keyStore: storage.keyStore,
    clock,
    random: systemRandom,
  });
  const blobs = createBlobs({
    blobStore,
    accountDb,
    stores,
    locks,
    clock,
    maxUploadBytes: config.blobUploadLimitBytes,
    checkpoint,
  });
  const writer = createWriter({
    stores,
    sequencer,
    locks,
    statusOf,
    generationOf,
    nodeCache,
    ...{
      tids,
      clock,
    },
    signerOf: keys.getSigner,
    findMissingBlob: blobs.findMissing,
    shouldInvert,
  });
  const records = createRecords({
    accountDb,
    stores,
    lexicons,
    blobs,
    writer,
    tids,
    resolveDid: (did) => identity.resolveDid(did),
  });
  const sync = createSync({
    stores,
    eventLog,
    sequencer,
    statusOf,
    nodeCache,
    clock,
    exportLimits: {
      maxConcurrent: 32,
      maxDurationMs: 30 * 6e4,
    },
    subscriptionLimits: {
      stallMs: 3e4,
      backfillWindowMs: config.backfillWindowMs,
    },
    backlogLimits: {
      maxShareBytes: MIB,
      minShareBytes: MIB / 16,
      maxBytes: MAX_SUBSCRIBER_BYTES,
    },
  });
  const collector = createBlobCollector({
    accountDb,
    blobStore,
    stores,
    locks,
    clock,
    log,
    isBehind: sequencer.isBehind,
  });
  return {
    ...{ locks, tids, sequencer, keys, blobs, writer, records },
    ...{ sync, collector },
  };
}
