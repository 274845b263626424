import { constants, Database } from "bun:sqlite";
import { existsSync, rmSync } from "node:fs";
import { isBusy } from "#lib/disk-errors.ts";
import { OperatorError } from "#lib/errors.ts";
import {
  APPLICATION_IDS,
  checkHeader,
  checkIdentity,
  checkSqliteVersion,
  readIdentity,
  type DatabaseKind,
  type Identity,
} from "./database-identity.ts";
import { makeDurable, writeDurably } from "./durable-file.ts";
import {
  isOpen,
  noteClosed,
  noteOpen,
  pathOfOpen,
  releaseUnused,
} from "./open-databases.ts";
import { closeBeforeReader, LateDatabase, openAlone } from "./late-database.ts";

/** One step of a schema. Versions are 1, 2, 3, …; a step that was released never changes. */
export interface Migration {
  version: number;
  sql: string;
}

export interface OpenDatabaseOptions {
  path: string;
  kind: DatabaseKind;
  /**
   * FULL: a commit is on disk when it returns. NORMAL: a power cut may roll
   * back the last commits, never more. OFF: for somebody who syncs by himself.
   */
  synchronous: "FULL" | "NORMAL" | "OFF";
  migrations: readonly Migration[];
  /** Opens without the right to write; the file must exist. */
  readonly?: boolean;
  /** Size of a page in a new file; an existing file keeps its own. Default 4096. */
  pageSizeBytes?: number;
  /** Upper bound of the page cache of this connection. Default 2048. */
  cacheKib?: number;
  /** How long to wait for another program's lock; the thread stands still meanwhile. Default 5000. */
  busyTimeoutMs?: number;
  /** Rows that a new file holds from its first moment on. */
  seed?: (db: Database) => void;
  /** This process has had the file open before: what it is needs no second look. */
  isKnown?: boolean;
  /**
   * Keeps other programs out for as long as this process has the file open, so
   * that the index of the WAL is in memory and not in a file beside it. Where
   * another program has the file open it is shared, as without. Parameters
   * bear their prefix then.
   */
  isExclusive?: boolean;
}

/** SQLite's own default. */
const AUTO_CHECKPOINT_PAGES = 1000;

// A statement that falls out of Bun's cache is compiled anew at each call.
Database.MAX_QUERY_CACHE_SIZE = 200;

/**
 * Opens a database of ours, making it first where it doesn't exist, and brings
 * its schema up to date. A new file appears complete and durable, or not at all.
 * Parameters are named without prefix, and a missing one is an error.
 * @throws OperatorError (exit 78) when the file isn't ours, or was written by
 *   a newer version; it is then untouched.
 */
export function openDatabase(options: OpenDatabaseOptions): Database {
  checkSqliteVersion();
  const { path, isKnown = false } = options;
  if (isKnown) {
    // A file that is gone all the same fails to open.
  } else if (!existsSync(path)) {
    if (options.readonly || existsSync(`${path}-wal`)) throw notFound(path);
    writeDurably(path, buildImage(options));
  } else if (!isOpen(path)) {
    checkHeader(options);
  }
  const db = options.isExclusive ? connectAlone(options) : connect(options);
  noteOpen(db, path);
  return db;
}

function connectAlone(options: OpenDatabaseOptions): Database {
  const { path, isKnown, readonly } = options;
  const mayBeLeft = !isKnown && !readonly && !isOpen(path);
  try {
    // Alone or not at all: waiting would not help, and shows at once.
    const db = connect({ ...options, busyTimeoutMs: 0 });
    if (mayBeLeft) rmSync(`${path}-shm`, { force: true });
    return db;
  } catch (error) {
    if (!isBusy(error)) throw error;
    return connect({ ...options, isExclusive: false });
  }
}

function connect(options: OpenDatabaseOptions): Database {
  const { isKnown = false } = options;
  const db = openFile(options);
  try {
    db.run(connectionPragmas(options));
    if (!isKnown) {
      const found = readIdentity(db);
      checkIdentity(options, found);
      if (!options.readonly) migrate(db, options.migrations, found);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Never makes a file. */
function openFile(options: OpenDatabaseOptions): Database {
  const { path, readonly, isExclusive } = options;
  if (!isExclusive) {
    const access = readonly ? { readonly } : { readwrite: true, create: false };
    return new LateDatabase(path, { strict: true, ...access });
  }
  return openAlone(path, { readonly });
}

/**
 * Makes durable what the last process left in the WAL, before anything reads
 * it: that process may have ended before a sync, or because one had failed,
 * and what the page cache shows then may not be on disk. To be called while
 * nobody has the file open.
 * @throws OperatorError exit 70 when the disk fails.
 */
export function makeTailDurable(path: string): void {
  try {
    makeDurable(`${path}-wal`);
  } catch (cause) {
    throw new OperatorError(`${path} could not be made durable`, {
      hint: "Check the disk (dmesg, free space), then start again.",
      exitCode: 70,
      cause,
    });
  }
}

/** Closes and frees the files at once; the last connection of a file also empties its WAL. */
export function closeDatabase(db: Database): void {
  const path = pathOfOpen(db);
  if (path === null) return;
  noteClosed(db);
  db.close(true);
  releaseUnused(path);
}

/** Closes and leaves the WAL, which the next one to open the file goes on with. */
export function closeLeavingWal(db: Database): void {
  if (pathOfOpen(db) === null) return;
  closeBeforeReader(db, () => closeDatabase(db));
}

/**
 * Leaves the file of the WAL, which must be empty, when the last connection
 * closes: to make it anew costs several times what a commit writes to it.
 */
export function keepWalFile(db: Database): void {
  db.fileControl(constants.SQLITE_FCNTL_PERSIST_WAL, 1);
}

/**
 * Moves the whole WAL into the database, syncs both and truncates the WAL.
 * @returns false when another connection stood in the way.
 * @throws SQLiteError when the disk failed.
 */
export function checkpoint(db: Database): boolean {
  const row = db.query("PRAGMA wal_checkpoint(TRUNCATE)").get() as {
    busy: number;
  };
  return row.busy === 0;
}

/**
 * Copies into the database what the WAL holds, as far as the connection syncs.
 * @returns false when another connection stood in the way.
 */
export function backfill(db: Database): boolean {
  const row = db.query("PRAGMA wal_checkpoint(PASSIVE)").get() as {
    log: number;
    checkpointed: number;
  };
  return row.checkpointed === row.log;
}

/**
 * Runs work as one transaction. Two statements for a connection, where Bun's
 * own `transaction` compiles nine.
 */
export function transact<T>(db: Database, work: () => T): T {
  db.query("BEGIN IMMEDIATE").run();
  try {
    const result = work();
    db.query("COMMIT").run();
    return result;
  } catch (error) {
    // Some failures have ended the transaction already.
    if (db.inTransaction) db.run("ROLLBACK");
    throw error;
  }
}

/** Runs work inside a transaction, so that it can fail without the rest. */
export function nest<T>(db: Database, work: () => T): T {
  db.query("SAVEPOINT nested").run();
  try {
    const result = work();
    db.query("RELEASE nested").run();
    return result;
  } catch (error) {
    // Some failures have ended the whole transaction.
    if (db.inTransaction) db.run("ROLLBACK TO nested; RELEASE nested");
    throw error;
  }
}

/**
 * To be called before the first transaction after the WAL was made, which it
 * spares a sync: SQLite syncs the header of each WAL that it begins, because
 * frames of the one before must not be taken for its own. Where the file was
 * empty there are none, if it is empty on the disk too. No checkpoint may
 * happen until `walHasBegun`; that would need its syncs.
 */
export function beginWal(db: Database): void {
  db.run("PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF;");
}

/** To be called once that transaction is over, whether it succeeded or not. */
export function walHasBegun(db: Database): void {
  db.run(
    `PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${AUTO_CHECKPOINT_PAGES};`,
  );
}

/** Of every connection. */
const PRAGMAS = [
  "cell_size_check = ON",
  "foreign_keys = ON",
  "temp_store = MEMORY",
  "trusted_schema = OFF",
  // There the runtime uses the SQLite of the system, with its own defaults,
  // and fsync leaves the data in the drive's cache.
  ...(process.platform === "darwin"
    ? ["fullfsync = ON", "checkpoint_fullfsync = ON", "mmap_size = 0"]
    : []),
]
  .map((pragma) => `PRAGMA ${pragma};`)
  .join("");

function connectionPragmas(options: OpenDatabaseOptions): string {
  const { busyTimeoutMs = 5000, cacheKib = 2048, synchronous } = options;
  return `${PRAGMAS}
    PRAGMA busy_timeout = ${busyTimeoutMs};
    PRAGMA cache_size = -${cacheKib};
    PRAGMA synchronous = ${synchronous};
    ${options.readonly ? "PRAGMA query_only = ON;" : ""}`;
}

/** A file made in memory appears at once: no crash leaves half a schema. */
function buildImage(options: OpenDatabaseOptions): Uint8Array {
  const db = new Database(":memory:", { strict: true });
  try {
    db.run(
      `PRAGMA page_size = ${options.pageSizeBytes ?? 4096};
       PRAGMA application_id = ${APPLICATION_IDS[options.kind]};`,
    );
    migrate(db, options.migrations, readIdentity(db));
    options.seed?.(db);
    const image = db.serialize();
    // File format versions: 2 is WAL.
    image[18] = 2;
    image[19] = 2;
    return image;
  } finally {
    db.close(true);
  }
}

function migrate(
  db: Database,
  migrations: readonly Migration[],
  { schemaVersion }: Identity,
): void {
  const pending = migrations.slice(schemaVersion);
  if (pending.length === 0) return;
  db.transaction(() => {
    pending.forEach((migration, i) => {
      if (migration.version !== schemaVersion + i + 1) {
        throw new Error(`migration ${migration.version} is out of order`);
      }
      db.run(migration.sql);
    });
    db.run(`PRAGMA user_version = ${migrations.length}`);
  }).immediate();
}

function notFound(path: string): OperatorError {
  return new OperatorError(`${path} does not exist`, {
    hint: "Check the data folder, or restore the file from a backup.",
    exitCode: 78,
  });
}
