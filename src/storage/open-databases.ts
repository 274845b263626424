import type { Database } from "bun:sqlite";
import { closeSync, openSync } from "node:fs";
import { syncData } from "./durable-file.ts";

/** The connections of this process, by the path of their file. */

// A handle that nothing refers to is collected, and closes without a word.
const handles = new Map<Database, string>();
/** Files that another thread has open. */
const lent = new Set<string>();
/** Descriptors that stay open until no connection is left. */
const held = new Map<string, number[]>();

export function noteOpen(db: Database, path: string): void {
  handles.set(db, path);
}

/** @returns false when it was closed before. */
export function noteClosed(db: Database): boolean {
  return handles.delete(db);
}

/** Null for a connection that is closed. */
export function pathOfOpen(db: Database): string | null {
  return handles.get(db) ?? null;
}

export function noteLent(path: string): void {
  lent.add(path);
}

export function noteReturned(path: string): void {
  lent.delete(path);
  releaseUnused(path);
}

/** Whether this process has a connection to the file, in this thread or another. */
export function isOpen(path: string): boolean {
  if (lent.has(path)) return true;
  for (const open of handles.values()) if (open === path) return true;
  return false;
}

/**
 * Syncs the database itself off the thread, without its WAL, whether it is
 * open or not. To close a descriptor of a file drops the locks that SQLite has
 * on it, whichever descriptor they came by: so ours outlives its connections.
 */
export async function syncDatabase(path: string): Promise<void> {
  const fd = openSync(path, "r");
  try {
    await syncData(fd);
  } finally {
    held.set(path, [...(held.get(path) ?? []), fd]);
    releaseUnused(path);
  }
}

/** To be called once a connection of the file has closed. */
export function releaseUnused(path: string): void {
  const fds = held.get(path);
  if (fds === undefined || isOpen(path)) return;
  held.delete(path);
  for (const fd of fds) closeSync(fd);
}
