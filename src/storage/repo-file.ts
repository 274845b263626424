import type { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { equalCids } from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type {
  ActorReader,
  ActorSnapshot,
  ActorStore,
  RepoChange,
  RepoHead,
} from "./actor-store.ts";
import { walSizeBytes } from "./database-identity.ts";
import { createRepoReader } from "./repo-reader.ts";
import {
  removeBlocks,
  writeBlocks,
  writeHead,
  writeRecord,
} from "./repo-rows.ts";
import { REPO_MIGRATIONS } from "./repo-schema.ts";
import {
  beginWal,
  checkpoint,
  closeDatabase,
  closeLeavingWal,
  keepWalFile,
  openDatabase,
  transact,
} from "./sqlite.ts";

export interface RepoFileOptions {
  path: string;
  did: Did;
  generation: number;
  /** Runs every access; may turn its failure into another. */
  guard: <T>(access: () => T) => T;
  onApplied: () => void;
  /** This process has had it open before. */
  isKnown?: boolean;
  /** This process left the WAL empty, and a power cut would. */
  isWalEmpty?: boolean;
}

/** What lies beside a file that was closed: a WAL that holds commits, one that is surely empty, or none. */
export type LeftBehind = "commits" | "empty" | "nothing";

export interface RepoFile {
  store: ActorStore;
  /** Moves all into the database and syncs it; no WAL is left unless a snapshot holds it. */
  close(): void;
  /**
   * Closes without a sync where the WAL is short; whoever opens the file next
   * goes on with it.
   */
  setAside(): LeftBehind;
}

// Small: most accounts are, and a commit touches many pages a little.
const PAGE_SIZE_BYTES = 2048;
const CACHE_KIB = 256;
/**
 * A longer WAL is written back when its file is closed: whoever opens the file
 * reads all of it first. About five commits.
 */
const LONGEST_LEFT_WAL_BYTES = 256 * 1024;
/** A snapshot reads a whole repository: the index of 40,000 blocks should fit. */
const SNAPSHOT_CACHE_KIB = 2048;

/**
 * Opens the file of one repository, making it where it doesn't exist.
 * @throws WrongRepoError when the file holds the repository of another account.
 */
export function openRepoFile(options: RepoFileOptions): RepoFile {
  // To be asked before SQLite makes one.
  const wal = { isEmpty: isWalSurelyEmpty(options) };
  const db = openRepoDatabase(options);
  const reader = createRepoReader({ ...options, db });
  return {
    store: createStore(db, reader, { ...options, wal }),
    close: () => closeDatabase(db),
    setAside() {
      const sizeBytes = walSizeBytes(options.path);
      if (wal.isEmpty && sizeBytes === 0) {
        keepWalFile(db);
        closeDatabase(db);
        return "empty";
      }
      const isShort = sizeBytes > 0 && sizeBytes <= LONGEST_LEFT_WAL_BYTES;
      if (isShort) closeLeavingWal(db);
      else closeDatabase(db);
      return existsSync(`${options.path}-wal`) ? "commits" : "nothing";
    },
  };
}

/**
 * Another process may have emptied a WAL and not come to sync that; after a
 * power cut the old frames would be there again.
 */
function isWalSurelyEmpty(options: RepoFileOptions): boolean {
  const { path, isKnown = false, isWalEmpty = false } = options;
  return isKnown
    ? isWalEmpty && walSizeBytes(path) === 0
    : !existsSync(`${path}-wal`);
}

/**
 * The database itself, made where it doesn't exist.
 * @throws WrongRepoError when the file holds the repository of another account.
 */
export function openRepoDatabase(options: {
  path: string;
  did: Did;
  generation: number;
  cacheKib?: number;
  isKnown?: boolean;
}): Database {
  const { path, did, generation } = options;
  const { cacheKib = CACHE_KIB, isKnown = false } = options;
  const db = openDatabase({
    ...FILE,
    path,
    cacheKib,
    isKnown,
    seed: (fresh) =>
      fresh.run("INSERT INTO repo (id, did, generation) VALUES (1, ?, ?)", [
        did,
        generation,
      ]),
  });
  if (!isKnown) closeUnlessOwn(db, options);
  return db;
}

/**
 * Moves what was left in the WAL into the database.
 * @returns whether the WAL is there and empty; that is not synced yet.
 */
export function writeBackRepoFile(path: string, isKnown: boolean): boolean {
  const db = openDatabase({ ...FILE, path, isKnown });
  try {
    const isEmpty = checkpoint(db);
    if (isEmpty) keepWalFile(db);
    return isEmpty;
  } finally {
    closeDatabase(db);
  }
}

/** The account whose repository a file holds, whatever its name. */
export function readOwner(path: string): Did {
  const db = openDatabase({ ...FILE, path, readonly: true });
  try {
    return (db.query("SELECT did FROM repo").get() as { did: Did }).did;
  } finally {
    closeDatabase(db);
  }
}

/** Opens a view of the file as it is now; a file that isn't there is an error. */
export function openRepoSnapshot(
  options: Omit<RepoFileOptions, "onApplied">,
): ActorSnapshot {
  const db = openDatabase({
    ...FILE,
    path: options.path,
    readonly: true,
    cacheKib: SNAPSHOT_CACHE_KIB,
  });
  closeUnlessOwn(db, options);
  const reader = createRepoReader({ ...options, db });
  try {
    db.run("BEGIN");
    // The view is taken by the first read, not by BEGIN.
    reader.head();
  } catch (error) {
    closeDatabase(db);
    throw error;
  }
  return { ...reader, [Symbol.dispose]: () => closeDatabase(db) };
}

const FILE = {
  kind: "repo",
  synchronous: "NORMAL",
  migrations: REPO_MIGRATIONS,
  pageSizeBytes: PAGE_SIZE_BYTES,
  cacheKib: CACHE_KIB,
  isExclusive: true,
} as const;

/** The name of a file says which repository it should hold, the file which it does. */
export class WrongRepoError extends Error {
  override name = "WrongRepoError";
}

function closeUnlessOwn(
  db: Database,
  expected: { path: string; did: Did; generation: number },
): void {
  const found = db.query("SELECT did, generation FROM repo").get() as {
    did: string;
    generation: number;
  } | null;
  if (found?.did === expected.did && found.generation === expected.generation) {
    return;
  }
  closeDatabase(db);
  throw new WrongRepoError(
    `${expected.path} holds generation ${found?.generation} of ${found?.did}`,
  );
}

function createStore(
  db: Database,
  reader: ActorReader,
  options: RepoFileOptions & { wal: { isEmpty: boolean } },
): ActorStore {
  const { wal } = options;
  // What the file says, kept from one commit to the next; a failure forgets it.
  let head: RepoHead | null | undefined;
  const readHead = () => (head === undefined ? (head = reader.head()) : head);
  const write = (change: RepoChange) =>
    transact(db, () => {
      const added = writeBlocks(db, change);
      for (const record of change.records) {
        writeRecord(db, { ...record, rev: change.rev, added });
      }
      removeBlocks(db, change);
      writeHead(db, headAfter(change));
    });

  return {
    ...reader,
    head: readHead,
    apply(change) {
      const before = readHead();
      if (before !== null && change.seq <= before.appliedSeq) return;
      checkFollows(change, before);
      head = undefined;
      options.guard(() => {
        if (wal.isEmpty) beginWal(db, () => write(change));
        else write(change);
      });
      wal.isEmpty = false;
      head = headAfter(change);
      options.onApplied();
    },
    adopt(seq) {
      const before = readHead();
      if (before === null) throw new BlockError("the repository has no head");
      if (seq <= before.appliedSeq) return;
      head = undefined;
      const after = { ...before, appliedSeq: seq };
      options.guard(() => writeHead(db, after));
      wal.isEmpty = false;
      head = after;
      options.onApplied();
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
