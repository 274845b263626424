import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Clock, systemClock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type {
  ActorStore,
  ActorStores,
  SetBackListener,
} from "./actor-store.ts";
import { createBlockSpool } from "./block-spool.ts";
import { createDirtyRepos } from "./dirty-repos.ts";
import { makeFolder } from "./durable-file.ts";
import { createLeftWals, type LeftWals } from "./left-wals.ts";
import { createLending } from "./lending/lending.ts";
import type { LendingMode } from "./lending/rule.ts";
import { createOpenFiles } from "./open-files.ts";
import { createQuarantine } from "./quarantine.ts";
import {
  openRepoFile,
  openRepoSnapshot,
  readOwner,
  writeBackRepoFile,
  type RepoFile,
} from "./repo-file.ts";
import {
  createRepoPaths,
  databaseBytes,
  removeDatabase,
  repoKey,
} from "./repo-paths.ts";
import { type RepoStore, viewInPlace } from "./repo-store.ts";
import { stageRepo } from "./staged-repo.ts";

/** A file as it is kept open. */
interface OpenRepo extends Pick<RepoFile, "store" | "close"> {
  /**
   * Closes it for others' sake, without a sync where that is safe.
   * @returns false when what it holds can't be written: it is seen as long as the file stays open.
   */
  giveUp(): boolean;
}

export interface ActorStoresOptions {
  reposPath: string;
  /** The generation that readers of the account see; null when it has no repository. */
  generationOf: (did: Did) => number | null;
  /** Hard bound of open files, 2 at least. Default 256. */
  maxOpen?: number;
  /** When a closed file may be lent to another thread for a write. Default "off". */
  lending?: LendingMode;
  clock?: Clock;
  log?: Pick<Logger, "error">;
  /** Ends the process without another answer: the disk does not answer. */
  onFatal?: (error: unknown) => void;
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
  const { reposPath, generationOf, clock = systemClock } = options;
  const { pathOf, listOf, listSeveral } = createRepoPaths(reposPath);
  const importingPath = join(reposPath, IMPORTING);
  // Imports that the last process did not finish.
  rmSync(importingPath, { recursive: true, force: true });
  const wals = createLeftWals({
    reposPath,
    clock,
    maxCount: MAX_LEFT_WALS,
    moveIntoDatabase: writeBackRepoFile,
    onFailure: (path, error) =>
      options.log?.error("repo.not_written_back", { path, error }),
  });
  const maxOpen = options.maxOpen ?? 256;
  const files = createOpenFiles<OpenRepo>({
    max: maxOpen,
    giveUp: (file) => file.giveUp(),
  });
  let tellSetBack: SetBackListener = () => undefined;
  const quarantine = createQuarantine(options.log);
  const lending = createLending({
    mode: options.lending ?? "off",
    ...{ maxOpen, clock, wals, generationOf, pathOf, openHere },
    staysHere: (did, generation) =>
      files.has(repoKey(did, generation)) || quarantine.has(did),
    onApplied: (did, generation) => dirty.note({ did, generation }),
    onSetBack: (did, error) => tellSetBack(did, error),
    ...(options.log && { log: options.log }),
    ...(options.onFatal && { onStalled: options.onFatal }),
  });
  const dirty = createDirtyRepos({ pathOf, isLent: lending.has });

  function load(did: Did, generation: number, path: string): RepoStore {
    const guard = quarantine.guardOf(did);
    const onApplied = () => dirty.note({ did, generation });
    const onSetBack = (error: unknown) => tellSetBack(did, error);
    if (files.count() >= maxOpen) lending.noteOpened();
    files.makeRoom();
    const closed = wals.take(path);
    const file = guard(() =>
      openRepoFile({
        ...{ path, did, generation, guard, onApplied, onSetBack },
        ...closed,
      }),
    );
    files.add(repoKey(did, generation), openRepo(path, file, wals));
    return file.store;
  }

  function findGeneration(did: Did, generation: number): ActorStore | null {
    quarantine.check(did);
    return lending.find(did, generation) ?? openFile(did, generation);
  }

  /** In this thread, wherever it is. */
  function openHere(did: Did, generation: number): RepoStore | null {
    lending.takeBack(did, generation);
    return openFile(did, generation);
  }

  /** One that is not lent. */
  function openFile(did: Did, generation: number): RepoStore | null {
    quarantine.check(did);
    const file = files.find(repoKey(did, generation));
    if (file !== null) return file.store;
    const path = pathOf(did, generation);
    return existsSync(path) ? load(did, generation, path) : null;
  }

  /** What is not open has nothing that waits. */
  function flush(did: Did, generation: number): void {
    lending.takeBack(did, generation);
    files.find(repoKey(did, generation))?.store.flush();
  }

  function remove(did: Did, generation: number): void {
    const path = pathOf(did, generation);
    lending.takeBack(did, generation);
    files.close(repoKey(did, generation));
    dirty.forget({ did, generation });
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
    lend: lending.lend,
    create(did, generation) {
      const found = openHere(did, generation);
      if (found !== null) return found;
      const path = pathOf(did, generation);
      quarantine.guardOf(did)(() => {
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
      const store = openHere(did, generation);
      if (store === null) return null;
      if (!tryFlush(store)) return viewInPlace(store);
      const path = pathOf(did, generation);
      const guard = quarantine.guardOf(did);
      return guard(() => openRepoSnapshot({ path, did, generation, guard }));
    },
    remove,
    removeAll(did) {
      for (const { generation } of listOf(did)) remove(did, generation);
      quarantine.lift(did);
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
    listSpare() {
      lending.takeAllBack();
      return listSeveral().flatMap((group) => spareOf(group, generationOf));
    },
    quarantine: quarantine.add,
    takeDirty: dirty.take,
    flush,
    whenSetBack(listener) {
      tellSetBack = listener;
    },
    async sync(did, generation) {
      await lending.whenBack(did, generation);
      quarantine.check(did);
      flush(did, generation);
      try {
        await wals.sync(pathOf(did, generation));
      } catch (error) {
        throw quarantine.failureOf(did, error);
      }
    },
    distrust(did, generation) {
      wals.distrust(pathOf(did, generation));
      dirty.note({ did, generation });
    },
    writeBack: wals.writeBack,
    openCount: files.count,
    close() {
      lending.close();
      files.closeAll();
    },
  };
}

function openRepo(path: string, file: RepoFile, wals: LeftWals): OpenRepo {
  function close() {
    file.close();
    wals.forget(path);
  }
  function setAside() {
    if (wals.isFull()) return close();
    wals.noteLeft(path, file.setAside());
  }
  return {
    store: file.store,
    close,
    giveUp() {
      if (!tryFlush(file.store)) return false;
      setAside();
      return true;
    },
  };
}

/** Who has to know of a failure is told of it by the store. */
function tryFlush(store: RepoStore): boolean {
  try {
    store.flush();
    return true;
  } catch {
    return false;
  }
}

/** What is not the account's own among files of one account. */
function spareOf(
  group: readonly { path: string; generation: number }[],
  generationOf: (did: Did) => number | null,
): { did: Did; generation: number }[] {
  const did = findOwner(group.map(({ path }) => path));
  if (did === null) return [];
  const own = generationOf(did);
  return group
    .filter(({ generation }) => generation !== own)
    .map(({ generation }) => ({ did, generation }));
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
