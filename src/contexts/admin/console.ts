import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { LogKeeper } from "#lib/log-keeper.ts";
import type { Did } from "#repo/syntax.ts";
import type { UsageRows } from "#storage/account/usage.ts";
import { type Checkups, reportOf } from "#contexts/checks/checkup.ts";
import type { Finding } from "#contexts/checks/findings.ts";
import {
  findingsIn,
  type HostCheckups,
} from "#contexts/checks/host-checkup.ts";
import type { RepoVerification } from "#contexts/checks/verify.ts";
import type { Job, Queue } from "#contexts/queue/queue.ts";
import type { Announcer } from "#contexts/relays/announce.ts";
import type { Relays, RelayView } from "#contexts/relays/relays.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type {
  LiveKey,
  LiveSettings,
  SettingOrigin,
} from "#contexts/settings/live-settings.ts";
import type { Activity } from "#contexts/sync/activity.ts";
import type { SubscriberInfo } from "#contexts/sync/subscribers.ts";
import type { AccountConsole } from "./account-console.ts";
import type { RecordAct } from "./audit.ts";
import type { BulkActs } from "./bulk-acts.ts";
import type { HandleReport } from "./handle-check.ts";
import type { Light, StorageView } from "./host-views.ts";
import type { Measurements } from "./measurements.ts";
import type { Outbox } from "./outbox.ts";

/** A setting as the operator sees it; secrets show only whether they are set. */
export interface SettingView {
  name: string;
  group: string;
  about: string;
  /** null for one that is not set. */
  value: string | null;
  isSecret: boolean;
  origin: SettingOrigin;
  /** Its key, where the pages may change it. */
  live: LiveKey | null;
}

export interface StreamView {
  seq: number;
  /** When the oldest event was made that readers can still ask for; null when there is none. */
  oldestAtMs: number | null;
  windowMs: number;
  subscribers: (SubscriberInfo & { lagMs: number })[];
}

export interface ChoreRow {
  name: string;
  everyMs: number;
  isRunning: boolean;
  last: { atMs: number; tookMs: number; error: string | null } | null;
}

/** What the operator's pages show and do, beside the methods of com.atproto.admin. */
export interface AdminConsole {
  accounts: AccountConsole;
  bulk: Pick<BulkActs, "preview" | "start" | "listFailed">;
  lights(): Light[];
  measured: Measurements;
  /** The numbers as Prometheus reads them. */
  metricsText(): string;
  storage(): StorageView;
  /** What each account takes, by DID. */
  listUsage: UsageRows["list"];
  /** Whether repositories are whole, looked at while the server runs. */
  checks: {
    /** Of one account. @returns the job's id @throws XrpcError NotFound (400) */
    start(did: string, caller: Caller): number;
    startAll(caller: Caller): number;
    lastOfAll: HostCheckups["find"];
    reportOf(job: Job): RepoVerification | null;
    /** What the check of all found of an account; null for other jobs. */
    findingsIn(job: Job, fault: string): Finding[] | null;
  };
  mail: Outbox;
  jobs: {
    list(before: number | null, limit?: number): Job[];
    find(id: number): Job | null;
    /** @throws XrpcError InvalidRequest when it has ended. */
    cancel(id: number, caller: Caller): void;
    chores(): ChoreRow[];
    /** @throws XrpcError NotFound */
    runChore(name: string, caller: Caller): void;
    measureAccounts(): number;
  };
  relays: {
    list(): (RelayView & { behindEvents: number | null })[];
    crawl(caller: Caller): void;
    /** What each relay says of one account; asked no more than once a minute. */
    askAbout: Relays["askAboutRepo"];
    /** Says accounts again, all or these. @returns the job's id */
    announce(dids: readonly Did[] | null, caller: Caller): number;
    /** Words for the operator of a relay, to raise the limit of this host. */
    limitRequest(): string;
  };
  stream(): StreamView;
  events: Pick<Activity, "listAll" | "listNew">;
  /** @throws XrpcError NotFound */
  disconnect(id: number, caller: Caller): void;
  logs: Pick<LogKeeper, "list" | "level">;
  settings: {
    list(): SettingView[];
    /** @throws XrpcError InvalidRequest */
    change(key: LiveKey, text: string, caller: Caller): void;
  };
  identity: {
    serviceDid: string;
    hostname: string;
    handleDomains: readonly string[];
    plcUrl: string;
    /** Asks the directory whether it is there. */
    checkPlc(): Promise<{ isWell: boolean; tookMs: number; words: string }>;
    /** Whether an account's handle leads to it, looked up anew. */
    checkHandle(did: Did): Promise<{ isWell: boolean; words: string }>;
    /** Starts a job that checks them all. @returns its id */
    checkAllHandles(): number;
    lastHandleReport(): HandleReport;
  };
  record: RecordAct;
}

export interface ConsoleDeps {
  accounts: AccountConsole;
  bulk: BulkActs;
  lights(): Light[];
  measured: Measurements;
  metricsText(): string;
  storage(): StorageView;
  listUsage: UsageRows["list"];
  checkups: Pick<Checkups, "start">;
  hostCheckups: Pick<HostCheckups, "start" | "find">;
  mail: Outbox;
  queue: Queue;
  chores: { list(): ChoreRow[]; runNow(name: string): boolean };
  measureAccounts(): number;
  relays: Pick<Relays, "list" | "requestCrawl" | "askAboutRepo">;
  behindOf(relay: RelayView): number | null;
  announceAccounts: Announcer["announceAccounts"];
  countActive(): number;
  publicUrl: string;
  contactEmail(): string | null;
  stream(): StreamView;
  events: Activity;
  disconnect(id: number): boolean;
  logs: LogKeeper;
  live: LiveSettings;
  listSettings(): SettingView[];
  identity: AdminConsole["identity"];
  record: RecordAct;
  clock: Clock;
}

const JOBS_PAGE = 50;

export function createConsole(deps: ConsoleDeps): AdminConsole {
  const { queue, record } = deps;
  const gone = (what: string) => new XrpcError("NotFound", `${what} is gone`);
  return {
    accounts: deps.accounts,
    bulk: deps.bulk,
    lights: deps.lights,
    measured: deps.measured,
    metricsText: deps.metricsText,
    storage: deps.storage,
    listUsage: deps.listUsage,
    checks: {
      start(did, caller) {
        if (deps.accounts.find(did) === null) throw gone("That account");
        const job = deps.checkups.start(did as Did);
        record(caller, {
          ...{ action: "checkRepo", subject: did, detail: { job } },
        });
        return job;
      },
      startAll(caller) {
        const job = deps.hostCheckups.start();
        const subject = "repositories";
        record(caller, { action: "checkRepos", subject, detail: { job } });
        return job;
      },
      lastOfAll: deps.hostCheckups.find,
      reportOf,
      findingsIn,
    },
    mail: deps.mail,
    jobs: {
      list: (before, limit = JOBS_PAGE) => queue.list({ before, limit }),
      find: queue.find,
      cancel(id, caller) {
        if (!queue.cancel(id)) {
          throw new XrpcError(
            "InvalidRequest",
            "The job has ended already",
          ).because("jobOver");
        }
        record(caller, { action: "cancelJob", subject: `job ${id}` });
      },
      chores: deps.chores.list,
      runChore(name, caller) {
        if (!deps.chores.runNow(name)) throw gone("That work");
        record(caller, { action: "runChore", subject: name });
      },
      measureAccounts: deps.measureAccounts,
    },
    relays: {
      list: () =>
        deps.relays.list().map((relay) => {
          return { ...relay, behindEvents: deps.behindOf(relay) };
        }),
      askAbout: deps.relays.askAboutRepo,
      crawl(caller) {
        deps.relays.requestCrawl();
        record(caller, { action: "requestCrawl", subject: "relays" });
      },
      announce(dids, caller) {
        const id = deps.announceAccounts(
          dids === null ? { all: true } : { dids },
        );
        const subject = dids?.length === 1 ? dids[0]! : "accounts";
        record(caller, { action: "announce", subject, detail: { job: id } });
        return id;
      },
      limitRequest: () => limitRequest(deps),
    },
    stream: deps.stream,
    events: deps.events,
    disconnect(id, caller) {
      if (!deps.disconnect(id)) throw gone("That reader");
      record(caller, { action: "disconnect", subject: `reader ${id}` });
    },
    logs: deps.logs,
    settings: {
      list: deps.listSettings,
      change(key, text, caller) {
        const before = shownAs(deps.live.get(key));
        deps.live.change(key, text);
        const detail = { before, after: shownAs(deps.live.get(key)) };
        record(caller, { action: "changeSetting", subject: key, detail });
      },
    },
    identity: deps.identity,
    record,
  };
}

/** What is changed here is no secret. */
function shownAs(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

function limitRequest(deps: ConsoleDeps): string {
  const contact = deps.contactEmail() ?? "(your address)";
  return `Hello,

I run the PDS ${deps.publicUrl}. It has ${deps.countActive()} active accounts, and your relay lets a new host have a hundred; those above are not seen. Could you raise the limit for ${new URL(deps.publicUrl).host}?

Contact: ${contact}. New accounts here need the consent of the operator or a check for people, and more than a set number in an hour closes the registration.

Thank you.`;
}
