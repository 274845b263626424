import { createUsageJob, USAGE_JOB } from "#contexts/admin/usage-job.ts";
import type { Storage } from "./storage.ts";
import { listLags, type StreamGauges } from "./measurements.ts";
import { originOf } from "./settings.ts";
import type { Accounts } from "#contexts/accounts/accounts.ts";
import type { EmailTokens } from "#contexts/accounts/email-tokens.ts";
import type { Registration } from "#contexts/accounts/registration.ts";
import { createAccountConsole } from "#contexts/admin/account-console.ts";
import type { Admin } from "#contexts/admin/admin.ts";
import { createAudit } from "#contexts/admin/audit.ts";
import { BULK_JOB, createBulkActs } from "#contexts/admin/bulk-acts.ts";
import {
  type AdminConsole,
  createConsole,
  type SettingView,
} from "#contexts/admin/console.ts";
import { createHandleCheck, HANDLE_JOB } from "#contexts/admin/handle-check.ts";
import { createLights, createStorageView } from "#contexts/admin/host-views.ts";
import type { Measurements } from "#contexts/admin/measurements.ts";
import { createOutbox } from "#contexts/admin/outbox.ts";
import { prometheusText } from "#contexts/admin/prometheus.ts";
import type { Checkups } from "#contexts/checks/checkup.ts";
import type { HostCheckups } from "#contexts/checks/host-checkup.ts";
import type { Identity } from "#contexts/identity/identity.ts";
import type { Housekeeping } from "#contexts/jobs/housekeeping.ts";
import type { Mail } from "#contexts/mail/mail.ts";
import type { Queue } from "#contexts/queue/queue.ts";
import type { JobHandler } from "#contexts/queue/runner.ts";
import type { Announcer } from "#contexts/relays/announce.ts";
import type { Relays, RelayView } from "#contexts/relays/relays.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import type {
  LiveKey,
  LiveSettings,
} from "#contexts/settings/live-settings.ts";
import type { Sequencer } from "#contexts/sequencer/sequencer.ts";
import { createActivity } from "#contexts/sync/activity.ts";
import type { Sync } from "#contexts/sync/sync.ts";
import type { Clock } from "#lib/clock.ts";
import { createLogKeeper, type LogKeeper } from "#lib/log-keeper.ts";
import type { Logger } from "#lib/log.ts";
import { Secret } from "#lib/secret.ts";
import type { Did } from "#repo/syntax.ts";
import type { Config } from "#config.ts";
import type { Setting } from "#config/setting.ts";
import { SETTING_GROUPS, type SettingKey } from "#config/table.ts";

export interface ConsoleParts {
  accounts: Accounts;
  admin: Admin;
  announcer: Announcer;
  checkups: Checkups;
  hostCheckups: HostCheckups;
  clock: Clock;
  emailTokens: EmailTokens;
  events: SecurityEvents;
  /** Of the queue; the work of the pages is added. */
  handlers: Map<string, JobHandler>;
  housekeeping: Housekeeping;
  identity: Identity;
  live: LiveSettings;
  log: Logger;
  logKeeper: LogKeeper | null;
  mail: Mail;
  measured: Measurements;
  queue: Queue;
  registration: Registration;
  relays: Relays;
  sequencer: Sequencer;
  sync: Sync;
}

/** What the operator's pages need, and the jobs that they start. */
export function createConsoleContext(
  config: Config,
  storage: Storage,
  parts: ConsoleParts,
): AdminConsole {
  const { accountDb: db, eventLog, stores } = storage;
  const { accounts, admin, clock, events, log, measured, relays } = parts;
  const { announcer, handlers, live, mail, queue, sequencer, sync } = parts;
  const record = createAudit({ db, clock, log, events });
  const usage = createUsageJob({ db, stores, eventLog, queue, clock });
  const bulk = createBulkActs({
    ...{ db, queue, record, log, subjects: admin },
    setInvites: (account, isAllowed, caller) =>
      isAllowed
        ? admin.enableAccountInvites({ account }, caller)
        : admin.disableAccountInvites({ account }, caller),
    announceListed: () => announcer.announceAccounts({ listed: true }),
    deleteAccount: (did, caller) => admin.deleteAccount({ did }, caller),
  });
  handlers.set(BULK_JOB, bulk.runJob);
  handlers.set(USAGE_JOB, usage.run);
  const identity = createIdentityView(config, storage, parts);
  const { checkHandle } = identity;
  const handleCheck = createHandleCheck({ db, queue, clock, checkHandle });
  handlers.set(HANDLE_JOB, handleCheck.run);
  const logs = parts.logKeeper ?? createLogKeeper(config.logLevel);
  logs.setLevel(live.get("logLevel"));
  live.onChange((key) => {
    if (key === "logLevel") logs.setLevel(live.get("logLevel"));
  });
  const storageView = createStorageView({
    ...{ db, measured, space: storage.usage },
  });
  const streams: StreamGauges = {
    sequencer,
    listSubscribers: sync.subscribers.list,
  };
  const behindOf = ({ seq }: RelayView) => countAfter(sequencer, seq);
  return createConsole({
    ...{ bulk, live, logs, measured, queue, record, relays, clock },
    ...{ checkups: parts.checkups, hostCheckups: parts.hostCheckups },
    accounts: createAccountConsole({
      ...{ db, eventLog, stores, accounts, record, clock },
      emailTokens: parts.emailTokens,
      updateSigningKey: admin.updateAccountSigningKey,
    }),
    lights: createLights({
      ...{ db, measured, storage: storageView, relays: relays.list },
      isMailConfigured: mail.isConfigured,
      registration: parts.registration,
    }),
    metricsText: () =>
      prometheusText(measured, {
        seq: sequencer.lastSeq(),
        accounts: db.usage.countByStatus(),
        subscribers: listLags(streams, clock),
        relays: relays.list().map((relay) => {
          return { url: relay.url, behindEvents: behindOf(relay) };
        }),
        storageBytes: storageBytes(storage),
      }),
    storage: storageView,
    listUsage: db.usage.list,
    mail: createOutbox({
      db,
      mail,
      record,
      clock,
      way: mailWayOf(config, mail.isConfigured),
    }),
    chores: parts.housekeeping,
    measureAccounts: usage.request,
    behindOf,
    announceAccounts: announcer.announceAccounts,
    countActive: () => db.usage.countByStatus().active,
    publicUrl: config.publicUrl,
    contactEmail: () => live.get("contactEmail"),
    stream() {
      const oldest = sequencer.read({
        ...{ after: 0, limit: 1, maxBytes: 1 },
      })[0];
      return {
        seq: sequencer.lastSeq(),
        oldestAtMs: oldest?.createdAtMs ?? null,
        windowMs: config.backfillWindowMs,
        subscribers: listLags(streams, clock),
      };
    },
    events: createActivity({ eventLog }),
    disconnect: sync.subscribers.disconnect,
    listSettings: () => listSettings(config, live),
    identity: {
      ...identity,
      checkAllHandles: handleCheck.request,
      lastHandleReport: handleCheck.last,
    },
  });
}

function storageBytes({ accountDb, usage }: Storage): Record<string, number> {
  const { blobBytes, repoBytes } = accountDb.usage.totals();
  const { accountDbBytes, sequencerDbBytes, freeBytes } = usage();
  return {
    ...{ blobs: blobBytes, repos: repoBytes, free: freeBytes },
    ...{ accounts: accountDbBytes, log: sequencerDbBytes },
  };
}

/** Events after a number, up to a hundred; null where the relay says none. */
function countAfter(
  sequencer: Pick<Sequencer, "read">,
  seq: number | null,
): number | null {
  if (seq === null) return null;
  const page = { after: seq, limit: 100, maxBytes: 1_000_000 };
  return sequencer.read(page).filter(({ frame }) => frame.length > 0).length;
}

/** How letters leave: a host, or a name that the pages have words for. */
function mailWayOf(config: Config, isConfigured: boolean): string {
  if (config.emailLogOnly) return "none";
  if (config.emailApi !== null) return new URL(config.emailApi.url).host;
  const url =
    config.smtpUrl === null ? null : URL.parse(config.smtpUrl.reveal());
  // A development network catches letters itself.
  if (url === null) return isConfigured ? "mailbox" : "none";
  return url.searchParams.has("sendmail") ? "sendmail" : `SMTP ${url.host}`;
}

function createIdentityView(
  config: Config,
  { accountDb: db }: Storage,
  { identity, clock }: ConsoleParts,
): Omit<AdminConsole["identity"], "checkAllHandles" | "lastHandleReport"> {
  return {
    serviceDid: config.serviceDid,
    hostname: config.hostname,
    handleDomains: config.handleDomains,
    plcUrl: config.plcUrl,
    async checkPlc() {
      const startedMs = clock.nowMs();
      const took = () => clock.nowMs() - startedMs;
      try {
        const answer = await fetch(`${config.plcUrl}/_health`, {
          signal: AbortSignal.timeout(config.idResolverTimeoutMs),
        });
        await answer.body?.cancel();
        const words = `HTTP ${answer.status}`;
        return { isWell: answer.status < 500, tookMs: took(), words };
      } catch (error) {
        const words = error instanceof Error ? error.message : String(error);
        return { isWell: false, tookMs: took(), words };
      }
    },
    async checkHandle(did: Did) {
      const row = db.accounts.find(did);
      if (row === null) return { isWell: false, words: "no such account" };
      try {
        const document = await identity.resolveDid(did, { refresh: true });
        const claims = document.alsoKnownAs ?? [];
        if (!claims.includes(`at://${row.handle}`)) {
          const words = `the identity names ${claims.join(", ") || "no handle"}`;
          return { isWell: false, words };
        }
        const found = await identity.resolveHandle(row.handle);
        return found === did
          ? { isWell: true, words: "leads both ways" }
          : {
              isWell: false,
              words: `the handle leads to ${found ?? "nobody"}`,
            };
      } catch (error) {
        const words = error instanceof Error ? error.message : String(error);
        return { isWell: false, words };
      }
    },
  };
}

function listSettings(config: Config, live: LiveSettings): SettingView[] {
  return SETTING_GROUPS.flatMap(({ title, settings }) =>
    Object.entries(settings).map(([key, row]: [string, Setting<unknown>]) => {
      const liveKey = row.live ? (key as LiveKey) : null;
      const mayChange = liveKey !== null && live.mayChange(liveKey);
      const value =
        liveKey === null ? config[key as keyof Config] : live.get(liveKey);
      return {
        name: row.name,
        group: title,
        about: row.about,
        value: row.secret ? null : showValue(value),
        isSecret: row.secret,
        origin:
          liveKey === null
            ? originOf(config, key as SettingKey)
            : live.originOf(liveKey),
        live: mayChange ? liveKey : null,
      };
    }),
  );
}

function showValue(value: unknown): string | null {
  if (value === null || value === undefined || value instanceof Secret) {
    return null;
  }
  if (Array.isArray(value)) return value.length === 0 ? null : value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
