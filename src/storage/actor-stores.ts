import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Clock, systemClock } from "#lib/clock.ts";
import { isDamage } from "#lib/disk-errors.ts";
import { OperatorError, XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type { ActorStore, ActorStores } from "./actor-store.ts";
import { createBlockSpool } from "./block-spool.ts";
import { makeFolder } from "./durable-file.ts";
import { createLeftWals, type LeftWals } from "./left-wals.ts";
import { createOpenFiles } from "./open-files.ts";
import {
  openRepoFile,
  openRepoSnapshot,
  readOwner,
  writeBackRepoFile,
  WrongRepoError,
  type RepoFile,
} from "./repo-file.ts";
import {
  createRepoPaths,
  databaseBytes,
  removeDatabase,
} from "./repo-paths.ts";
import { stageRepo } from "./staged-repo.ts";

/** A file as it is kept open. */
interface OpenRepo extends Pick<RepoFile, "store" | "close"> {
  /** Closes it for others' sake, without a sync where that is safe. */
  giveUp(): void;
}

export interface ActorStoresOptions {
  reposPath: string;
  /** The generation that readers of the account see; null when it has no repository. */
  generationOf: (did: Did) => number | null;
  /** Hard bound of open files, 2 at least. Default 256. */
  maxOpen?: number;
  clock?: Clock;
  log?: Pick<Logger, "error">;
}

/** Inside the folder of repositories: what is being brought in. */
const IMPORTING = "importing";
/**
 * Files closed with their WAL, each with some 50 KB beside it until it is
 * written back; and as many that are remembered for the empty one they have.
 */
const MAX_LEFT_WALS = 10_000;

/** The repositories of the host as files of SQLite, one for each account and generation. */
export function createActorStores(options: ActorStoresOptions): ActorStores {
  const { reposPath, generationOf } = options;
  const { pathOf, listOf, listSeveral } = createRepoPaths(reposPath);
  const importingPath = join(reposPath, IMPORTING);
  // Imports that the last process did not finish.
  rmSync(importingPath, { recursive: true, force: true });
  const wals = createLeftWals({
    reposPath,
    clock: options.clock ?? systemClock,
    maxCount: MAX_LEFT_WALS,
    moveIntoDatabase: writeBackRepoFile,
    onFailure: (path, error) =>
      options.log?.error("repo.not_written_back", { path, error }),
  });
  const files = createOpenFiles<OpenRepo>({
    max: options.maxOpen ?? 256,
    giveUp: (file) => file.giveUp(),
  });
  const quarantined = new Map<Did, string>();
  const dirty = new Map<string, { did: Did; generation: number }>();

  function quarantine(did: Did, reason: string): void {
    quarantined.set(did, reason);
    options.log?.error("repo.quarantined", { did, reason });
  }

  /** One damaged file concerns its account only. */
  function guardOf(did: Did): <T>(access: () => T) => T {
    return (access) => {
      try {
        return access();
      } catch (error) {
        throw failureOf(did, error);
      }
    };
  }

  function failureOf(did: Did, error: unknown): unknown {
    if (!isOfSystem(error) && !isOfFile(error)) return error;
    // A read or write that failed may succeed the next time.
    if (isDamage(error) || isOfFile(error)) {
      quarantine(did, String(error));
    }
    return unavailable(error);
  }

  function checkQuarantine(did: Did): void {
    const reason = quarantined.get(did);
    if (reason !== undefined) throw unavailable(new Error(reason));
  }

  function load(did: Did, generation: number, path: string): ActorStore {
    const guard = guardOf(did);
    const key = keyOf(did, generation);
    const onApplied = () => dirty.set(key, { did, generation });
    files.makeRoom();
    const closed = wals.take(path);
    const file = guard(() =>
      openRepoFile({ path, did, generation, guard, onApplied, ...closed }),
    );
    files.add(key, openRepo(path, file, wals));
    return file.store;
  }

  function findGeneration(did: Did, generation: number): ActorStore | null {
    checkQuarantine(did);
    const file = files.find(keyOf(did, generation));
    if (file !== null) return file.store;
    const path = pathOf(did, generation);
    return existsSync(path) ? load(did, generation, path) : null;
  }

  function remove(did: Did, generation: number): void {
    const path = pathOf(did, generation);
    files.close(keyOf(did, generation));
    dirty.delete(keyOf(did, generation));
    wals.take(path);
    wals.forget(path);
    removeDatabase(path);
  }

  return {
    sizeBytes: (did) =>
      listOf(did).reduce((sum, { path }) => sum + databaseBytes(path), 0),
    find(did) {
      const generation = generationOf(did);
      return generation === null ? null : findGeneration(did, generation);
    },
    findGeneration,
    create(did, generation) {
      const found = findGeneration(did, generation);
      if (found !== null) return found;
      const path = pathOf(did, generation);
      guardOf(did)(() => {
        makeFolder(dirname(path));
        // What a removal that was cut short left would be taken for ours.
        removeDatabase(path);
      });
      return load(did, generation, path);
    },
    snapshot(did) {
      const generation = generationOf(did);
      if (generation === null) return null;
      // A view shares the index of the WAL with the connection that writes; by
      // itself it would make a file of it.
      if (findGeneration(did, generation) === null) return null;
      const path = pathOf(did, generation);
      const guard = guardOf(did);
      return guard(() => openRepoSnapshot({ path, did, generation, guard }));
    },
    remove,
    removeAll(did) {
      for (const { generation } of listOf(did)) remove(did, generation);
      quarantined.delete(did);
    },
    stage(did, generation) {
      const finalPath = pathOf(did, generation);
      const path = join(importingPath, basename(finalPath));
      return stageRepo({ did, generation, path, finalPath });
    },
    createSpool: () =>
      createBlockSpool(
        join(importingPath, `${randomBytes(12).toString("hex")}.spool`),
      ),
    listSpare: () =>
      listSeveral().flatMap((group) => {
        const did = findOwner(group.map(({ path }) => path));
        if (did === null) return [];
        const own = generationOf(did);
        return group
          .filter(({ generation }) => generation !== own)
          .map(({ generation }) => ({ did, generation }));
      }),
    quarantine,
    takeDirty() {
      const taken = [...dirty.values()];
      dirty.clear();
      // Closing for good moves all into the database and syncs it: without a
      // WAL there is nothing left to do.
      return taken.filter(({ did, generation }) =>
        existsSync(`${pathOf(did, generation)}-wal`),
      );
    },
    async sync(did, generation) {
      checkQuarantine(did);
      try {
        await wals.sync(pathOf(did, generation));
      } catch (error) {
        throw failureOf(did, error);
      }
    },
    distrust(did, generation) {
      wals.distrust(pathOf(did, generation));
      dirty.set(keyOf(did, generation), { did, generation });
    },
    writeBack: wals.writeBack,
    openCount: files.count,
    close: files.closeAll,
  };
}

function openRepo(path: string, file: RepoFile, wals: LeftWals): OpenRepo {
  function close() {
    file.close();
    wals.forget(path);
  }
  return {
    store: file.store,
    close,
    giveUp() {
      if (wals.isFull()) return close();
      const left = file.setAside();
      if (left === "commits") wals.add(path);
      else if (left === "empty") wals.addEmpty(path);
      else wals.forget(path);
    },
  };
}

function keyOf(did: Did, generation: number): string {
  return `${generation} ${did}`;
}

/** Whose files these are; null when none can be read. */
function findOwner(paths: readonly string[]): Did | null {
  for (const path of paths) {
    try {
      return readOwner(path);
    } catch {
      // A damaged one; another generation may tell.
    }
  }
  return null;
}

/** SQLite and the system give their errors a code, ours have none. */
function isOfSystem(error: unknown): boolean {
  return typeof (error as { code?: unknown }).code === "string";
}

function isOfFile(error: unknown): boolean {
  return error instanceof OperatorError || error instanceof WrongRepoError;
}

function unavailable(cause: unknown): XrpcError {
  return new XrpcError(
    "ServiceUnavailable",
    "This repository cannot be used at the moment",
    { cause, retryAfterSec: 60 },
  );
}
