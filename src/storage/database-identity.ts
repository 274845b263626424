import { Database } from "bun:sqlite";
import {
  closeSync,
  existsSync,
  openSync,
  readSync,
  rmSync,
  statSync,
} from "node:fs";
import { isBusy } from "#lib/disk-errors.ts";
import { OperatorError } from "#lib/errors.ts";
import { closeBeforeReader, openAlone } from "./late-database.ts";

// Whether a file is a database of ours that this version can read.

/** What a file is for; each kind has its own `application_id`. */
export type DatabaseKind = "account" | "sequencer" | "repo";

/** The file, and what is expected of it. */
interface Expected {
  path: string;
  kind: DatabaseKind;
  migrations: readonly unknown[];
}

// "Tp" and a letter for the kind, in the header field that SQLite leaves to
// applications. @see https://sqlite.org/fileformat2.html#application_id
export const APPLICATION_IDS: Record<DatabaseKind, number> = {
  account: 0x54707341,
  sequencer: 0x54707353,
  repo: 0x54707352,
};
const MAGIC = "SQLite format 3\0";
const HEADER_SIZE_BYTES = 100;
// Older versions can corrupt a WAL file that two connections checkpoint.
// @see https://sqlite.org/wal.html#walresetbug
const OLDEST_SQLITE = [3, 51, 3] as const;

export interface Identity {
  applicationId: number;
  schemaVersion: number;
}

export function readIdentity(db: Database): Identity {
  const row = db
    .query(
      `SELECT a.application_id AS applicationId, v.user_version AS schemaVersion
       FROM pragma_application_id a, pragma_user_version v`,
    )
    .get() as Identity;
  return row;
}

export function checkIdentity(options: Expected, found: Identity): void {
  if (found.applicationId !== APPLICATION_IDS[options.kind]) {
    throw notOurs(options.path);
  }
  const newest = options.migrations.length;
  if (found.schemaVersion > newest) {
    throw new OperatorError(
      `${options.path} has schema ${found.schemaVersion}; this version of Tempest knows ${newest}`,
      {
        hint: "Start the newer version of Tempest that wrote it, or restore a backup made before the upgrade.",
        exitCode: 78,
      },
    );
  }
}

/** Judges a file without SQLite, which would leave files of its own beside it. */
export function checkHeader(options: Expected): void {
  const header = Buffer.alloc(HEADER_SIZE_BYTES);
  const fd = openSync(options.path, "r");
  let length;
  try {
    length = readSync(fd, header, 0, HEADER_SIZE_BYTES, 0);
  } finally {
    closeSync(fd);
  }
  if (
    length < HEADER_SIZE_BYTES ||
    header.toString("latin1", 0, MAGIC.length) !== MAGIC
  ) {
    throw notOurs(options.path);
  }
  // Offsets: https://sqlite.org/fileformat2.html#the_database_header
  checkIdentity(options, {
    schemaVersion: header.readUInt32BE(60),
    applicationId: header.readUInt32BE(68),
  });
  if (walSizeBytes(options.path) > 0) checkHeaderInWal(options);
}

/** After a crash the newest header may be in the WAL alone. */
function checkHeaderInWal(options: Expected): void {
  try {
    checkIdentity(options, readIdentityAlone(options.path));
  } catch (error) {
    if (!isBusy(error)) throw error;
    checkIdentity(options, readIdentityBesideOthers(options.path));
  }
}

/** The index of the WAL is in memory then: on a full disk there is no room for a file. */
function readIdentityAlone(path: string): Identity {
  const db = openAlone(path);
  try {
    return readIdentity(db);
  } finally {
    closeBeforeReader(db, () => db.close(true));
  }
}

function readIdentityBesideOthers(path: string): Identity {
  const index = `${path}-shm`;
  const hadIndex = existsSync(index);
  const db = new Database(path, { readonly: true });
  try {
    return readIdentity(db);
  } finally {
    db.close(true);
    if (!hadIndex) rmSync(index, { force: true });
  }
}

/** 0 when there is none. */
export function walSizeBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

function notOurs(path: string): OperatorError {
  return new OperatorError(`${path} was not made by Tempest`, {
    hint: "Choose another data folder with --data; nothing in this one was changed.",
    exitCode: 78,
  });
}

let versionChecked = false;

export function checkSqliteVersion(): void {
  if (versionChecked) return;
  const db = new Database(":memory:");
  const { version } = db.query("SELECT sqlite_version() AS version").get() as {
    version: string;
  };
  db.close();
  const parts = version.split(".").map(Number);
  const difference = OLDEST_SQLITE.map((part, i) => (parts[i] ?? 0) - part);
  if ((difference.find((part) => part !== 0) ?? 0) < 0) {
    throw new OperatorError(
      `SQLite ${version} has a bug that can corrupt databases`,
      {
        hint: `Use a build of Bun with SQLite ${OLDEST_SQLITE.join(".")} or newer.`,
        exitCode: 78,
      },
    );
  }
  versionChecked = true;
}
