import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One page of the manual as it lies in the checkout. */
export interface ManualText {
  /** Path below `docs/`, without its ending; that of a folder's README is the folder's. */
  slug: string;
  markdown: string;
}

/**
 * Runs while the program is bundled (or, from source, while the file that
 * calls it is read), so that the finished program holds its own manual.
 */
export function readManual(): ManualText[] {
  const root = join(import.meta.dir, "../../../..");
  const docs = join(root, "docs");
  const pages = readdirSync(docs, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .toSorted()
    .map((path) => ({
      slug: path.replaceAll("\\", "/").replace(/(\/?README)?\.md$/, ""),
      markdown: readFileSync(join(docs, path), "utf8"),
    }));
  const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");
  return [...pages, { slug: "../CHANGELOG", markdown: changelog }];
}
