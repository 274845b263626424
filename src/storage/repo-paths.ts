import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Did } from "#repo/syntax.ts";
import { syncFolder } from "./durable-file.ts";

/** One file of the folder, by its name. */
export interface RepoFileName {
  path: string;
  /** Stands for the account; SHA-256 in hexadecimal. */
  hash: string;
  generation: number;
}

const NAME = /^([0-9a-f]{64})\.(\d+)\.sqlite$/;
const FOLDER = /^[0-9a-f]{2}$/;

/**
 * Where repositories lie: `<2 hex>/<hash>.<generation>.sqlite`. A DID may be
 * 2 KB long and differ from another by case only, so its hash stands for it.
 */
export function createRepoPaths(reposPath: string) {
  const pathOfHash = (hash: string, generation: number) =>
    join(reposPath, hash.slice(0, 2), `${hash}.${generation}.sqlite`);

  function listFolder(name: string): RepoFileName[] {
    const folder = join(reposPath, name);
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return names.flatMap((file) => {
      const [, hash, generation] = NAME.exec(file) ?? [];
      if (hash === undefined) return [];
      return [{ path: join(folder, file), hash, generation: +generation! }];
    });
  }

  return {
    pathOf: (did: Did, generation: number) =>
      pathOfHash(hashOf(did), generation),
    /** Files of all generations of an account. */
    listOf(did: Did): RepoFileName[] {
      const hash = hashOf(did);
      const files = listFolder(hash.slice(0, 2));
      return files.filter((file) => file.hash === hash);
    },
    /** Accounts of which there is more than one generation, by hash. */
    listSeveral(): RepoFileName[][] {
      const folders = existsSync(reposPath) ? readdirSync(reposPath) : [];
      return folders
        .filter((name) => FOLDER.test(name))
        .flatMap((name) => {
          const groups = Map.groupBy(listFolder(name), (file) => file.hash);
          return [...groups.values()].filter((files) => files.length > 1);
        });
    },
  };
}

/** Stands for one repository file in memory, and costs no hash. */
export function repoKey(did: Did, generation: number): string {
  return `${generation} ${did}`;
}

function hashOf(did: Did): string {
  return createHash("sha256").update(did).digest("hex");
}

/**
 * Removes a database with what SQLite has beside it. The WAL goes first: one
 * left behind would be read into the next file of that name.
 * @returns false when there was nothing.
 */
export function removeDatabase(path: string): boolean {
  const existed = [`${path}-wal`, `${path}-shm`, path].filter(existsSync);
  for (const file of existed) rmSync(file, { force: true });
  if (existed.length > 0) syncFolder(dirname(path));
  return existed.length > 0;
}

/** What a database and its WAL take; 0 when there is none. */
export function databaseBytes(path: string): number {
  const sizeOf = (file: string) =>
    statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return sizeOf(path) + sizeOf(`${path}-wal`);
}
