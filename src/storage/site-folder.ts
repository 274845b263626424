import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** A file that the operator put there for the world. */
export interface SiteFile {
  bytes: Uint8Array;
  changedAtMs: number;
}

/** The operator's own pages and files. */
export interface SiteFolder {
  /**
   * A file by its path below the folder, read anew when it has changed; null
   * when there is none, it is larger than 1 MiB, or the path is not plain.
   */
  find(path: string): SiteFile | null;
}

const MAX_BYTES = 1024 * 1024;
const MOST_KEPT = 100;
/** Names that lead nowhere else: no dots before, no way up. */
const PLAIN = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*$/;

/** @param root need not exist; looked at when a file is asked for */
export function createSiteFolder(root: string): SiteFolder {
  const kept = new Map<string, SiteFile>();
  return {
    find(path) {
      if (path.length > 200 || !PLAIN.test(path)) return null;
      const place = join(root, path);
      try {
        const { mtimeMs, size } = statSync(place);
        const known = kept.get(path);
        if (known?.changedAtMs === mtimeMs && known.bytes.length === size) {
          return known;
        }
        if (size > MAX_BYTES) return null;
        const bytes = new Uint8Array(readFileSync(place));
        const file = { bytes, changedAtMs: mtimeMs };
        if (kept.size >= MOST_KEPT) kept.clear();
        kept.set(path, file);
        return file;
      } catch {
        return null; // None there, or none that may be read.
      }
    },
  };
}
