import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** The newest repository file of an account in a data folder. */
export function findRepoFile(folder: string, did: string): string {
  const name = createHash("sha256").update(did).digest("hex");
  const files = readdirSync(join(folder, "repos", name.slice(0, 2))).filter(
    (file) => file.startsWith(name) && file.endsWith(".sqlite"),
  );
  return join(folder, "repos", name.slice(0, 2), files.sort().at(-1)!);
}
