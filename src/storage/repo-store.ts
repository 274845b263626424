import type { Database } from "bun:sqlite";
import { XrpcError } from "#lib/errors.ts";
import { cidKey, equalCids, type CidBytes } from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type {
  ActorReader,
  ActorSnapshot,
  ActorStore,
  RepoChange,
  RepoHead,
} from "./actor-store.ts";
import { createRepoReader } from "./repo-reader.ts";
import {
  type AddedBlocks,
  type BlockRow,
  removeBlock,
  writeBlock,
  writeHead,
  writeRecord,
} from "./repo-rows.ts";
import { beginWal, nest, walHasBegun } from "./sqlite.ts";

export interface RepoStoreOptions {
  did: Did;
  generation: number;
  /** Runs every access; may turn its failure into another. */
  guard: <T>(access: () => T) => T;
  onApplied: () => void;
  /** Rows that were applied are so no more, or can't be written; the log has them. */
  onSetBack: (error: unknown) => void;
}

/** One repository that is open for writing. */
export interface RepoStore extends ActorStore {
  /**
   * Commits what was applied, so that other connections see it and a sync of
   * the WAL makes it durable.
   * @throws what the disk said; rows that were applied may be lost, which
   *   `onSetBack` has been told.
   */
  flush(): void;
  /** Commits if it can and tells nobody if it can't; to be called before the file is closed for good. */
  end(): void;
}

/** Changes that wait for their commit, records and rows of the log counted. */
const MOST_WAITING = 32;

/**
 * Reads and writes through one connection. Rows of the log are applied in a
 * transaction that stays open over several: a page that each of them touches
 * is written once, and a tree node that the next one replaces never. The log
 * has made them durable, and this connection shows them; others and the disk
 * see them after `flush`. A process that ends before is caught up by recovery.
 * @param wal tells whether the WAL is surely empty, also after a power cut
 */
export function createRepoStore(
  db: Database,
  wal: { isEmpty: boolean },
  options: RepoStoreOptions,
): RepoStore {
  const { onApplied, onSetBack } = options;
  const reader = createRepoReader({ ...options, db, guard });
  /** Commits and tree nodes; records stand beside their blocks at once. */
  const newBlocks = new Map<string, BlockRow>();
  let waiting = 0;
  /** The last commit failed: from then on only `flush` tries. */
  let isStuck = false;
  // What the file says, kept from one change to the next; a failure forgets it.
  let head: RepoHead | null | undefined;
  const readHead = () => (head === undefined ? (head = reader.head()) : head);

  /** A failure of the disk ends the transaction, also at a read. */
  function guard<T>(access: () => T): T {
    try {
      return options.guard(access);
    } catch (error) {
      if (waiting > 0 && !db.inTransaction) {
        forgetWaiting();
        onSetBack(error);
      }
      throw error;
    }
  }

  function forgetWaiting(): void {
    waiting = 0;
    newBlocks.clear();
    head = undefined;
    leaveTransaction();
  }

  function leaveTransaction(): void {
    if (wal.isEmpty) walHasBegun(db);
    wal.isEmpty = false;
  }

  /** All of a change or nothing, and what was applied before it stays. */
  function change(count: number, work: () => void): void {
    if (waiting === 0) beginWith(work);
    else nest(db, work);
    waiting += count;
  }

  function beginWith(work: () => void): void {
    try {
      if (wal.isEmpty) beginWal(db);
      db.query("BEGIN IMMEDIATE").run();
      work();
    } catch (error) {
      if (db.inTransaction) db.run("ROLLBACK");
      leaveTransaction();
      throw error;
    }
  }

  function write(row: RepoChange): void {
    const { rev, records } = row;
    const named = new Set(records.map(({ cid }) => cid && cidKey(cid)));
    const blocks = new Map(row.blocks.map((each) => [cidKey(each.cid), each]));
    const added: AddedBlocks = new Map();
    for (const [key, block] of blocks) {
      if (named.has(key)) writeBlock(db, { ...block, rev }, added);
    }
    for (const record of records) writeRecord(db, { ...record, rev, added });
    const unwritten = [];
    for (const cid of row.removed) {
      const key = cidKey(cid);
      if (blocks.has(key)) continue;
      if (newBlocks.has(key)) unwritten.push(key);
      else removeBlock(db, cid);
    }
    writeHead(db, headAfter(row));
    // Nothing can fail any more.
    for (const key of unwritten) newBlocks.delete(key);
    for (const [key, block] of blocks) {
      if (named.has(key)) newBlocks.delete(key);
      else if (!newBlocks.has(key)) newBlocks.set(key, { ...block, rev });
    }
  }

  function commit(): void {
    for (const block of newBlocks.values()) writeBlock(db, block);
    db.query("COMMIT").run();
  }

  function flush(): void {
    if (waiting === 0) return;
    isStuck = true;
    try {
      options.guard(commit);
    } catch (error) {
      if (!db.inTransaction) forgetWaiting();
      onSetBack(error);
      throw error;
    }
    isStuck = false;
    waiting = 0;
    newBlocks.clear();
    leaveTransaction();
  }

  function flushAfter(seq: number): void {
    if (waiting < MOST_WAITING || isStuck) return;
    try {
      flush();
    } catch (error) {
      // Whoever was told may have applied it once more.
      if ((readHead()?.appliedSeq ?? 0) < seq) throw error;
    }
  }

  return {
    ...reader,
    ...readNewBlocks(reader, newBlocks),
    head: readHead,
    apply(row) {
      const before = readHead();
      if (before !== null && row.seq <= before.appliedSeq) return;
      checkFollows(row, before);
      guard(() => change(1 + row.records.length, () => write(row)));
      head = headAfter(row);
      onApplied();
      flushAfter(row.seq);
    },
    adopt(seq) {
      const before = readHead();
      if (before === null) throw new BlockError("the repository has no head");
      if (seq <= before.appliedSeq) return;
      const after = { ...before, appliedSeq: seq };
      guard(() => change(1, () => writeHead(db, after)));
      head = after;
      onApplied();
      flushAfter(seq);
    },
    flush,
    end() {
      if (waiting === 0) return;
      try {
        commit();
      } catch {
        if (db.inTransaction) db.run("ROLLBACK");
      }
      forgetWaiting();
    },
  };
}

/**
 * A view through the connection that writes, for a repository whose rows can't
 * be handed to its file: they are seen nowhere else, and no more are taken
 * until they can. From then on every read of the view fails.
 */
export function viewInPlace(store: ActorStore): ActorSnapshot {
  const seq = store.head()?.appliedSeq;
  const view = { ...store, [Symbol.dispose]: () => undefined };
  return new Proxy(view, {
    get(target, name, receiver) {
      if (store.head()?.appliedSeq === seq) {
        return Reflect.get(target, name, receiver) as unknown;
      }
      throw new XrpcError(
        "ServiceUnavailable",
        "The repository has changed while it was read",
        { retryAfterSec: 1 },
      );
    },
  });
}

/** The reads that blocks alone answer. */
function readNewBlocks(
  reader: ActorReader,
  newBlocks: ReadonlyMap<string, BlockRow>,
): Pick<ActorReader, "getBlock" | "hasBlock" | "isBlockNewerThan" | "counts"> {
  const find = (cid: CidBytes) => newBlocks.get(cidKey(cid));
  return {
    getBlock: (cid) => find(cid)?.bytes ?? reader.getBlock(cid),
    hasBlock: (cid) => find(cid) !== undefined || reader.hasBlock(cid),
    isBlockNewerThan(cid, since) {
      const found = find(cid);
      if (found === undefined) return reader.isBlockNewerThan(cid, since);
      return found.rev > since;
    },
    counts() {
      const counts = reader.counts();
      return { ...counts, blocks: counts.blocks + newBlocks.size };
    },
  };
}

function headAfter({ rev, commit, data, seq }: RepoChange): RepoHead {
  return { rev, commit, data, appliedSeq: seq };
}

function checkFollows(change: RepoChange, head: RepoHead | null): void {
  if (change.since !== (head?.rev ?? null)) {
    throw new BlockError(
      `commit ${change.rev} follows ${change.since}, the repository is at ${head?.rev ?? null}`,
    );
  }
  if (!equalCids(change.prevData, head?.data ?? null)) {
    throw new BlockError(
      `commit ${change.rev} changes another tree than the repository's`,
    );
  }
  if (head !== null && change.rev <= head.rev) {
    throw new BlockError(`commit ${change.rev} is not above ${head.rev}`);
  }
}
