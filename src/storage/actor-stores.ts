import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { OperatorError, XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type { ActorStore, ActorStores } from "./actor-store.ts";
import { makeFolder, syncFolder } from "./durable-file.ts";
import { createOpenFiles } from "./open-files.ts";
import {
  openRepoFile,
  openRepoSnapshot,
  WrongRepoError,
  type RepoFile,
} from "./repo-file.ts";
import { isDiskFailure } from "./sqlite.ts";

export interface ActorStoresOptions {
  reposPath: string;
  /** The generation that readers of the account see; null when it has no repository. */
  generationOf: (did: Did) => number | null;
  /** Hard bound of open files, 2 at least. Default 256. */
  maxOpen?: number;
  log?: Pick<Logger, "error">;
}

/** The repositories of the host as files of SQLite, one for each account and generation. */
export function createActorStores(options: ActorStoresOptions): ActorStores {
  const { reposPath, generationOf } = options;
  const files = createOpenFiles<RepoFile>(options.maxOpen ?? 256);
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
    if (isDiskFailure(error) || isOfFile(error)) {
      quarantine(did, String(error));
    }
    return unavailable(error);
  }

  function checkQuarantine(did: Did): void {
    const reason = quarantined.get(did);
    if (reason !== undefined) throw unavailable(new Error(reason));
  }

  function pathOf(did: Did, generation: number): string {
    const name = createHash("sha256").update(did).digest("hex");
    return join(reposPath, name.slice(0, 2), `${name}.${generation}.sqlite`);
  }

  function load(did: Did, generation: number, path: string): ActorStore {
    const guard = guardOf(did);
    const key = keyOf(did, generation);
    const onApplied = () => dirty.set(key, { did, generation });
    files.makeRoom();
    const file = guard(() =>
      openRepoFile({ path, did, generation, guard, onApplied }),
    );
    files.add(key, file);
    return file.store;
  }

  function findGeneration(did: Did, generation: number): ActorStore | null {
    checkQuarantine(did);
    const file = files.find(keyOf(did, generation));
    if (file !== null) return file.store;
    const path = pathOf(did, generation);
    return existsSync(path) ? load(did, generation, path) : null;
  }

  return {
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
        removeFiles(path);
      });
      return load(did, generation, path);
    },
    snapshot(did) {
      checkQuarantine(did);
      const generation = generationOf(did);
      if (generation === null) return null;
      const path = pathOf(did, generation);
      if (!existsSync(path)) return null;
      const guard = guardOf(did);
      return guard(() => openRepoSnapshot({ path, did, generation, guard }));
    },
    remove(did, generation) {
      files.close(keyOf(did, generation));
      dirty.delete(keyOf(did, generation));
      const path = pathOf(did, generation);
      if (removeFiles(path)) syncFolder(dirname(path));
    },
    quarantine,
    takeDirty() {
      const taken = [...dirty.values()];
      dirty.clear();
      // Closing moves all into the database and syncs it: without a WAL there
      // is nothing left to do, and no reason to open the file again.
      return taken.filter(({ did, generation }) =>
        existsSync(`${pathOf(did, generation)}-wal`),
      );
    },
    openCount: files.count,
    close: files.closeAll,
  };
}

function keyOf(did: Did, generation: number): string {
  return `${generation} ${did}`;
}

/** The WAL goes first: one left behind would be read into the next file of that name. */
function removeFiles(path: string): boolean {
  const existed = [`${path}-wal`, `${path}-shm`, path].filter(existsSync);
  for (const file of existed) rmSync(file, { force: true });
  return existed.length > 0;
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
