import { createRegistrationOf } from "./registration.ts";
import { createRepositoryContexts } from "./repositories.ts";
import { readBrand } from "./brand.ts";
import { createLiveSettingsOf, withLiveValues } from "./settings.ts";
import { createAccountsContext } from "./accounts.ts";
import { toContexts } from "./contexts.ts";
import { createConsoleContext } from "./console.ts";
import { createCredentials } from "./credentials.ts";
import { createLexiconContexts } from "./lexicons.ts";
import { createLifecycleContexts, type Checkpoint } from "./lifecycle.ts";
import { createMailContext } from "./mail.ts";
import {
  countedContexts,
  createMeasurementsOf,
  type StreamGauges,
} from "./measurements.ts";
import { createFetches, createIdentityContext } from "./network.ts";
import { createRelaysContext } from "./relays.ts";
import { createDelegationsOf, createOAuthContext } from "./oauth.ts";
import { createSecurityContexts } from "./security.ts";
import type { Storage } from "./storage.ts";
import { createCleanUps } from "#contexts/blobs/clean-up.ts";
import { createCheckups } from "#contexts/checks/checkup.ts";
import { createHostCheckups } from "#contexts/checks/host-checkup.ts";
import { createChores } from "#contexts/jobs/chores.ts";
import { createJobHandlers } from "#contexts/jobs/handlers.ts";
import { createHousekeeping } from "#contexts/jobs/housekeeping.ts";
import { type MailTransport } from "#contexts/mail/transport.ts";
import { createBulkDeletions } from "#contexts/records/bulk-delete.ts";
import { sleep } from "#lib/sleep.ts";
import { createQueue } from "#contexts/queue/queue.ts";
import { createQueueRunner } from "#contexts/queue/runner.ts";
import { createLimiterOf } from "#edge/xrpc/limits.ts";
import { createWriteBudget } from "#edge/xrpc/write-budget.ts";
import { type Clock } from "#lib/clock.ts";
import type { LogKeeper } from "#lib/log-keeper.ts";
import { type Logger } from "#lib/log.ts";
import type { Config } from "#config.ts";

/** What the contexts need that is neither a setting nor stored. */
export interface Surroundings {
  clock: Clock;
  log: Logger;
  onFatal(error: unknown): void;
  mailTransport: MailTransport | null;
  shouldInvert: boolean;
  logKeeper?: LogKeeper;
  checkpoint?: Checkpoint;
}

/** Builds the contexts in the order in which they may know each other. */
export function createDomain(
  config: Config,
  storage: Storage,
  surroundings: Surroundings,
) {
  const { clock, log, mailTransport } = surroundings;
  const brand = readBrand(config);
  const checkpoint = surroundings.checkpoint ?? (() => {});
  const { accountDb, eventLog, blobStore } = storage;
  const { strangerFetch, serviceFetch } = createFetches(config);
  const identity = createIdentityContext(config, storage, {
    clock,
    log,
    strangerFetch,
  });
  const { lexicons, lexiconResolver, permissionSets } = createLexiconContexts(
    config,
    storage,
    { identity, strangerFetch, clock, log },
  );
  let streams: StreamGauges | null = null;
  const measured = createMeasurementsOf(storage, {
    clock,
    streams: () => streams,
  });
  const repositories = createRepositoryContexts(config, storage, {
    ...{ clock, log, identity, lexicons, checkpoint, measured },
    ...{ onFatal: surroundings.onFatal },
    ...{ shouldInvert: surroundings.shouldInvert },
  });
  const { locks, tids, sequencer, keys, writer } = repositories;
  streams = { sequencer, listSubscribers: repositories.sync.subscribers.list };
  const live = createLiveSettingsOf(config, storage, { clock });
  const mail = createMailContext(config, storage, {
    ...{ clock, log, mailTransport, live, fetch: serviceFetch },
    onDelivery: (result) => measured.add(result),
  });
  const credentials = createCredentials(config, storage, {
    ...{ clock, log, mail, identity, live },
  });
  const registration = createRegistrationOf(config, storage, {
    ...{ live, mail, serviceFetch, clock, log },
  });
  const accounts = createAccountsContext(config, storage, {
    ...credentials,
    ...{ registration, permissionSets, clock, log, locks, keys, identity },
    ...{ writer, sequencer, checkpoint },
  });
  const lifecycles = createLifecycleContexts(config, storage, {
    ...credentials,
    ...{ accounts, identity, keys, lexicons, locks, sequencer, tids },
    ...{ clock, log, checkpoint },
  });
  const { activations, deletions, keyRotations, imports } = lifecycles;
  const queue = createQueue({ db: accountDb, clock });
  const { relays, announcer, pace } = createRelaysContext(config, storage, {
    ...{ queue, sequencer, locks, keys, tids, clock, log },
    sync: repositories.sync,
    fetch: serviceFetch,
  });
  const limiter = createLimiterOf(config, clock);
  const bulkDeletions = createBulkDeletions({
    ...{ queue, pace, sleep, writer, clock },
    budget: createWriteBudget(limiter, clock),
    ...storage,
  });
  const { collector } = repositories;
  const cleanUps = createCleanUps({ queue, collector, db: accountDb });
  const { isBehind } = sequencer;
  const checkups = createCheckups({
    ...{ ...storage, queue, isBehind, locks, clock },
  });
  const hostCheckups = createHostCheckups({
    ...{ db: accountDb, queue, checkups, clock },
  });
  const handlers = createJobHandlers({
    ...{ relays, announcer, bulkDeletions, cleanUps, checkups, hostCheckups },
  });
  const jobs = createQueueRunner({
    ...{ db: accountDb, queue, clock, log, handlers },
  });
  const delegations = createDelegationsOf(config, storage, {
    ...{ ...credentials, identity, lexicons, permissionSets, clock },
  });
  const { security, admins } = createSecurityContexts(config, storage, {
    ...credentials,
    ...{ identity, clock, log },
  });
  const oauth = createOAuthContext(config, storage, {
    ...credentials,
    ...{ clock, log, lexicons, lexiconResolver, strangerFetch, identity },
    delegations,
  });
  const housekeeping = createHousekeeping({
    ...{ log, clock },
    chores: createChores({
      accounts,
      deletions,
      factorRecoveries: credentials.factors.recoveries,
      keyRotations,
      imports,
      oauth,
      ...{ registration, measured, delegations },
      ...{ relays, sequencer, accountDb, blobStore, eventLog },
      events: credentials.events,
      queue,
      collector,
      stores: storage.stores,
      sync: repositories.sync,
      space: storage.space,
      clock,
      backfillWindowMs: config.backfillWindowMs,
    }),
  });
  const contexts = toContexts(config, storage, {
    ...{ ...repositories, ...credentials, ...lifecycles },
    ...{ accounts, registration, live, mail, relays, security, admins, oauth },
    delegations,
    ...{ identity, lexicons, lexiconResolver, announcer, clock, log },
    ...{ bulkDeletions, cleanUps, checkups },
  });
  const adminConsole = createConsoleContext(config, storage, {
    ...{ ...repositories, ...credentials, admin: contexts.admin },
    ...{ accounts, registration },
    ...{ announcer, clock, handlers, housekeeping, identity, live, log, mail },
    ...{ checkups, hostCheckups },
    ...{ measured, queue, relays, logKeeper: surroundings.logKeeper ?? null },
  });
  return {
    contexts: {
      ...countedContexts(contexts, measured),
      console: adminConsole,
    },
    settings: Object.assign(withLiveValues(config, live, registration), brand),
    ...{ accounts, activations, deletions, keyRotations, imports },
    ...{ sequencer, relays, announcer, queue, jobs },
    ...{ lexicons, serviceFetch, mail, housekeeping, measured, limiter },
  };
}
