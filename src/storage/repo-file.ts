import type { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import type { Did } from "#repo/syntax.ts";
import type { ActorSnapshot } from "./actor-store.ts";
import { walSizeBytes } from "./database-identity.ts";
import { createRepoReader } from "./repo-reader.ts";
import { syncDatabase } from "./open-databases.ts";
import { REPO_MIGRATIONS } from "./repo-schema.ts";
import {
  createRepoStore,
  type RepoStore,
  type RepoStoreOptions,
} from "./repo-store.ts";
import {
  backfill,
  checkpoint,
  closeDatabase,
  closeLeavingWal,
  keepWalFile,
  openDatabase,
} from "./sqlite.ts";

export interface RepoFileOptions extends RepoStoreOptions {
  path: string;
  /** This process has had it open before. */
  isKnown?: boolean;
  /** This process left the WAL empty, and a power cut would. */
  isWalEmpty?: boolean;
}

/** What lies beside a file that was closed: a WAL that holds commits, one that is surely empty, or none. */
export type LeftBehind = "commits" | "empty" | "nothing";

export interface RepoFile {
  store: RepoStore;
  /** Moves all into the database and syncs it; no WAL is left unless a snapshot holds it. */
  close(): void;
  /**
   * Closes without a sync where the WAL is short; whoever opens the file next
   * goes on with it. To be called once all is flushed.
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
  const store = createRepoStore(db, wal, options);
  return {
    store,
    close() {
      store.end();
      closeDatabase(db);
    },
    setAside() {
      const sizeBytes = walSizeBytes(options.path);
      if (wal.isEmpty && sizeBytes === 0) {
        keepWalFile(db);
        closeDatabase(db);
        return "empty";
      }
      if (sizeBytes > 0 && sizeBytes <= LONGEST_LEFT_WAL_BYTES) {
        closeLeavingWal(db);
        return "commits";
      }
      closeDatabase(db);
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
 * Moves what was left in the WAL, which must be durable, into the database.
 * The thread waits for no sync.
 * @param options.isStillLeft false once somebody has opened the file meanwhile
 * @returns whether the WAL is there and empty; that is not synced yet.
 */
export async function writeBackRepoFile(options: {
  path: string;
  isKnown: boolean;
  isStillLeft: () => boolean;
}): Promise<boolean> {
  const { path, isStillLeft } = options;
  const durableBytes = walSizeBytes(path);
  const db = openDatabase({
    ...{ ...FILE, ...options, synchronous: "OFF" },
    // Where another program reads the file, another time will do.
    busyTimeoutMs: 0,
  });
  let isEmpty = false;
  try {
    // To bring an older schema up to date is to write.
    const isDurable = walSizeBytes(path) === durableBytes;
    if (!isDurable || !backfill(db)) return false;
    await syncDatabase(path);
    isEmpty = isStillLeft() && checkpoint(db);
    return isEmpty;
  } finally {
    if (isEmpty) keepWalFile(db);
    if (isEmpty) closeDatabase(db);
    else closeLeavingWal(db);
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
  options: Pick<RepoFileOptions, "path" | "did" | "generation" | "guard">,
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
