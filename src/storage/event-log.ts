import type { CidBytes } from "#repo/cid.ts";
import type { Did, Tid } from "#repo/syntax.ts";

/** What a row says happened. `import` switches the repo's generation and carries no blocks. */
export type EventKind = "commit" | "sync" | "identity" | "account" | "import";

/**
 * One row of the log: the event that relays read and the redo record that the
 * repository is applied from.
 */
export interface EventRow {
  /** Position in the log: 1…2^53−1, strictly increasing, gaps allowed. */
  seq: number;
  did: Did;
  /** Which file of the account the row applies to. */
  generation: number;
  kind: EventKind;
  /** The finished WebSocket message: header and payload. Empty for `import`. */
  frame: Uint8Array;
  /** What to apply to the repository; null for rows that change none. */
  redo: Uint8Array | null;
  /** Revision after the row; null for identity and account events. */
  rev: Tid | null;
  createdAtMs: number;
  /** Row of the account outbox that this event came from; unique in the log. */
  outboxId: number | null;
}

/**
 * What host-wide reads know of a repository. Kept in the log's own
 * transaction, so that it never disagrees with the events.
 */
export interface RepoStateChange {
  did: Did;
  /** New head; absent when the row moves none. */
  head?: { rev: Tid; commit: CidBytes; data: CidBytes };
  /** New hosting status; absent when the row changes none. `null` is active. */
  status?: string | null;
  /** Records added (positive) or removed (negative), by collection. */
  collectionCounts?: ReadonlyMap<string, number>;
  /** True after an import: `collectionCounts` says all there is, what was counted before is gone. */
  recount?: boolean;
  /** True on deletion: all derived rows of the repository go. */
  deleted?: boolean;
}

/**
 * The durable log of the host. `append` is the moment of truth: what it has
 * accepted survives power loss, and nothing is answered or sent before.
 */
export interface EventLog {
  /**
   * Adds the rows in one transaction, durably; rows may be empty. The time of
   * a row never goes back in the log: an earlier one is raised to the row's before.
   * Resolves when they are on disk. A rejection whose error has
   * `fatal === true` means that the disk failed to sync: the process must end
   * without answering. Any other rejection means that nothing was added.
   */
  append(
    rows: readonly EventRow[],
    states: readonly RepoStateChange[],
  ): Promise<void>;
  /** Rows with seq > `after`, ascending, until a bound is reached; at least one if any exists. */
  read(options: {
    after: number;
    limit: number;
    maxBytes: number;
    did?: Did;
  }): EventRow[];
  /**
   * Rows with seq < `before`, the newest first, until a bound is reached; at
   * least one if any exists. `before` is null for the newest of all; what else
   * is left out does not narrow.
   */
  readBack(options: {
    did?: Did;
    kind?: EventKind;
    /** Only rows with a higher seq. */
    after?: number;
    before: number | null;
    limit: number;
    maxBytes: number;
  }): { rows: EventRow[]; hasOlder: boolean };
  /** Lowest and highest seq held; null when the log is empty. */
  bounds(): { oldest: number; newest: number } | null;
  /** When the newest row was made; null when the log is empty. */
  newestAtMs(): number | null;
  /** Lowest seq whose row was made after the given time; null if none. */
  firstSeqSince(createdAtMs: number): number | null;
  /** Highest seq that pruning has removed; 0 when it never has. Purged rows of deleted accounts do not count. */
  prunedThrough(): number;
  /** Every row up to this seq is durable in the repositories. */
  lowWaterMark(): number;
  /** Kept with the next change of the log; a mark that is lost costs only a longer recovery. A lower one is ignored. */
  setLowWaterMark(seq: number): void;
  /**
   * Removes rows older than the given time and not above the low-water mark,
   * oldest first, in chunks of `limit`; returns the number removed. The newest
   * row always stays, so that the log knows how far it got.
   */
  prune(options: { createdBeforeMs: number; limit: number }): number;
  /** Removes the rows of one account below a seq, in chunks of `limit`, but never the newest of the log; returns the number removed. */
  purge(options: { did: Did; before: number; limit: number }): number;
  /** Seq of the account's newest row; null when the log holds none. */
  newestOf(did: Did): number | null;
  /** DIDs, in order, of accounts that have a row with seq > `since`; `after` is the last DID of the page before. */
  listChangedSince(options: {
    since: number;
    after: string | null;
    limit: number;
  }): Did[];
  /** True when an event of this outbox row is in the log. */
  hasOutboxRow(outboxId: number): boolean;

  /** Repositories of the host ordered by DID; `after` is the last DID of the page before. */
  listRepos(options: { after: string | null; limit: number }): RepoState[];
  findRepo(did: Did): RepoState | null;
  /** Active repositories that hold at least one record of the collection. */
  listReposByCollection(options: {
    collection: string;
    after: string | null;
    limit: number;
  }): Did[];
  /** Number of records by collection, as the log's events add up. */
  collectionCounts(did: Did): Map<string, number>;
  /** Records of the whole host by collection. Not a copy. */
  collectionTotals(): ReadonlyMap<string, number>;
  /** Commits made here, by week; weeks begin on Monday, UTC. Oldest first; weeks without any are left out. */
  commitWeeks(): { startsAtMs: number; commits: number }[];
  close(): void;
}

export interface RepoState {
  did: Did;
  rev: Tid | null;
  commit: CidBytes | null;
  data: CidBytes | null;
  /** null is active, else `deactivated`, `takendown`, `suspended` or `deleted`. */
  status: string | null;
}
