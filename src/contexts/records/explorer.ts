import { formatCid, type Cid } from "#repo/cid.ts";
import { decodeDrisl } from "#repo/drisl.ts";
import { type JsonValue, lexToJson } from "#repo/lex-json.ts";
import type { Did, Nsid, RecordKey, Tid } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { ActorStores, StoredRecord } from "#storage/actor-store.ts";
import type { EventLog } from "#storage/event-log.ts";
import { parseCollection, parseKey } from "./prepare.ts";

/** A record as its owner sees it. */
export interface ExploredRecord {
  collection: Nsid;
  rkey: RecordKey;
  cid: Cid;
  /** Revision that last wrote it. */
  rev: Tid;
  sizeBytes: number;
  /** null for bytes that can't be read, which an import may have brought. */
  value: JsonValue;
  /** An operator keeps others from seeing it. */
  isTakenDown: boolean;
}

export interface ExploredPage {
  records: ExploredRecord[];
  /** Whether there are newer ones before, and older ones after. */
  hasNewer: boolean;
  hasOlder: boolean;
}

/** Where a page lies: at an end of the collection, or beside a key that is not on it. */
export type PagePlace =
  { at: "newest" | "oldest" } | { olderThan: string } | { newerThan: string };

/**
 * What is in a repository, for its owner: whatever the account's status, and
 * with what an operator has taken down.
 */
export interface Explorer {
  /** null where there is no commit yet. */
  findHead(did: Did): { rev: Tid; commit: Cid } | null;
  /** By name. */
  listCollections(did: Did): { collection: Nsid; count: number }[];
  /**
   * A page of a collection, newest key first from whichever side it is reached.
   * @throws XrpcError InvalidRequest for what is no collection or key.
   */
  listRecords(
    did: Did,
    page: { collection: string; limit: number; place: PagePlace },
  ): ExploredPage;
  /** @throws XrpcError InvalidRequest for what is no collection or key. */
  findRecord(
    did: Did,
    path: { collection: string; rkey: string },
  ): ExploredRecord | null;
}

export function createExplorer({
  accountDb,
  stores,
  eventLog,
}: {
  accountDb: Pick<AccountDb, "takedowns">;
  stores: Pick<ActorStores, "find">;
  eventLog: Pick<EventLog, "collectionCounts">;
}): Explorer {
  function view(did: Did, stored: StoredRecord): ExploredRecord {
    const { collection, rkey, cid, rev, bytes } = stored;
    const { takedowns } = accountDb;
    return {
      ...{ collection, rkey, rev, cid: formatCid(cid) },
      sizeBytes: bytes.length,
      value: readValue(bytes),
      isTakenDown: takedowns.findRecord(did, collection, rkey) !== null,
    };
  }

  return {
    findHead(did) {
      const head = stores.find(did)?.head() ?? null;
      return head && { rev: head.rev, commit: formatCid(head.commit) };
    },
    listCollections(did) {
      const counts = eventLog.collectionCounts(did);
      const collections = stores.find(did)?.listCollections() ?? [];
      return collections.map((collection) => ({
        collection,
        count: counts.get(collection) ?? 0,
      }));
    },
    listRecords(did, { collection: name, limit, place }) {
      const collection = parseCollection(name);
      const store = stores.find(did);
      if (store === null) {
        return { records: [], hasNewer: false, hasOlder: false };
      }
      // Reached from the oldest side, it is read upwards and turned round.
      const isUpwards = "newerThan" in place || isAt(place, "oldest");
      const found = store.listRecords({
        collection,
        limit: limit + 1,
        cursor: cursorOf(place),
        reverse: isUpwards,
      });
      const rows = found.slice(0, limit);
      const goesOn = found.length > limit;
      const isAtEnd = "at" in place;
      const records = (isUpwards ? rows.toReversed() : rows).map((row) =>
        view(did, row),
      );
      return isUpwards
        ? { records, hasNewer: goesOn, hasOlder: !isAtEnd }
        : { records, hasNewer: !isAtEnd, hasOlder: goesOn };
    },
    findRecord(did, path) {
      const collection = parseCollection(path.collection);
      const rkey = parseKey(path.rkey);
      const stored = stores.find(did)?.findRecord(collection, rkey) ?? null;
      return stored && view(did, stored);
    },
  };
}

const isAt = (place: PagePlace, end: string) =>
  "at" in place && place.at === end;

function cursorOf(place: PagePlace): RecordKey | null {
  if ("at" in place) return null;
  return parseKey("olderThan" in place ? place.olderThan : place.newerThan);
}

function readValue(bytes: Uint8Array): JsonValue {
  try {
    return lexToJson(decodeDrisl(bytes));
  } catch {
    return null;
  }
}
