import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** Accounts whose owners want them shown on the server's own pages. */
export interface ListingRows {
  has(did: Did): boolean;
  put(did: Did, nowMs: number): void;
  remove(did: Did): void;
  /** The latest first. */
  list(limit: number): Did[];
}

export const LISTING_SCHEMA = `
CREATE TABLE listing (
  did TEXT PRIMARY KEY REFERENCES account (did) ON DELETE CASCADE,
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX listing_created ON listing (created_at_ms);
`;

export function createListingRows(db: Database): ListingRows {
  const has = db.prepare("SELECT 1 FROM listing WHERE did = $did");
  const put = db.prepare(
    `INSERT INTO listing (did, created_at_ms) VALUES ($did, $nowMs)
     ON CONFLICT DO NOTHING`,
  );
  const remove = db.prepare("DELETE FROM listing WHERE did = $did");
  const list = db.prepare<{ did: Did }, [{ limit: number }]>(
    "SELECT did FROM listing ORDER BY created_at_ms DESC, did LIMIT $limit",
  );
  return {
    has: (did) => has.get({ did }) !== null,
    put: (did, nowMs) => void put.run({ did, nowMs }),
    remove: (did) => void remove.run({ did }),
    list: (limit) => list.all({ limit }).map(({ did }) => did),
  };
}
