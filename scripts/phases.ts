/**
 * Folders whose tests run after the others, one folder at a time: they need
 * the machine for themselves, or tools that are fetched while the others run.
 */
export const LATE_FOLDERS: readonly string[] = [
  "binary",
  "browser",
  "clients",
  "crash",
  "faults",
  "followers",
  "load",
  "migration",
  "scenarios",
  "smoke",
].map((name) => `test/${name}`);
