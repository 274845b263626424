import { renameSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { isDiskFull } from "#lib/disk-errors.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { StagedRepo } from "./actor-store.ts";
import { makeFolder, syncFolder } from "./durable-file.ts";
import { openRepoDatabase } from "./repo-file.ts";
import { removeDatabase } from "./repo-paths.ts";
import {
  type AddedBlocks,
  writeBlock,
  writeHead,
  writeRecord,
} from "./repo-rows.ts";
import { checkpoint, closeDatabase, transact } from "./sqlite.ts";

// CIDs come in no order, so the index of blocks is written all over.
const CACHE_KIB = 8 * 1024;

/** Makes a repository file at one place and moves it to another when it is whole. */
export function stageRepo(options: {
  did: Did;
  generation: number;
  /** On the filesystem of `finalPath`. */
  path: string;
  finalPath: string;
}): StagedRepo {
  const { did, generation, path, finalPath } = options;
  makeFolder(dirname(path));
  removeDatabase(path);
  const db = guard(() =>
    openRepoDatabase({ path, did, generation, cacheKib: CACHE_KIB }),
  );
  const write = ({ rev, blocks, records }: Parameters<StagedRepo["add"]>[0]) =>
    transact(db, () => {
      const added: AddedBlocks = new Map();
      for (const block of blocks) writeBlock(db, { ...block, rev }, added);
      for (const record of records) writeRecord(db, { ...record, rev, added });
      return added.size;
    });
  let isOpen = true;

  return {
    add: (part) => guard(() => write(part)),
    async place(head) {
      guard(() => {
        writeHead(db, { ...head, appliedSeq: 0 });
        // Closing would do that too, and not say when there is no room for it.
        if (!checkpoint(db)) throw new Error(`${path} is read by others`);
        closeDatabase(db);
      });
      await syncFile(path);
      guard(() => {
        makeFolder(dirname(finalPath));
        removeDatabase(finalPath);
        renameSync(path, finalPath);
        isOpen = false;
        syncFolder(dirname(finalPath));
      });
    },
    discard() {
      if (!isOpen) return;
      isOpen = false;
      closeDatabase(db);
      removeDatabase(path);
    },
  };
}

/** For a file that no connection has open any more. */
async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

function guard<T>(access: () => T): T {
  try {
    return access();
  } catch (error) {
    throw isDiskFull(error) ? noRoom(error) : error;
  }
}

export function noRoom(cause: unknown): XrpcError {
  return new XrpcError(
    "InsufficientStorage",
    "This server has no room for the repository",
    { cause, retryAfterSec: 60 },
  );
}
