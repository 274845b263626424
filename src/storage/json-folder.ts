import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { OperatorError } from "#lib/errors.ts";

export interface JsonFile {
  path: string;
  text: string;
}

/** No folder of documents is as large; whoever names a wrong one shall not wait long. */
const MAX_FILES = 20_000;
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/**
 * All `.json` files in a folder and the folders in it, in the order of their
 * names. Hidden ones, `node_modules` and linked folders are left out.
 * @throws OperatorError with exit code 78 when it can't be read, or holds far too many.
 */
export function readJsonFiles(folder: string): JsonFile[] {
  const files: JsonFile[] = [];
  const refuse = (message: string, cause?: unknown) =>
    new OperatorError(message, {
      hint: "Correct TEMPEST_LEXICON_PATHS.",
      exitCode: 78,
      cause,
    });

  function walk(at: string): void {
    const entries = readdirSync(at, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const { name } = entry;
      if (name.startsWith(".") || name === "node_modules") continue;
      const path = join(at, name);
      if (entry.isDirectory()) walk(path);
      else if (name.endsWith(".json")) files.push(read(path));
      if (files.length > MAX_FILES) {
        throw refuse(`${folder} holds more than ${MAX_FILES} JSON files.`);
      }
    }
  }

  function read(path: string): JsonFile {
    if (statSync(path).size > MAX_FILE_BYTES) {
      throw refuse(`${path} is larger than ${MAX_FILE_BYTES} bytes.`);
    }
    return { path, text: readFileSync(path, "utf8") };
  }

  try {
    walk(folder);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw refuse(`The folder ${folder} can't be read.`, error);
  }
  return files;
}
