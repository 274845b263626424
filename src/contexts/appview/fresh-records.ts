import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { formatCid } from "#repo/cid.ts";
import { decodeDrisl } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { isMap, lexToJson } from "#repo/lex-json.ts";
import {
  formatAtUri,
  isTid,
  type AtUri,
  type Did,
  type Nsid,
  type RecordKey,
} from "#repo/syntax.ts";
import { tidToMicros } from "#repo/tid.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { ActorStores, StoredRecord } from "#storage/actor-store.ts";
import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import type { Json } from "./json.ts";

/** A post that an AppView has not seen. */
export interface FreshPost {
  uri: AtUri;
  cid: string;
  /** Fits its lexicon. */
  record: Json;
  /** When it came. */
  indexedAt: string;
  /** What feeds are ordered by: when it was written, but not after it came. */
  sortMs: number;
}

/** What of an account an AppView has not seen. */
export interface FreshRecords {
  did: Did;
  handle: string;
  /** The profile as it is now; null when there is none. */
  profile: Json | null;
  isProfileFresh: boolean;
  /** Newest first. */
  posts: readonly FreshPost[];
  /** How long the AppView has been without the oldest of these. */
  lagMs: number;
}

export interface FreshRecordsDeps {
  accountDb: Pick<AccountDb, "accounts" | "takedowns">;
  stores: Pick<ActorStores, "find">;
  lexicons: Pick<Lexicons, "validateRecord">;
  clock: Clock;
}

const POST = "app.bsky.feed.post" as Nsid;
const PROFILE = "app.bsky.actor.profile" as Nsid;
const SELF = "self" as RecordKey;
/** As many as the reference PDS looks at. */
const MAX_RECORDS = 10;

/**
 * Posts and profile that were written after the revision that an AppView knows
 * of; the newest ten.
 * @param rev what the AppView says in `atproto-repo-rev`.
 * @returns null when there are none, or it is no revision.
 */
export function findFreshRecords(
  deps: FreshRecordsDeps,
  did: Did,
  rev: string,
): FreshRecords | null {
  if (!isTid(rev)) return null;
  const { accountDb, clock } = deps;
  const store = deps.stores.find(did);
  const head = store?.head() ?? null;
  if (store === null || head === null || head.rev <= rev) return null;
  const records = store
    .listRecordsSince({
      collections: [POST, PROFILE],
      since: rev,
      limit: MAX_RECORDS,
    })
    .filter(({ collection, rkey }) => isShown(deps, did, collection, rkey));
  if (records.length === 0) return null;
  const row = accountDb.accounts.find(did);
  if (row === null) return null;
  const ofProfile = (record: StoredRecord) =>
    record.collection === PROFILE && record.rkey === SELF;
  const posts = records
    .filter(({ collection }) => collection === POST)
    .flatMap((record) => readPost(deps, did, record));
  const oldestMs = Math.min(...records.map(writtenMs));
  return {
    did,
    handle: row.handle,
    profile: readProfile(deps, did),
    isProfileFresh: records.some(ofProfile),
    posts: posts.sort((a, b) => b.sortMs - a.sortMs),
    lagMs: Math.max(0, Math.round(clock.nowMs() - oldestMs)),
  };
}

/** The profile of an account as it is now; null when it has none to show. */
export function readProfile(deps: FreshRecordsDeps, did: Did): Json | null {
  if (!isShown(deps, did, PROFILE, SELF)) return null;
  const record = deps.stores.find(did)?.findRecord(PROFILE, SELF) ?? null;
  return record && readRecord(deps, record);
}

function isShown(
  { accountDb }: FreshRecordsDeps,
  did: Did,
  collection: Nsid,
  rkey: RecordKey,
): boolean {
  return accountDb.takedowns.findRecord(did, collection, rkey) === null;
}

function readPost(
  deps: FreshRecordsDeps,
  did: Did,
  stored: StoredRecord,
): FreshPost[] {
  const record = readRecord(deps, stored);
  if (record === null) return [];
  const cameMs = writtenMs(stored);
  const createdMs = Date.parse(String(record.createdAt));
  return [
    {
      uri: formatAtUri(did, stored.collection, stored.rkey),
      cid: formatCid(stored.cid),
      record,
      indexedAt: new Date(cameMs).toISOString(),
      sortMs: Number.isNaN(createdMs) ? cameMs : Math.min(createdMs, cameMs),
    },
  ];
}

/** The record as JSON; null when it doesn't fit its lexicon, as an AppView would leave it out. */
function readRecord(
  { lexicons }: FreshRecordsDeps,
  { collection, bytes }: StoredRecord,
): Json | null {
  try {
    const record = decodeDrisl(bytes);
    if (!isMap(record)) return null;
    lexicons.validateRecord(collection, record, true);
    return lexToJson(record) as Json;
  } catch (error) {
    // Records that were brought along keep their bytes, whatever they are.
    if (error instanceof XrpcError || error instanceof BlockError) return null;
    throw error;
  }
}

function writtenMs({ rev }: StoredRecord): number {
  return tidToMicros(rev) / 1000;
}
