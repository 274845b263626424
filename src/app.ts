import { createAccounts, type Accounts } from "#contexts/accounts/accounts.ts";
import { createSigningKeys } from "#contexts/accounts/signing-keys.ts";
import { findStatus } from "#contexts/blobs/availability.ts";
import { createBlobs } from "#contexts/blobs/blobs.ts";
import { createBlobCollector } from "#contexts/blobs/collect.ts";
import { checkNewHandle } from "#contexts/identity/handle-policy.ts";
import { createIdentity, type Identity } from "#contexts/identity/identity.ts";
import { createPlcClient } from "#contexts/identity/plc.ts";
import { createChores } from "#contexts/jobs/chores.ts";
import { createHousekeeping } from "#contexts/jobs/housekeeping.ts";
import { createLexicons } from "#contexts/lexicons/lexicons.ts";
import { createMail } from "#contexts/mail/mail.ts";
import {
  createSmtpTransport,
  type MailTransport,
} from "#contexts/mail/transport.ts";
import { createPreferences } from "#contexts/records/preferences.ts";
import { createRecords } from "#contexts/records/records.ts";
import { createWriter } from "#contexts/records/write.ts";
import { createRelays } from "#contexts/relays/relays.ts";
import { createPasswords } from "#contexts/security/passwords.ts";
import { systemRandom } from "#contexts/security/random.ts";
import { createSecurity } from "#contexts/security/security.ts";
import { openRotationSigner } from "#contexts/security/server-key.ts";
import { createSessionTokens } from "#contexts/security/session-tokens.ts";
import { createSessions } from "#contexts/security/sessions.ts";
import { createSequencer } from "#contexts/sequencer/sequencer.ts";
import { createSync } from "#contexts/sync/sync.ts";
import type { Contexts } from "#edge/contexts.ts";
import { startEdge, type Edge } from "#edge/http/server.ts";
import { systemClock, type Clock } from "#lib/clock.ts";
import { silentLogger, type Logger } from "#lib/log.ts";
import { createKeyedMutex } from "#lib/mutex.ts";
import { createSafeFetch } from "#lib/safe-fetch.ts";
import { createNodeCache } from "#repo/mst/cache.ts";
import type { Did } from "#repo/syntax.ts";
import { createTidClock } from "#repo/tid.ts";
import { openAccountDb } from "#storage/account/account-db.ts";
import { createActorStores } from "#storage/actor-stores.ts";
import { createDiskBlobStore } from "#storage/disk-blob-store.ts";
import { openDataFolder } from "#storage/data-folder.ts";
import { createKeyStore } from "#storage/key-store.ts";
import { createSequencerDb } from "#storage/sequencer-db.ts";
import type { Config } from "./config.ts";

export interface AppDeps {
  clock?: Clock;
  log?: Logger;
  /** Instead of the SMTP server of the settings. */
  mailTransport?: MailTransport;
  /** What happens when the disk fails to sync; ends the process with 70 otherwise. */
  onFatal?(error: unknown): void;
}

export interface App {
  readonly contexts: Contexts;
  readonly accounts: Accounts;
  /** Recovers, listens, then finishes what was interrupted. */
  start(): Promise<{ url: string }>;
  /** Finishes requests, then closes everything in reverse. May be called before or without `start`. */
  stop(): Promise<void>;
}

const EXIT_DISK_FAILED = 70;
const MAX_SUBSCRIBER_BYTES = 256 * 1024 * 1024;

type Storage = ReturnType<typeof openStorage>;

/**
 * The only place where the parts of the program are put together: settings to
 * storage, storage to contexts, contexts to the edge.
 * @throws OperatorError when the data folder can't be used.
 */
export async function createApp(
  config: Config,
  deps: AppDeps = {},
): Promise<App> {
  const clock = deps.clock ?? systemClock;
  const log = deps.log ?? silentLogger;
  const storage = openStorage(config, { clock, log });
  const domain = createDomain(config, storage, {
    clock,
    log,
    onFatal: deps.onFatal ?? endProcess(log),
    mailTransport: deps.mailTransport ?? smtpTransport(config),
  });
  let edge: Edge | null = null;
  let isStarted = false;

  return {
    contexts: domain.contexts,
    accounts: domain.accounts,
    async start() {
      const report = await domain.sequencer.start();
      isStarted = true;
      log.info("recovered", { ...report });
      edge = startEdge({
        contexts: domain.contexts,
        settings: config,
        lexicons: domain.lexicons,
        fetch: domain.serviceFetch,
        clock,
        log,
        checks: config.devMode ? "log" : "off",
      });
      domain.mail.start();
      domain.housekeeping.start();
      await domain.accounts.resumeCreations();
      void domain.relays.requestCrawl();
      return { url: edge.url.origin };
    },
    async stop() {
      await edge?.stop();
      await domain.housekeeping.stop();
      await domain.mail.stop();
      if (isStarted) await domain.sequencer.stop();
      storage.close();
    },
  };
}

function endProcess(log: Logger): (error: unknown) => void {
  return (error) => {
    log.error("disk.sync_failed", { error });
    process.exit(EXIT_DISK_FAILED);
  };
}

function smtpTransport({ smtpUrl }: Config): MailTransport | null {
  return smtpUrl === null ? null : createSmtpTransport(smtpUrl.reveal());
}

function openStorage(
  config: Config,
  { clock, log }: { clock: Clock; log: Logger },
) {
  const folder = openDataFolder(config.dataFolder);
  const keyStore = createKeyStore({
    keysPath: folder.keysPath,
    masterKey: config.masterKey?.reveal() ?? null,
  });
  const accountDb = openAccountDb(folder.accountDbPath);
  const eventLog = createSequencerDb({ path: folder.sequencerDbPath });
  const stores = createActorStores({
    reposPath: folder.reposPath,
    generationOf: accountDb.accounts.generationOf,
    maxOpen: config.openRepoHandles,
    log,
  });
  const blobStore = createDiskBlobStore({
    blobsPath: config.blobFolder ?? folder.blobsPath,
    ...(config.blobTmpFolder !== null && {
      temporaryPath: config.blobTmpFolder,
    }),
    clock,
  });
  return {
    keyStore,
    accountDb,
    eventLog,
    stores,
    blobStore,
    close() {
      stores.close();
      eventLog.close();
      accountDb.close();
      folder.close();
    },
  };
}

interface Surroundings {
  clock: Clock;
  log: Logger;
  onFatal(error: unknown): void;
  mailTransport: MailTransport | null;
}

function createDomain(
  config: Config,
  storage: Storage,
  { clock, log, onFatal, mailTransport }: Surroundings,
) {
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
  const generationOf = accountDb.accounts.generationOf;
  const statusOf = (did: Did) => findStatus(accountDb, did);
  const sequencer = createSequencer({
    ...{ eventLog, stores, clock, log, onFatal, generationOf },
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
    ...{ blobStore, accountDb, stores, locks, clock },
    maxUploadBytes: config.blobUploadLimitBytes,
  });
  const writer = createWriter({
    ...{ stores, sequencer, locks, statusOf, generationOf, nodeCache },
    ...{ tids, clock },
    signerOf: keys.getSigner,
    findMissingBlob: blobs.findMissing,
    shouldInvert: config.devMode,
  });
  const records = createRecords({
    ...{ accountDb, stores, lexicons, blobs, writer, tids },
    resolveDid: (did) => identity.resolveDid(did),
  });
  const accounts = createAccountsContext(config, storage, {
    ...{ clock, log, locks, keys, identity, writer, sequencer },
  });
  const sync = createSync({
    ...{ stores, eventLog, sequencer, statusOf, nodeCache, clock },
    exportLimits: { maxConcurrent: 32, maxDurationMs: 30 * 60_000 },
    subscriptionLimits: {
      maxLiveBufferBytes: 1024 * 1024,
      stallMs: 30_000,
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
    resolveKey: (did, options) => identity.signingKeyOf(did, options),
    clock,
  });
  const collector = createBlobCollector({
    ...{ accountDb, blobStore, stores, locks, clock, log },
    isBehind: sequencer.isBehind,
  });
  const mail = createMail({
    ...{ outbox: accountDb.mails, transport: mailTransport, clock, log },
    from: config.emailFrom ?? `no-reply@${config.hostname}`,
    serviceName: config.serviceName,
  });
  const housekeeping = createHousekeeping({
    log,
    chores: createChores({
      ...{ accounts, accountDb, blobStore, collector, eventLog },
      ...{ sequencer, sync, clock },
      backfillWindowMs: config.backfillWindowMs,
    }),
  });
  const contexts: Contexts = {
    accounts,
    security,
    identity,
    records: { ...records, ...createPreferences({ accountDb, clock }) },
    blobs,
    sync,
  };
  return {
    ...{ contexts, accounts, sequencer, relays, lexicons, serviceFetch },
    ...{ mail, housekeeping },
  };
}

/** Two kinds of requests to the world: to hosts that strangers name, and to services that the operator chose. */
function createFetches(config: Config) {
  const allowLoopback = config.devMode;
  const strangerFetch = createSafeFetch({
    allowLoopback,
    allowAnyAddress: config.disableSsrfProtection,
    timeoutMs: config.idResolverTimeoutMs,
    maxBytes: config.fetchMaxResponseBytes,
    maxRedirects: 3,
  });
  const serviceFetch = createSafeFetch({
    allowLoopback,
    allowAnyAddress: config.disableSsrfProtection,
    timeoutMs: config.proxyHeadersTimeoutMs,
    maxBytes: config.proxyMaxResponseBytes,
    maxRedirects: 0,
  });
  return { strangerFetch, serviceFetch };
}

function createIdentityContext(
  config: Config,
  { accountDb }: Storage,
  deps: {
    clock: Clock;
    log: Logger;
    strangerFetch: ReturnType<typeof createSafeFetch>;
  },
): Identity {
  return createIdentity({
    ...{ clock: deps.clock, log: deps.log, fetch: deps.strangerFetch },
    config: {
      ...config,
      serviceDid: config.serviceDid as Did,
      timeoutMs: config.idResolverTimeoutMs,
      backupNameservers: config.handleBackupNameservers,
    },
    plc: createPlcClient({ url: config.plcUrl, fetch }),
    findLocalHandle(handle) {
      const row = accountDb.accounts.findByHandle(handle);
      return row?.did ?? null;
    },
  });
}

function createAccountsContext(
  config: Config,
  { accountDb: db, keyStore }: Storage,
  deps: {
    clock: Clock;
    log: Logger;
    locks: ReturnType<typeof createKeyedMutex>;
    keys: ReturnType<typeof createSigningKeys>;
    identity: Identity;
    writer: ReturnType<typeof createWriter>;
    sequencer: ReturnType<typeof createSequencer>;
  },
): Accounts {
  const { clock, log, identity, writer, sequencer } = deps;
  const secret = config.jwtSecret?.reveal() ?? null;
  const sessions = createSessions({
    ...{ db, clock },
    tokens: createSessionTokens({
      serviceDid: config.serviceDid,
      jwtKey:
        secret === null
          ? keyStore.derive("session-tokens", 32)
          : Buffer.from(secret),
      refreshIdKey: keyStore.derive("refresh-token-ids", 32),
      clock,
    }),
    onReuse: ({ did, id }) =>
      log.warn("session.reused", { did, sessionId: id }),
  });
  return createAccounts({
    ...{ db, clock, log, sessions, locks: deps.locks, keys: deps.keys },
    plc: identity.plc,
    genesis: { publish: writer.createRepo },
    rotationSigner: openRotationSigner({
      hex: config.plcRotationKey?.reveal() ?? null,
      ...{ db, keyStore, clock },
    }),
    recoveryDidKey: config.recoveryDidKey,
    publicUrl: config.publicUrl,
    hostname: config.hostname,
    inviteRequired: config.inviteRequired,
    inviteIntervalMs: config.inviteIntervalMs,
    inviteEpochMs: config.inviteEpochMs,
    passwords: createPasswords(),
    checkNewHandle: (text) =>
      checkNewHandle(text, {
        domains: config.handleDomains,
        devMode: config.devMode,
      }),
    resolveHandle: identity.resolveHandle,
    resolveDid: (did) => identity.resolveDid(did, { refresh: true }),
    findDidDocument: async (did) =>
      config.didDocWithSession
        ? await identity.resolveDid(did).catch(() => null)
        : null,
    drainOutbox: sequencer.drainOutbox,
  });
}
