import { createAccountsContext } from "./accounts.ts";
import { createAdminContext } from "./admin.ts";
import { createCredentials } from "./credentials.ts";
import { createLifecycleContexts, type Checkpoint } from "./lifecycle.ts";
import { createFetches, createIdentityContext } from "./network.ts";
import type { Storage } from "./storage.ts";
import { createSigningKeys } from "#contexts/accounts/signing-keys.ts";
import { findStatus } from "#contexts/blobs/availability.ts";
import { createBlobs } from "#contexts/blobs/blobs.ts";
import { createBlobCollector } from "#contexts/blobs/collect.ts";
import { createChores } from "#contexts/jobs/chores.ts";
import { createHousekeeping } from "#contexts/jobs/housekeeping.ts";
import { createIdentityLookups } from "#contexts/identity/lookups.ts";
import { createLexicons } from "#contexts/lexicons/lexicons.ts";
import { createLexiconResolver } from "#contexts/lexicons/resolver.ts";
import { createMail } from "#contexts/mail/mail.ts";
import { type MailTransport } from "#contexts/mail/transport.ts";
import { createPreferences } from "#contexts/records/preferences.ts";
import { createRecords } from "#contexts/records/records.ts";
import { createWriter } from "#contexts/records/write.ts";
import { createHost } from "#contexts/relays/host.ts";
import { createRelays } from "#contexts/relays/relays.ts";
import { systemRandom } from "#contexts/security/random.ts";
import { createSecurity } from "#contexts/security/security.ts";
import { createSequencer } from "#contexts/sequencer/sequencer.ts";
import { createSync } from "#contexts/sync/sync.ts";
import type { Contexts } from "#edge/contexts.ts";
import { type Clock } from "#lib/clock.ts";
import { type Logger } from "#lib/log.ts";
import { createKeyedMutex } from "#lib/mutex.ts";
import { createNodeCache } from "#repo/mst/cache.ts";
import type { Did } from "#repo/syntax.ts";
import { createTidClock } from "#repo/tid.ts";
import type { Config } from "#config.ts";

/** What all readers of the event stream may keep waiting together. */
const MAX_SUBSCRIBER_BYTES = 256 * 1024 * 1024;

/** What the contexts need that is neither a setting nor stored. */
export interface Surroundings {
  clock: Clock;
  log: Logger;
  onFatal(error: unknown): void;
  mailTransport: MailTransport | null;
  shouldInvert: boolean;
  checkpoint?: Checkpoint;
}

/** Builds the contexts in the order in which they may know each other. */
export function createDomain(
  config: Config,
  storage: Storage,
  surroundings: Surroundings,
) {
  const { clock, log, onFatal, mailTransport, shouldInvert } = surroundings;
  const checkpoint = surroundings.checkpoint ?? (() => {});
  const { accountDb, stores, eventLog, blobStore } = storage;
  const locks = createKeyedMutex({ maxWaitMs: 10_000 });
  const tids = createTidClock({ clock });
  const nodeCache = createNodeCache({ maxBytes: config.nodeCacheBytes });
  const { strangerFetch, serviceFetch } = createFetches(config);
  const identity = createIdentityContext(config, storage, {
    clock,
    log,
    strangerFetch,
  });
  const { generationOf } = accountDb.accounts;
  const statusOf = (did: Did) => findStatus(accountDb, did);
  const sequencer = createSequencer({
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
  });
  const keys = createSigningKeys({
    db: accountDb,
    keyStore: storage.keyStore,
    clock,
    random: systemRandom,
  });
  const lexicons = createLexicons();
  const blobs = createBlobs({
    blobStore,
    accountDb,
    stores,
    locks,
    clock,
    maxUploadBytes: config.blobUploadLimitBytes,
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
  const mail = createMail({
    outbox: accountDb.mails,
    transport: mailTransport,
    clock,
    log,
    from: config.emailFrom ?? `no-reply@${config.hostname}`,
    serviceName: config.serviceName,
  });
  const credentials = createCredentials(config, storage, { clock, mail });
  const accounts = createAccountsContext(config, storage, {
    ...credentials,
    clock,
    log,
    locks,
    keys,
    identity,
    writer,
    sequencer,
  });
  const { activations, deletions, lifecycle, imports } =
    createLifecycleContexts(config, storage, {
      ...credentials,
      ...{ accounts, identity, keys, lexicons, locks, sequencer, tids },
      ...{ clock, log, checkpoint },
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
      maxLiveBufferBytes: 1024 * 1024,
      stallMs: 3e4,
      backfillWindowMs: config.backfillWindowMs,
    },
    maxSubscriberBytes: MAX_SUBSCRIBER_BYTES,
  });
  const relays = createRelays({
    urls: config.crawlers,
    hostname: new URL(config.publicUrl).host,
    fetch: serviceFetch,
    clock,
    log,
  });
  sequencer.listen(() => relays.notifyActivity());
  const security = createSecurity({
    adminPassword: config.adminPassword?.reveal() ?? null,
    serviceDid: config.serviceDid,
    modServiceDid: config.modService?.did ?? null,
    resolveKey: (did, options) => identity.signingKeyOf(did, options),
    clock,
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
  const housekeeping = createHousekeeping({
    log,
    chores: createChores({
      accounts,
      deletions,
      imports,
      accountDb,
      blobStore,
      collector,
      eventLog,
      ...{
        sequencer,
        sync,
        clock,
      },
      backfillWindowMs: config.backfillWindowMs,
    }),
  });
  const contexts: Contexts = {
    accounts: { ...accounts, ...lifecycle },
    migration: imports,
    admin: createAdminContext(config, storage, {
      ...{ clock, log, locks, accounts, activations, deletions, mail },
    }),
    security,
    identity,
    records: { ...records, ...createPreferences({ accountDb, clock }) },
    blobs,
    sync,
    lookups: createIdentityLookups(identity),
    lexicons: createLexiconResolver({
      findDidInDns: identity.findDidInDns,
      resolveDid: (did) => identity.resolveDid(did),
      fetch: strangerFetch,
    }),
    host: createHost({
      publicUrl: config.publicUrl,
      lastSeq: sequencer.lastSeq,
      countAccounts: accountDb.accounts.count,
      notifyRelays: relays.notifyActivity,
    }),
  };
  return {
    contexts,
    accounts,
    activations,
    deletions,
    imports,
    sequencer,
    relays,
    lexicons,
    serviceFetch,
    ...{
      mail,
      housekeeping,
    },
  };
}
