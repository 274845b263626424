import { randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Clock } from "#lib/clock.ts";
import { OperatorError, XrpcError } from "#lib/errors.ts";
import {
  formatCid,
  isCid,
  isCidBytes,
  parseCid,
  type CidBytes,
} from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import { isDiskFull } from "#lib/disk-errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { BlobStore } from "./blob-store.ts";
import { isDataFolder } from "./data-folder.ts";
import { makeFolder, syncData } from "./durable-file.ts";
import { stageBlob, writeAll } from "./staged-blob.ts";

const sync = promisify(fsync);

const TEMPORARY = "temporary";
const QUARANTINE = "quarantine";
/** Folders remembered; to forget one costs a sync. */
const MOST_NAMED = 20_000;
const STALE_MS = 24 * 60 * 60 * 1000;

export interface DiskBlobStoreOptions {
  blobsPath: string;
  /** Where uploads are written; on the filesystem of `blobsPath`. Default: a folder inside it. */
  temporaryPath?: string;
  clock: Clock;
}

/**
 * Blobs as files: `<2 hex>/<SHA-256 of the DID>/<CID>`. No part of a path
 * comes from outside: the DID is hashed, and a CID has one spelling.
 * @throws OperatorError (exit 78) when uploads could not be moved into place,
 *   or the folder is that of another PDS.
 */
export function createDiskBlobStore(options: DiskBlobStoreOptions): BlobStore {
  const { blobsPath, clock } = options;
  const temporaryPath = options.temporaryPath ?? join(blobsPath, TEMPORARY);
  refuseForeign(blobsPath);
  makeFolder(blobsPath);
  makeFolder(temporaryPath);
  if (statSync(blobsPath).dev !== statSync(temporaryPath).dev) {
    throw new OperatorError(
      `${temporaryPath} is on another filesystem than ${blobsPath}`,
      {
        hint: "Put the folder for uploads on the filesystem of the blobs.",
        exitCode: 78,
      },
    );
  }

  function folderOf(did: Did, aside: boolean): string {
    const name = Bun.CryptoHasher.hash("sha256", did, "hex");
    const root = aside ? join(blobsPath, QUARANTINE) : blobsPath;
    return join(root, name.slice(0, 2), name);
  }

  function pathOf(did: Did, cid: CidBytes, aside = false): string {
    if (!isCidBytes(cid)) throw new BlockError("not a CID of a blob");
    return join(folderOf(did, aside), formatCid(cid));
  }

  const folders = createFolders(blobsPath);

  /** Gives a durable file its place, durably. */
  async function place(from: string, to: string): Promise<void> {
    try {
      const folder = dirname(to);
      await folders.within(folder, () => renameSync(from, to));
      await syncFolder(folder);
    } catch (error) {
      throw isDiskFull(error) ? noRoom(error) : error;
    }
  }

  /**
   * Writes bytes where nothing promises any yet: a file that stands there was
   * left by a crash. So the name may come before the bytes, and both are
   * synced at once.
   */
  async function placeBytes(bytes: Uint8Array, to: string): Promise<void> {
    const folder = dirname(to);
    let fd: number | null = null;
    try {
      fd = await folders.within(folder, () => createFile(to));
      writeAll(fd, bytes);
      await allDone([syncData(fd), syncFolder(folder)]);
    } catch (error) {
      if (fd !== null) removeLeftover(to);
      throw isDiskFull(error) ? noRoom(error) : error;
    } finally {
      if (fd !== null) closeSync(fd);
    }
  }

  /** The same where a row may promise them: they come first, and then the name. */
  async function replaceBytes(bytes: Uint8Array, to: string): Promise<void> {
    const path = temporaryFile();
    try {
      const fd = openSync(path, "wx", 0o600);
      try {
        writeAll(fd, bytes);
        await syncData(fd);
      } finally {
        closeSync(fd);
      }
      await place(path, to);
    } catch (error) {
      removeLeftover(path);
      throw isDiskFull(error) ? noRoom(error) : error;
    }
  }

  const temporaryFile = () => join(temporaryPath, randomUUID());

  /** True when the file is at `to` afterwards. */
  async function move(from: string, to: string): Promise<boolean> {
    if ((await sizeOf(from)) === null) return (await sizeOf(to)) !== null;
    await place(from, to);
    await syncFolder(dirname(from));
    return true;
  }

  return {
    async put(did, body, { maxBytes }) {
      const path = temporaryFile();
      const discard = () => rm(path, { force: true });
      try {
        const { held, ...staged } = await stageBlob(path, body, maxBytes);
        const target = pathOf(did, staged.cid);
        if (held === null) {
          return { ...staged, commit: () => place(path, target), discard };
        }
        return {
          ...staged,
          commit: ({ isPromised }) =>
            isPromised ? replaceBytes(held, target) : placeBytes(held, target),
          discard: async () => undefined,
        };
      } catch (error) {
        await discard();
        throw isDiskFull(error) ? noRoom(error) : error;
      }
    },
    async open(did, cid, range) {
      const path = pathOf(did, cid);
      const sizeBytes = await sizeOf(path);
      if (sizeBytes === null) return null;
      const start = Math.max(range?.start ?? 0, 0);
      const end = Math.min(range?.end ?? sizeBytes, sizeBytes);
      // Only of a file's own stream does the server send the exact length.
      const stream = Bun.file(path).slice(start, end).stream();
      return { stream, sizeBytes };
    },
    has: async (did, cid) => (await sizeOf(pathOf(did, cid))) !== null,
    remove: (did, cid) => rm(pathOf(did, cid), { force: true }),
    quarantine: (did, cid) => move(pathOf(did, cid), pathOf(did, cid, true)),
    restore: (did, cid) => move(pathOf(did, cid, true), pathOf(did, cid)),
    async listAll(did) {
      const names = await namesIn(folderOf(did, false));
      return names.filter(isCid).map(parseCid);
    },
    async removeAll(did) {
      for (const aside of [false, true]) {
        await rm(folderOf(did, aside), { recursive: true, force: true });
      }
    },
    async sweep() {
      let removed = 0;
      for (const name of await namesIn(temporaryPath)) {
        const path = join(temporaryPath, name);
        const found = await stat(path).catch(ignoreAbsence);
        if (!found || found.mtimeMs > clock.nowMs() - STALE_MS) continue;
        await rm(path, { force: true });
        removed++;
      }
      return removed;
    },
  };
}

/** What stood there is another file, whatever still reads it. */
function createFile(path: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
    rmSync(path, { force: true });
    return openSync(path, "wx", 0o600);
  }
}

/** What is not removed now is later: see `sweep`, and files without a row. */
function removeLeftover(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The disk has failed before, which is what is told.
  }
}

/** Waits for each, also when one fails: the file is closed afterwards. */
async function allDone(works: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(works)) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}

async function sizeOf(path: string): Promise<number | null> {
  const found = await stat(path).catch(ignoreAbsence);
  return found === null ? null : found.size;
}

async function namesIn(path: string): Promise<string[]> {
  return (await readdir(path).catch(ignoreAbsence)) ?? [];
}

function ignoreAbsence(error: unknown): null {
  if ((error as { code?: string }).code === "ENOENT") return null;
  throw error;
}

/**
 * Makes folders below a root, durably. What is there may have been made by a
 * process that ended too soon, or by somebody who is just about to make it
 * durable, so each is synced once before it is relied on.
 */
function createFolders(root: string) {
  const named = new Set<string>();

  async function make(path: string): Promise<void> {
    const first = mkdirSync(path, { recursive: true, mode: 0o700 });
    if (first !== undefined) {
      for (const one of upFrom(path, dirname(first))) named.delete(one);
    }
    if (named.size > MOST_NAMED) named.clear();
    for (const one of upFrom(path, root)) {
      if (named.has(one)) continue;
      await syncFolder(dirname(one));
      named.add(one);
    }
  }

  return {
    /** Does something in a folder, which is made for it where it is not there. */
    async within<T>(path: string, act: () => T): Promise<T> {
      if (named.has(path)) {
        try {
          return act();
        } catch (error) {
          // Whoever removes the folder of an account doesn't tell.
          ignoreAbsence(error);
        }
      }
      await make(path);
      return act();
    },
  };
}

function* upFrom(path: string, root: string): Generator<string> {
  for (let at = path; at !== root && at !== dirname(at); at = dirname(at)) {
    yield at;
  }
}

/** Off the thread, unlike what only asks the kernel. */
async function syncFolder(path: string): Promise<void> {
  const fd = openSync(path, "r");
  try {
    await sync(fd);
  } finally {
    closeSync(fd);
  }
}

function noRoom(cause: unknown): XrpcError {
  return new XrpcError(
    "InsufficientStorage",
    "This server has no room for the blob",
    { cause, retryAfterSec: 60 },
  );
}

/** Settings that were taken over name the folder of the server before. Where blobs of ours are, it is ours. */
function refuseForeign(blobsPath: string): void {
  const names = existsSync(blobsPath) ? readdirSync(blobsPath) : [];
  if (names.some((name) => /^[0-9a-f]{2}$/.test(name))) return;
  const above = dirname(blobsPath);
  const isBesideForeign =
    existsSync(join(above, "account.sqlite")) && !isDataFolder(above);
  if (!isBesideForeign && !names.some((name) => name.startsWith("did:"))) {
    return;
  }
  throw new OperatorError(`${blobsPath} belongs to another PDS`, {
    hint: "Unset TEMPEST_BLOB_DIR (PDS_BLOBSTORE_DISK_LOCATION), or name a folder that is empty; nothing in this one was changed.",
    exitCode: 78,
  });
}
