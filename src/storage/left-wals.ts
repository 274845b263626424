import { existsSync, openSync, closeSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "#lib/clock.ts";
import { walSizeBytes } from "./database-identity.ts";
import { rewriteInPlace, syncData } from "./durable-file.ts";
import { isOpen } from "./open-databases.ts";
import type { LeftBehind } from "./repo-file.ts";

/**
 * The WALs of repositories that were closed without writing them back. To
 * write one back takes three syncs, so that is done once for many writes, off
 * the thread, and only when the account has been quiet for a while. A WAL is
 * durable by itself once `sync` has resolved; whether it is written back
 * changes no answer. What was written back keeps an empty WAL, for the next
 * commit.
 */
export interface LeftWals {
  /** Notes that the file was closed, and how. */
  noteLeft(path: string, left: LeftBehind): void;
  /** The file is opened or removed. */
  take(path: string): ClosedFile;
  /** True when files should be closed for good. */
  isFull(): boolean;
  /** Makes what the WAL holds durable, off the thread, whether the file is open, closed or gone. */
  sync(path: string): Promise<void>;
  /** What the WAL shows may not be on disk, though nothing was written since its last sync. */
  distrust(path: string): void;
  /** True while the WAL is on its way into the database, or has to be written anew: only this thread may open the file. */
  isBusy(path: string): boolean;
  /** The WAL is gone: another of its name has to be made durable anew. */
  forget(path: string): void;
  /**
   * Writes back some that were closed before, those of earlier processes too.
   * @returns how many were tried.
   */
  writeBack(options: {
    closedBeforeMs: number;
    limit: number;
  }): Promise<number>;
  count(): number;
}

/** What this process knows of a file from having had it open. */
export interface ClosedFile {
  /** It needs no other look. */
  isKnown: boolean;
  /** Its WAL is empty, also after a power cut. */
  isWalEmpty: boolean;
}

export interface LeftWalsOptions {
  /** Looked through for what an earlier process left. */
  reposPath: string;
  clock: Clock;
  /** Of those left, and of those remembered to be empty. */
  maxCount: number;
  /** Moves a WAL that is durable into its database; true when it is there and empty. */
  moveIntoDatabase(options: {
    path: string;
    isKnown: boolean;
    isStillLeft: () => boolean;
  }): Promise<boolean>;
  onFailure(path: string, error: unknown): void;
}

const FOLDERS_PER_CALL = 16;

export function createLeftWals(options: LeftWalsOptions): LeftWals {
  const { clock, moveIntoDatabase, onFailure } = options;
  // In the order of closing.
  const left = new Map<string, { sinceMs: number; isOurs: boolean }>();
  /** Closed with an empty WAL, those used longest ago first. */
  const empty = new Set<string>();
  /** On their way into their database, and whether they are ours. */
  const returning = new Map<string, boolean>();
  /** WALs whose name is on disk. */
  const named = new Set<string>();
  const suspects = new Set<string>();
  let unseen: string[] | null = null;

  function forget(path: string): void {
    named.delete(path);
    suspects.delete(path);
  }

  function add(path: string, isOurs = true): void {
    left.delete(path);
    left.set(path, { sinceMs: clock.nowMs(), isOurs });
  }

  /** A few folders at a time: a host can have a million files. */
  function lookForOthers(): void {
    unseen ??= listFolders(options.reposPath);
    for (const folder of unseen.splice(0, FOLDERS_PER_CALL)) {
      for (const name of readdirSync(folder)) {
        if (!name.endsWith("-wal")) continue;
        const path = join(folder, name.slice(0, -"-wal".length));
        if (left.has(path) || isOpen(path)) continue;
        if (walSizeBytes(path) > 0) add(path, false);
      }
    }
  }

  /** The others can be written to all the same, with a sync more. */
  function addEmpty(path: string): void {
    empty.add(path);
    if (empty.size <= options.maxCount) return;
    const oldest = empty.values().next().value!;
    empty.delete(oldest);
    forget(oldest);
  }

  async function sync(path: string): Promise<void> {
    const wal = walOf(path);
    try {
      if (suspects.delete(path)) rewriteInPlace(wal);
      const exists = await syncFile(wal);
      if (!exists || named.has(path)) return;
      await syncFile(dirname(path));
      named.add(path);
    } catch (error) {
      suspects.add(path);
      throw error;
    }
  }

  async function writeBackOne(path: string, isOurs: boolean): Promise<void> {
    left.delete(path);
    if (!existsSync(path)) return;
    if (isOpen(path)) {
      // By an export, which needs the WAL.
      add(path, isOurs);
      return;
    }
    returning.set(path, isOurs);
    const isStillLeft = () => returning.has(path);
    try {
      await sync(path);
      if (!isStillLeft()) return;
      const options = { path, isKnown: isOurs, isStillLeft };
      const isEmpty = await moveIntoDatabase(options);
      if (isEmpty) await syncFile(walOf(path));
      if (!isStillLeft()) return;
      if (isEmpty) addEmpty(path);
      else add(path);
    } catch (error) {
      onFailure(path, error);
    } finally {
      returning.delete(path);
    }
  }

  return {
    noteLeft(path, left) {
      if (left === "commits") add(path);
      else if (left === "empty") addEmpty(path);
      else forget(path);
    },
    take(path) {
      const isOurs = left.get(path)?.isOurs ?? returning.get(path) ?? false;
      const isWalEmpty = empty.delete(path);
      left.delete(path);
      returning.delete(path);
      return { isKnown: isOurs || isWalEmpty, isWalEmpty };
    },
    isFull: () => left.size >= options.maxCount,
    sync,
    distrust: (path) => void suspects.add(path),
    isBusy: (path) => returning.has(path) || suspects.has(path),
    forget,
    async writeBack({ closedBeforeMs, limit }) {
      lookForOthers();
      let count = 0;
      while (count < limit) {
        const oldest = left.entries().next().value;
        if (oldest === undefined || oldest[1].sinceMs >= closedBeforeMs) break;
        await writeBackOne(oldest[0], oldest[1].isOurs);
        count++;
        await new Promise((resolve) => setImmediate(resolve));
      }
      return count;
    },
    count: () => left.size,
  };
}

const walOf = (path: string) => `${path}-wal`;

function listFolders(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => /^[0-9a-f]{2}$/.test(name))
    .map((name) => join(path, name));
}

/**
 * Only ever for a WAL or a folder: closing a second descriptor of the database
 * itself would drop the locks of the first.
 * @returns false when there is none: the file was closed for good, which moves all into the database.
 */
async function syncFile(path: string): Promise<boolean> {
  let fd;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return false;
    throw error;
  }
  try {
    await syncData(fd);
    return true;
  } finally {
    closeSync(fd);
  }
}
