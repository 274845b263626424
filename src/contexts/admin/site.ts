import type { SiteFolder } from "#storage/site-folder.ts";

/** Pages that the operator may write, as Markdown files `NAME.md`. */
export type SitePage = "home" | "privacy" | "terms";

/** The operator's own words and files. */
export interface Site {
  /** HTML of a page; null when the operator has written none. */
  findPage(name: SitePage): string | null;
  /** A file for `/.well-known/NAME`; null when there is none. */
  findFile(name: string): Uint8Array | null;
}

export function createSite(folder: SiteFolder): Site {
  return {
    findPage(name) {
      const file = folder.find(`${name}.md`);
      if (file === null) return null;
      return Bun.markdown.html(new TextDecoder().decode(file.bytes), {
        headings: { ids: true },
      });
    },
    findFile: (name) => folder.find(`well-known/${name}`)?.bytes ?? null,
  };
}
