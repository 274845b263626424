import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";
import type { HostCounts } from "./host-counts.ts";
import type { EventLog, RepoState, RepoStateChange } from "./event-log.ts";

/** The derived tables of the log: what host-wide reads know of each repository. */
export interface RepoStateRows extends Pick<
  EventLog,
  "listRepos" | "findRepo" | "listReposByCollection" | "collectionCounts"
> {
  /** To be called in the transaction that adds the rows. */
  change(state: RepoStateChange): void;
}

const COLUMNS = "did, rev, commit_cid AS [commit], data_cid AS data, status";

export function createRepoStateRows(
  db: Database,
  totals: Pick<HostCounts, "addRecords" | "forget">,
): RepoStateRows {
  const ensure = db.query(
    "INSERT INTO repo_state (did) VALUES (?) ON CONFLICT DO NOTHING",
  );
  const setHead = db.query(
    "UPDATE repo_state SET rev = ?, commit_cid = ?, data_cid = ? WHERE did = ?",
  );
  const setStatus = db.query("UPDATE repo_state SET status = ? WHERE did = ?");
  const remove = db.query("DELETE FROM repo_state WHERE did = ?");
  const counts = createCollectionCounts(db);
  const list = db.query<RepoState, [string, number]>(
    `SELECT ${COLUMNS} FROM repo_state WHERE did > ? ORDER BY did LIMIT ?`,
  );
  const find = db.query<RepoState, [string]>(
    `SELECT ${COLUMNS} FROM repo_state WHERE did = ?`,
  );
  const listByCollection = db.query<{ did: Did }, [string, string, number]>(
    `SELECT c.did FROM repo_collection c CROSS JOIN repo_state r USING (did)
     WHERE c.collection = ? AND c.did > ? AND r.status IS NULL
     ORDER BY c.did LIMIT ?`,
  );

  return {
    change(state) {
      if (state.deleted) {
        totals.forget();
        counts.clear(state.did);
        remove.run(state.did);
        return;
      }
      ensure.run(state.did);
      if (state.head !== undefined) {
        const { rev, commit, data } = state.head;
        setHead.run(rev, commit, data, state.did);
      }
      if (state.status !== undefined) setStatus.run(state.status, state.did);
      if (state.recount) {
        totals.forget();
        counts.clear(state.did);
      }
      for (const [collection, difference] of state.collectionCounts ?? []) {
        counts.add(state.did, collection, difference);
        totals.addRecords(collection, difference);
      }
    },
    listRepos: ({ after, limit }) => list.all(after ?? "", limit),
    findRepo: (did) => find.get(did),
    listReposByCollection: ({ collection, after, limit }) =>
      listByCollection
        .all(collection, after ?? "", limit)
        .map((row) => row.did),
    collectionCounts: counts.list,
  };
}

function createCollectionCounts(db: Database) {
  const get = db.query<{ count: number }, [string, string]>(
    `SELECT record_count AS count FROM repo_collection
     WHERE collection = ? AND did = ?`,
  );
  const set = db.query(
    `INSERT INTO repo_collection (collection, did, record_count)
     VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET record_count = excluded.record_count`,
  );
  const remove = db.query(
    "DELETE FROM repo_collection WHERE collection = ? AND did = ?",
  );
  const removeAll = db.query("DELETE FROM repo_collection WHERE did = ?");
  const list = db.query<{ collection: string; count: number }, [string]>(
    `SELECT collection, record_count AS count FROM repo_collection
     WHERE did = ? ORDER BY collection`,
  );

  return {
    add(did: string, collection: string, difference: number): void {
      if (difference === 0) return;
      const count = (get.get(collection, did)?.count ?? 0) + difference;
      if (count > 0) set.run(collection, did, count);
      // Below zero would mean a miscount before; one account's must not stop
      // the stream of all.
      else remove.run(collection, did);
    },
    clear(did: string): void {
      removeAll.run(did);
    },
    list: (did: string) =>
      new Map(list.all(did).map((row) => [row.collection, row.count])),
  };
}
