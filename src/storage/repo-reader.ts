import { createHash } from "node:crypto";
import type { Database, SQLQueryBindings } from "bun:sqlite";
import type { Block } from "#repo/block.ts";
import { formatCid, parseCid, type CidBytes } from "#repo/cid.ts";
import type { Did, Nsid, RecordKey, Tid } from "#repo/syntax.ts";
import type {
  ActorReader,
  ListRecordsOptions,
  RepoHead,
  StoredRecord,
} from "./actor-store.ts";

type Path = { collection: Nsid; rkey: RecordKey };

/** What is looked at for records that are new to somebody who follows along. */
const NEWEST_BLOCKS = 1000;

/**
 * Reads of one repository file. `guard` runs every access to the file, and
 * may turn its failures into others.
 */
export function createRepoReader(options: {
  db: Database;
  did: Did;
  generation: number;
  guard: <T>(access: () => T) => T;
}): ActorReader {
  const { db, guard } = options;
  // Bun keeps the compiled statement of each text, per connection.
  const one = <T>(sql: string, ...values: SQLQueryBindings[]): T | null =>
    guard(() => db.query<T, SQLQueryBindings[]>(sql).get(...values));
  const all = <T>(sql: string, ...values: SQLQueryBindings[]): T[] =>
    guard(() => db.query<T, SQLQueryBindings[]>(sql).all(...values));

  return {
    did: options.did,
    generation: options.generation,
    head: () =>
      one<RepoHead>(
        `SELECT rev, commit_cid AS [commit], data_cid AS data,
           applied_seq AS appliedSeq
         FROM repo WHERE rev IS NOT NULL`,
      ),
    getBlock: (cid) =>
      one<{ bytes: Uint8Array }>("SELECT bytes FROM block WHERE cid = ?", cid)
        ?.bytes ?? null,
    hasBlock: (cid) => one("SELECT 1 FROM block WHERE cid = ?", cid) !== null,
    isBlockNewerThan(cid, since) {
      const sql = "SELECT rev FROM block WHERE cid = ?";
      const row = one<{ rev: Tid }>(sql, cid);
      return row === null || row.rev > since;
    },
    findRecord: (collection, rkey) =>
      // Not a join: beside an index that holds only some rows SQLite plans a
      // join anew for each set of values, which takes ten times the look-up.
      one<StoredRecord>(
        `SELECT collection, rkey, rev,
           (SELECT cid FROM block WHERE id = block_id) AS cid,
           (SELECT bytes FROM block WHERE id = block_id) AS bytes
         FROM record WHERE collection = ? AND rkey = ?`,
        collection,
        rkey,
      ),
    findRecordCid: (collection, rkey) =>
      one<{ cid: CidBytes }>(
        `SELECT (SELECT cid FROM block WHERE id = block_id) AS cid
         FROM record WHERE collection = ? AND rkey = ?`,
        collection,
        rkey,
      )?.cid ?? null,
    listRecords(listing) {
      const { where, values, order } = rangeOf(listing);
      const rows = all<StoredRecord>(
        `SELECT r.rkey, b.cid, b.bytes, r.rev
         FROM record r JOIN block b ON b.id = r.block_id
         WHERE ${where} ORDER BY r.rkey ${order} LIMIT ?`,
        ...values,
        listing.limit,
      );
      // It is the same in all: a string less to make for each row.
      const { collection } = listing;
      for (const row of rows) row.collection = collection;
      return rows;
    },
    listRecordBlocks: ({ collection, from, limit }) =>
      // No column more than needed: each costs a value for each row.
      all<Block>(
        `SELECT b.cid, b.bytes FROM record r JOIN block b ON b.id = r.block_id
         WHERE r.collection = ? AND r.rkey >= ? ORDER BY r.rkey LIMIT ?`,
        ...[collection, from, limit],
      ),
    listRecordsSince: ({ collections, since, limit }) =>
      // Blocks are numbered as they come, so the newest lie at the end.
      all<StoredRecord>(
        `WITH newest (id) AS (
           SELECT min(id) FROM (
             SELECT id, rev FROM block ORDER BY id DESC LIMIT ${NEWEST_BLOCKS}
           ) WHERE rev > $since
         )
         SELECT r.collection, r.rkey, b.cid, b.bytes, r.rev
         FROM newest CROSS JOIN block b ON b.id >= newest.id
           CROSS JOIN record r ON r.block_id = b.id
         WHERE b.rev > $since
           AND r.collection IN (SELECT value FROM json_each($collections))
         ORDER BY b.id DESC LIMIT $limit`,
        {
          $since: since,
          $collections: JSON.stringify(collections),
          $limit: limit,
        },
      ),
    listCollections: () =>
      // One step of the index for each collection, not for each record.
      all<{ name: Nsid }>(
        `WITH RECURSIVE found (name) AS (
           SELECT min(collection) FROM record
           UNION ALL
           SELECT (SELECT min(collection) FROM record WHERE collection > name)
           FROM found WHERE name IS NOT NULL
         ) SELECT name FROM found WHERE name IS NOT NULL`,
      ).map((row) => row.name),
    listPathsOfRecord: (cid, limit) =>
      all<Path>(
        `SELECT collection, rkey FROM record
         WHERE block_id = (SELECT id FROM block WHERE cid = ?)
         ORDER BY collection, rkey LIMIT ?`,
        cid,
        limit,
      ),
    listRecordsOfSubject: (collection, subject) =>
      all<Path>(
        `SELECT rkey FROM record WHERE collection = ? AND subject_hash = ?
         ORDER BY rkey`,
        collection,
        hashSubject(subject),
      ).map((row) => row.rkey),
    ...blobReads(one, all),
    counts: () =>
      one<{ blocks: number; records: number; blobs: number }>(
        `SELECT (SELECT count(*) FROM block) AS blocks,
           (SELECT count(*) FROM record) AS records,
           (SELECT count(DISTINCT blob_cid) FROM record_blob) AS blobs`,
      )!,
    sizeBytes: () =>
      one<{ bytes: number }>(
        `SELECT page_count * page_size AS bytes
         FROM pragma_page_count(), pragma_page_size()`,
      )!.bytes,
  };
}

function blobReads(
  one: <T>(sql: string, ...values: SQLQueryBindings[]) => T | null,
  all: <T>(sql: string, ...values: SQLQueryBindings[]) => T[],
): Pick<ActorReader, "listBlobs" | "listRecordsOfBlob" | "isBlobReferenced"> {
  return {
    listBlobs: ({ after, since, limit }) =>
      all<{ cid: string }>(
        `SELECT DISTINCT blob_cid AS cid FROM record_blob
         WHERE blob_cid > ? AND rev > ? ORDER BY blob_cid LIMIT ?`,
        after === null ? "" : formatCid(after),
        since ?? "",
        limit,
      ).map((row) => parseCid(row.cid)),
    listRecordsOfBlob: (cid, limit) =>
      all<Path>(
        `SELECT collection, rkey FROM record_blob WHERE blob_cid = ?
         ORDER BY collection, rkey LIMIT ?`,
        formatCid(cid),
        limit,
      ),
    isBlobReferenced: (cid: CidBytes) =>
      one("SELECT 1 FROM record_blob WHERE blob_cid = ?", formatCid(cid)) !==
      null,
  };
}

function rangeOf({ collection, cursor, reverse }: ListRecordsOptions) {
  const beyond = reverse ? "r.rkey > ?" : "r.rkey < ?";
  const order = reverse ? "ASC" : "DESC";
  return cursor === null
    ? { where: "r.collection = ?", values: [collection], order }
    : {
        where: `r.collection = ? AND ${beyond}`,
        values: [collection, cursor],
        order,
      };
}

/** Half a SHA-256: nobody finds two subjects that have the same. */
export function hashSubject(subject: string): Uint8Array {
  return createHash("sha256").update(subject).digest().subarray(0, 16);
}
