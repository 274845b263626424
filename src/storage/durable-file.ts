import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";

/** What stands between a file's name and the random part while it is written. */
export const UNFINISHED_MARK = ".new-";

const PIECE_SIZE_BYTES = 256 * 1024;

/** Makes the bytes of a file durable, off the thread. */
export const syncData = promisify(fdatasync);

/** Makes names in a folder durable: a file made, renamed or removed there. */
export function syncFolder(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes the bytes of a file over themselves. After a sync that failed the
 * kernel takes what did not reach the disk for written, and would answer the
 * next sync without doing anything. Absent files are no error.
 */
export function rewriteInPlace(path: string): void {
  withExisting(path, (fd) => {
    const piece = Buffer.allocUnsafe(PIECE_SIZE_BYTES);
    for (let at = 0; ;) {
      const length = readSync(fd, piece, 0, piece.length, at);
      if (length === 0) return;
      for (let done = 0; done < length;) {
        done += writeSync(fd, piece, done, length - done, at + done);
      }
      at += length;
    }
  });
}

/** Brings what the page cache shows of a file to the disk, whatever an earlier sync has said. Absent files are no error. */
export function makeDurable(path: string): void {
  rewriteInPlace(path);
  withExisting(path, fdatasyncSync);
}

function withExisting(path: string, act: (fd: number) => void): void {
  let fd;
  try {
    fd = openSync(path, "r+");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return;
    throw error;
  }
  try {
    act(fd);
  } finally {
    closeSync(fd);
  }
}

/** Folders whose names are on disk for certain. */
const namedFolders = new Set<string>();

/**
 * Makes a private folder and those above it, each durable. One that exists is
 * left as it is; but a process before this one may have made it and not come
 * to make its name durable.
 */
export function makeFolder(path: string): void {
  if (!makePrivate(path)) {
    if (!namedFolders.has(path)) nameExisting(path);
    return;
  }
  syncFolder(dirname(path));
  namedFolders.add(path);
}

/** False when it exists. */
function makePrivate(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EEXIST") return false;
    const parent = dirname(path);
    // Some file systems say so where nothing can be made at all.
    if (code !== "ENOENT" || existsSync(parent)) throw error;
    makeFolder(parent);
    return makePrivate(path);
  }
}

function nameExisting(path: string): void {
  try {
    syncFolder(dirname(path));
  } catch (error) {
    // Whoever may not look into the folder above has not made this one.
    if ((error as { code?: string }).code !== "EACCES") throw error;
  }
  namedFolders.add(path);
}

/**
 * Writes a private file that, whatever happens meanwhile, is there with all its
 * bytes or not at all. A file of that name is replaced.
 */
export function writeDurably(path: string, bytes: Uint8Array): void {
  const folder = dirname(path);
  const random = randomBytes(6).toString("hex");
  const unfinished = join(folder, basename(path) + UNFINISHED_MARK + random);
  try {
    const fd = openSync(unfinished, "wx", 0o600);
    try {
      for (let at = 0; at < bytes.length;) {
        at += writeSync(fd, bytes, at, bytes.length - at);
      }
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
  syncFolder(folder);
}
