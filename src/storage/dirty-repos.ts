import { existsSync } from "node:fs";
import type { Did } from "#repo/syntax.ts";
import { repoKey } from "./repo-paths.ts";

interface Repo {
  did: Did;
  generation: number;
}

/** Repositories that rows were applied to and whose files were not synced since. */
export interface DirtyRepos {
  note(repo: Repo): void;
  forget(repo: Repo): void;
  /** Hands over all that have something to sync. */
  take(): Repo[];
}

/** @param options.isLent true while its row may be still on its way to the file. */
export function createDirtyRepos(options: {
  pathOf(did: Did, generation: number): string;
  isLent(did: Did, generation: number): boolean;
}): DirtyRepos {
  const repos = new Map<string, Repo>();
  const keyOf = ({ did, generation }: Repo) => repoKey(did, generation);
  return {
    note: (repo) => void repos.set(keyOf(repo), repo),
    forget: (repo) => void repos.delete(keyOf(repo)),
    take() {
      const taken = [...repos.values()];
      repos.clear();
      // Closing for good moves all into the database and syncs it: without a
      // WAL there is nothing left to do.
      return taken.filter(
        ({ did, generation }) =>
          options.isLent(did, generation) ||
          existsSync(`${options.pathOf(did, generation)}-wal`),
      );
    },
  };
}
