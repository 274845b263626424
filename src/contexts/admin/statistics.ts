import type { Clock } from "#lib/clock.ts";
import { VERSION } from "#lib/version.ts";
import { formatCid } from "#repo/cid.ts";
import { decodeDrisl } from "#repo/drisl.ts";
import { isMap, lexToJson } from "#repo/lex-json.ts";
import type { Did, Nsid, RecordKey, Tid } from "#repo/syntax.ts";
import { tidToMicros } from "#repo/tid.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf } from "#storage/account/accounts.ts";
import type { ActorReader, ActorStores } from "#storage/actor-store.ts";
import type { EventLog } from "#storage/event-log.ts";

/** An account whose owner wants it shown. */
export interface ListedAccount {
  did: Did;
  handle: string;
  displayName: string | null;
  /** CIDs of pictures that this host has. */
  avatarCid: string | null;
  bannerCid: string | null;
  recordCount: number;
}

export interface ListedRecord {
  did: Did;
  handle: string;
  collection: string;
  rkey: string;
  cid: string;
  indexedAt: string;
}

export interface HostChecks {
  storageWritable: boolean;
  accountDatabase: boolean;
  sequencerDatabase: boolean;
  repoDirectory: boolean;
  blobDirectory: boolean;
  sequencerReadable: boolean;
  /** Repositories that have not caught up with the log: what a torn write would leave. */
  tornWriteCount: number;
}

/** What anybody may know of the host: numbers, and accounts that want to be seen. */
export interface HostStatistics {
  status: "ok" | "degraded" | "unhealthy";
  version: string;
  generatedAt: string;
  uptimeSeconds: number;
  metrics: {
    hostedAccountCount: number;
    totalAccountCount: number;
    commitCount: number;
    collectionCount: number;
    recordCount: number;
    lastIndexedAt: string | null;
  };
  health: { status: HostStatistics["status"]; checks: HostChecks };
  /** Twelve at most, the newest first. */
  users: ListedAccount[];
  /** The newest record of those accounts. */
  latestRecord: ListedRecord | null;
  /** The last four weeks, oldest first; those without a commit too. Weeks begin on Monday, UTC. */
  commitWeeks: { startsAt: string; commitCount: number }[];
  /** The ten that hold the most records. */
  collections: { collection: string; recordCount: number }[];
}

export interface StatisticsDeps {
  db: Pick<AccountDb, "accounts" | "listings">;
  eventLog: EventLog;
  stores: Pick<ActorStores, "find">;
  /** Whether each folder is there and may be written to. */
  checkFolders(): { data: boolean; repos: boolean; blobs: boolean };
  countBehind(): number;
  clock: Clock;
}

export interface Statistics {
  /** At most fifteen seconds old. Reads counters that run along, and no repository but those of listed accounts. */
  read(): HostStatistics;
  isListed(did: Did): boolean;
  /** Shows an account on the server's own pages, or no longer. Repeating it changes nothing. */
  setListed(did: Did, isListed: boolean): void;
}

const KEPT_MS = 15_000;
const DAY_MS = 24 * 3_600_000;
const WEEKS = 4;
const MOST_USERS = 12;
const MOST_COLLECTIONS = 10;
const PROFILE = "app.bsky.actor.profile" as Nsid;
const SELF = "self" as RecordKey;
const BEGINNING = "2222222222222" as Tid;

export function createStatistics(deps: StatisticsDeps): Statistics {
  const { db, eventLog, stores, clock } = deps;
  const startedAtMs = clock.nowMs();
  let kept: { statistics: HostStatistics; atMs: number } | null = null;

  function read(): HostStatistics {
    const nowMs = clock.nowMs();
    const totals = [...eventLog.collectionTotals()];
    const weeks = eventLog.commitWeeks();
    const listed = db.listings.list(MOST_USERS).flatMap(openListed);
    const checks = check(deps);
    const status = statusOfChecks(checks);
    return {
      ...{ status, version: VERSION },
      generatedAt: new Date(nowMs).toISOString(),
      uptimeSeconds: Math.floor((nowMs - startedAtMs) / 1000),
      metrics: summarize(totals, weeks),
      health: { status, checks },
      users: listed.map(({ account }) => account),
      latestRecord: newestOf(listed),
      commitWeeks: lastWeeks(weeks, nowMs),
      collections: totals
        .map(([collection, recordCount]) => ({ collection, recordCount }))
        .toSorted(
          (a, b) =>
            b.recordCount - a.recordCount ||
            (a.collection < b.collection ? -1 : 1),
        )
        .slice(0, MOST_COLLECTIONS),
    };
  }

  function summarize(
    totals: [string, number][],
    weeks: { commits: number }[],
  ): HostStatistics["metrics"] {
    const counts = db.accounts.countByStatus();
    const newestAtMs = eventLog.newestAtMs();
    return {
      hostedAccountCount: counts.active,
      totalAccountCount: counts.all,
      commitCount: sum(weeks.map(({ commits }) => commits)),
      collectionCount: totals.length,
      recordCount: sum(totals.map(([, records]) => records)),
      lastIndexedAt:
        newestAtMs === null ? null : new Date(newestAtMs).toISOString(),
    };
  }

  function openListed(did: Did) {
    const row = db.accounts.find(did);
    const store =
      row !== null && statusOf(row) === "active" && stores.find(did);
    if (!row || !store) return [];
    const { handle } = row;
    const recordCount = sum([...eventLog.collectionCounts(did).values()]);
    const account = { did, handle, recordCount, ...readProfile(store) };
    return [{ account, store }];
  }

  return {
    read() {
      const nowMs = clock.nowMs();
      if (kept === null || kept.atMs + KEPT_MS <= nowMs || kept.atMs > nowMs) {
        kept = { statistics: read(), atMs: nowMs };
      }
      return kept.statistics;
    },
    isListed: db.listings.has,
    setListed(did, isListed) {
      if (isListed) db.listings.put(did, clock.nowMs());
      else db.listings.remove(did);
      kept = null;
    },
  };
}

/** A profile may hold anything; what does not fit is left out. */
function readProfile(
  store: ActorReader,
): Pick<ListedAccount, "displayName" | "avatarCid" | "bannerCid"> {
  const record = store.findRecord(PROFILE, SELF);
  const decoded = record === null ? null : decodeDrisl(record.bytes);
  const value = isMap(decoded)
    ? (lexToJson(decoded) as Record<string, unknown>)
    : {};
  const name = value["displayName"];
  return {
    displayName: typeof name === "string" && name.trim() !== "" ? name : null,
    avatarCid: cidOfBlob(value["avatar"]),
    bannerCid: cidOfBlob(value["banner"]),
  };
}

function cidOfBlob(value: unknown): string | null {
  const { ref } = (value ?? {}) as { ref?: { $link?: unknown } };
  return typeof ref?.$link === "string" ? ref.$link : null;
}

function newestOf(
  listed: readonly { account: ListedAccount; store: ActorReader }[],
): ListedRecord | null {
  const newest = listed
    .flatMap(({ account, store }) => {
      const [record] = store.listRecordsSince({
        collections: store.listCollections(),
        since: BEGINNING,
        limit: 1,
      });
      return record === undefined ? [] : [{ account, record }];
    })
    .toSorted((a, b) => (a.record.rev < b.record.rev ? 1 : -1))[0];
  if (newest === undefined) return null;
  const { account, record } = newest;
  const atMs = tidToMicros(record.rev) / 1000;
  return {
    ...{ did: account.did, handle: account.handle },
    ...{ collection: record.collection, rkey: record.rkey },
    cid: formatCid(record.cid),
    indexedAt: new Date(atMs).toISOString(),
  };
}

function lastWeeks(
  weeks: readonly { startsAtMs: number; commits: number }[],
  nowMs: number,
): HostStatistics["commitWeeks"] {
  const today = new Date(nowMs);
  const daysSinceMonday = (today.getUTCDay() + 6) % 7;
  const thisWeekMs =
    Math.floor(nowMs / DAY_MS) * DAY_MS - daysSinceMonday * DAY_MS;
  return Array.from({ length: WEEKS }, (_, index) => {
    const startsAtMs = thisWeekMs - (WEEKS - 1 - index) * 7 * DAY_MS;
    const week = weeks.find((row) => row.startsAtMs === startsAtMs);
    return {
      startsAt: new Date(startsAtMs).toISOString().slice(0, 10),
      commitCount: week?.commits ?? 0,
    };
  });
}

function check(deps: StatisticsDeps): HostChecks {
  const { data, repos, blobs } = deps.checkFolders();
  const isSequencerReadable = works(() => deps.eventLog.bounds());
  return {
    storageWritable: data,
    accountDatabase: works(() => deps.db.accounts.count()),
    sequencerDatabase: isSequencerReadable,
    repoDirectory: repos,
    blobDirectory: blobs,
    sequencerReadable: isSequencerReadable,
    tornWriteCount: deps.countBehind(),
  };
}

function statusOfChecks(checks: HostChecks): HostStatistics["status"] {
  if (!checks.accountDatabase || !checks.sequencerDatabase) return "unhealthy";
  const { tornWriteCount, ...others } = checks;
  const isFine = tornWriteCount === 0 && Object.values(others).every(Boolean);
  return isFine ? "ok" : "degraded";
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function works(look: () => unknown): boolean {
  try {
    look();
    return true;
  } catch {
    return false;
  }
}
