import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { constants } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Random } from "../support/random.ts";
import type { DiskCall } from "./trace.ts";

/**
 * A disk with a cache that a power cut empties. It promises what POSIX does
 * and no more: data is there for certain once its file was synced, a name once
 * its folder was. Whatever else was written may be there, or not, or in part,
 * in any order; names alone change in the order of a journal.
 */
export interface Disk {
  take(call: DiskCall): void;
  /** Calls taken from now on are of another process, which counts from 0. */
  restart(): void;
  /** Writes into a folder what might be found if the power failed now. */
  writeImage(folder: string, random: Random): void;
}

/** Something done to a file that is not on disk for certain. */
interface Change {
  index: number;
  /** What is written where; or, without data, the file's new size. */
  at: number;
  data: Uint8Array | null;
  /** A sync of it has failed: no later one brings it to the disk. */
  isLost: boolean;
}

interface Entry {
  isFolder: boolean;
  durable: Bytes;
  changes: Change[];
}

interface NameChange {
  index: number;
  path: string;
  /** What has the name afterwards; null for nothing. */
  entry: Entry | null;
  /** The name it had before. */
  from?: string;
  isDurable: boolean;
}

interface Bytes {
  bytes: Uint8Array;
  size: number;
}

const SECTOR_BYTES = 512;

export interface DiskOptions {
  root: string;
  /** Folder whose contents are on the disk to begin with. */
  base?: string;
  /** Files whose syncs are believed and not done. */
  liesAbout?: (path: string) => boolean;
}

export function createDisk(options: DiskOptions): Disk {
  const { root, liesAbout = () => false } = options;
  const names = new Map<string, Entry>([[root, newEntry(true)]]);
  const byInode = new Map<bigint, Entry>();
  if (options.base) addTree(names, root, options.base);
  const durableNames = new Map(names);
  let nameChanges: NameChange[] = [];
  let index = 0;
  let start = 0;

  function entryAt(path: string): Entry {
    const entry = names.get(path);
    if (entry === undefined) throw new Error(`the model has no ${path}`);
    return entry;
  }

  function rename(path: string, entry: Entry | null, from?: string): void {
    if (from !== undefined) names.delete(from);
    if (entry === null) names.delete(path);
    else names.set(path, entry);
    nameChanges.push({
      ...{ index, path, entry, isDurable: false },
      ...(from !== undefined && { from }),
    });
  }

  function change(inode: bigint, at: number, data: Uint8Array | null): void {
    const entry = byInode.get(inode);
    if (entry === undefined) throw new Error(`the model has no inode ${inode}`);
    entry.changes.push({ index, at, data, isLost: false });
  }

  function open(path: string, inode: bigint, flags: number): void {
    let entry = names.get(path);
    if (entry === undefined) {
      if ((flags & constants.O_CREAT) === 0) entryAt(path);
      entry = newEntry(false);
      rename(path, entry);
    } else if ((flags & constants.O_TRUNC) !== 0) {
      entry.changes.push({ index, at: 0, data: null, isLost: false });
    }
    byInode.set(inode, entry);
  }

  function sync(call: DiskCall & { kind: "sync" }): void {
    if (liesAbout(call.path)) return;
    const entry = byInode.get(call.inode);
    if (entry === undefined) return; // a folder that held all it holds from the start
    const end = start + call.covered;
    if (entry.isFolder) {
      if (call.isDone) syncFolder(call.path, end);
    } else syncFile(entry, end, call.isDone);
  }

  function syncFolder(folder: string, end: number): void {
    for (const one of nameChanges) {
      const folders = [one.path, one.from ?? one.path].map(dirname);
      if (one.index < end && folders.includes(folder)) one.isDurable = true;
    }
    while (nameChanges[0]?.isDurable) apply(durableNames, nameChanges.shift()!);
  }

  return {
    take(call) {
      switch (call.kind) {
        case "open":
          open(call.path, call.inode, call.flags);
          break;
        case "write":
          change(call.inode, call.offset, call.data);
          break;
        case "truncate":
          change(call.inode, call.size, null);
          break;
        case "rename":
          rename(call.other, entryAt(call.path), call.path);
          break;
        case "unlink":
        case "rmdir":
          rename(call.path, null);
          break;
        case "mkdir": {
          const folder = newEntry(true);
          byInode.set(call.inode, folder);
          rename(call.path, folder);
          break;
        }
        case "sync":
          sync(call);
      }
      index++;
    },
    restart() {
      start = index;
    },
    writeImage(folder, random) {
      const found = new Map(durableNames);
      let kept = random.int(0, nameChanges.length);
      // Often nothing more than had to be, or all there was.
      if (random.next() < 0.5) kept = random.pick([0, nameChanges.length]);
      for (const [i, one] of nameChanges.entries()) {
        if (one.isDurable || i < kept) apply(found, one);
      }
      writeTree(found, root, folder, random);
    },
  };
}

function newEntry(isFolder: boolean): Entry {
  const durable = { bytes: new Uint8Array(0), size: 0 };
  return { isFolder, durable, changes: [] };
}

function addTree(names: Map<string, Entry>, root: string, base: string): void {
  for (const name of readdirSync(base, { recursive: true }) as string[]) {
    if (name.endsWith("-shm")) continue;
    const path = join(base, name);
    const entry = newEntry(statSync(path).isDirectory());
    if (!entry.isFolder) {
      const bytes = readFileSync(path);
      entry.durable = { bytes: new Uint8Array(bytes), size: bytes.length };
    }
    names.set(join(root, name), entry);
  }
}

function apply(names: Map<string, Entry>, one: NameChange): void {
  if (one.from !== undefined) names.delete(one.from);
  if (one.entry === null) names.delete(one.path);
  else names.set(one.path, one.entry);
}

/** A failed sync leaves what it covered readable and gone: no later one writes it. */
function syncFile(entry: Entry, end: number, isDone: boolean): void {
  const rest: Change[] = [];
  for (const one of entry.changes) {
    const isCovered = one.index < end && !one.isLost;
    if (isCovered && isDone) write(entry.durable, one);
    else rest.push(isCovered ? { ...one, isLost: true } : one);
  }
  entry.changes = rest;
}

function write(file: Bytes, { at, data }: Pick<Change, "at" | "data">): void {
  if (data === null) {
    resize(file, at);
    return;
  }
  if (at + data.length > file.size) resize(file, at + data.length);
  file.bytes.set(data, at);
}

function resize(file: Bytes, size: number): void {
  if (size > file.bytes.length) {
    const bytes = new Uint8Array(Math.max(size, file.bytes.length * 2));
    bytes.set(file.bytes.subarray(0, file.size));
    file.bytes = bytes;
  }
  if (size < file.size) file.bytes.fill(0, size, file.size);
  file.size = size;
}

function writeTree(
  names: ReadonlyMap<string, Entry>,
  root: string,
  folder: string,
  random: Random,
): void {
  mkdirSync(folder, { recursive: true });
  const made = new Set([root]);
  // A folder comes before what is in it.
  for (const path of [...names.keys()].sort()) {
    if (path === root) continue;
    // A name in a folder that has no name itself is nowhere.
    if (!made.has(dirname(path))) continue;
    made.add(path);
    const entry = names.get(path)!;
    const target = join(folder, relative(root, path));
    if (entry.isFolder) mkdirSync(target, { mode: 0o700, recursive: true });
    else writeFileSync(target, contentAfterCut(entry, random), { mode: 0o600 });
  }
}

/** How much of what was not synced is found again. */
const OUTCOMES = ["none", "all", "first", "last", "some", "torn"] as const;

function contentAfterCut(entry: Entry, random: Random): Uint8Array {
  const { durable, changes } = entry;
  const found: Bytes = {
    bytes: durable.bytes.slice(0, durable.size),
    size: durable.size,
  };
  const outcome = random.pick(OUTCOMES);
  const first = random.int(0, changes.length);
  for (const [i, one] of changes.entries()) {
    const isIn =
      outcome === "all" ||
      (outcome === "first" && i < first) ||
      (outcome === "last" && i >= first) ||
      (outcome === "some" && random.next() < 0.5);
    if (isIn) write(found, one);
    else if (outcome === "torn") writeTorn(found, one, random);
  }
  return found.bytes.subarray(0, found.size);
}

/** Each sector for itself. */
function writeTorn(
  file: Bytes,
  { at, data }: Pick<Change, "at" | "data">,
  random: Random,
): void {
  if (data === null) {
    if (random.next() < 0.5) resize(file, at);
    return;
  }
  for (let from = at; from < at + data.length;) {
    const sector = from - (from % SECTOR_BYTES);
    const to = Math.min(sector + SECTOR_BYTES, at + data.length);
    const part = data.subarray(from - at, to - at);
    if (random.next() < 0.5) write(file, { at: from, data: part });
    from = to;
  }
}
