import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/** What stands between a file's name and the random part while it is written. */
export const UNFINISHED_MARK = ".new-";

/** Makes names in a folder durable: a file made, renamed or removed there. */
export function syncFolder(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes a private folder and those above it, each durable. One that exists is left as it is. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EEXIST") return;
    if (code !== "ENOENT") throw error;
    makeFolder(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
  syncFolder(dirname(path));
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
