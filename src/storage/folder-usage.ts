import { statfsSync } from "node:fs";
import type { DataFolder } from "./data-folder.ts";
import { databaseBytes } from "./repo-paths.ts";

export interface FolderUsage {
  accountDbBytes: number;
  sequencerDbBytes: number;
  /** Of the filesystem that holds the data folder. */
  freeBytes: number;
  totalBytes: number;
}

/** What the host's own databases take, and what is left. */
export function createFolderUsage(
  folder: Pick<DataFolder, "path" | "accountDbPath" | "sequencerDbPath">,
): () => FolderUsage {
  return () => {
    const { bavail, blocks, bsize } = statfsSync(folder.path);
    return {
      accountDbBytes: databaseBytes(folder.accountDbPath),
      sequencerDbBytes: databaseBytes(folder.sequencerDbPath),
      freeBytes: bavail * bsize,
      totalBytes: blocks * bsize,
    };
  };
}
