import type { Database } from "bun:sqlite";
import type { CidBytes } from "#repo/cid.ts";
import type { Did } from "#repo/syntax.ts";

/** A blob whose bytes are here and durable, named by a record or not. */
export interface BlobRow {
  did: Did;
  cid: CidBytes;
  mimeType: string;
  sizeBytes: number;
  createdAtMs: number;
}

export interface BlobRows {
  /** A blob that is here already keeps its first type and takes the new time. */
  insert(row: BlobRow): void;
  find(did: Did, cid: CidBytes): BlobRow | null;
  /** False when there was none. */
  remove(did: Did, cid: CidBytes): boolean;
  /** In the order of the CID's bytes; `after` is the last one of the page before. */
  list(did: Did, after: CidBytes | null, limit: number): BlobRow[];
  /** Of all accounts, uploaded before the given time; oldest first. */
  listOlderThan(createdBeforeMs: number, limit: number): BlobRow[];
  count(did: Did): number;
  /** How many bytes the account's blobs have together. */
  sizeBytes(did: Did): number;
}

const FIELDS = `did, cid, mime_type AS mimeType, size_bytes AS sizeBytes,
  created_at_ms AS createdAtMs`;

export function createBlobRows(db: Database): BlobRows {
  const insert = db.prepare(
    `INSERT INTO blob (did, cid, mime_type, size_bytes, created_at_ms)
     VALUES ($did, $cid, $mimeType, $sizeBytes, $createdAtMs)
     ON CONFLICT (did, cid) DO UPDATE SET created_at_ms = excluded.created_at_ms`,
  );
  const find = db.prepare<BlobRow, [{ did: Did; cid: CidBytes }]>(
    `SELECT ${FIELDS} FROM blob WHERE did = $did AND cid = $cid`,
  );
  const remove = db.prepare("DELETE FROM blob WHERE did = $did AND cid = $cid");
  const list = db.prepare<
    BlobRow,
    [{ did: Did; after: CidBytes; limit: number }]
  >(
    `SELECT ${FIELDS} FROM blob WHERE did = $did AND cid > $after
     ORDER BY cid LIMIT $limit`,
  );
  const listOlder = db.prepare<
    BlobRow,
    [{ createdBeforeMs: number; limit: number }]
  >(
    `SELECT ${FIELDS} FROM blob WHERE created_at_ms < $createdBeforeMs
     ORDER BY created_at_ms LIMIT $limit`,
  );
  const count = db.prepare<{ n: number }, [{ did: Did }]>(
    "SELECT count(*) AS n FROM blob WHERE did = $did",
  );
  const size = db.prepare<{ n: number }, [{ did: Did }]>(
    "SELECT coalesce(sum(size_bytes), 0) AS n FROM blob WHERE did = $did",
  );
  return {
    insert: (row) => void insert.run({ ...row }),
    find: (did, cid) => find.get({ did, cid }),
    remove: (did, cid) => remove.run({ did, cid }).changes > 0,
    list: (did, after, limit) =>
      list.all({ did, after: after ?? new Uint8Array(0), limit }),
    listOlderThan: (createdBeforeMs, limit) =>
      listOlder.all({ createdBeforeMs, limit }),
    count: (did) => count.get({ did })!.n,
    sizeBytes: (did) => size.get({ did })!.n,
  };
}
