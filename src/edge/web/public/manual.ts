import { readManual } from "./manual.macro.ts" with { type: "macro" };

export interface ManualPage {
  slug: string;
  title: string;
  /** HTML of our own documents, links led to the pages here. */
  html: string;
  /** For the search: what people read, without marks. */
  words: string;
}

export interface ManualSection {
  title: string;
  pages: readonly ManualPage[];
}

/** Which folders are shown, in which order. */
const FOLDERS: readonly (readonly [folder: string, title: string])[] = [
  ["install", "Install"],
  ["use", "Use"],
  ["operate", "Operate"],
  ["reference", "Reference"],
  ["internals", "Internals"],
  ["decisions", "Decisions"],
];
const CHANGELOG = "../CHANGELOG";

const texts = readManual();
const markdownBySlug = new Map(
  texts.map(({ slug, markdown }) => [slug, markdown]),
);
const made = new Map<string, ManualPage>();

/** null for a slug that names no page; no path ever reaches the disk. */
export function findManualPage(slug: string): ManualPage | null {
  const known = made.get(slug);
  if (known !== undefined) return known;
  const markdown = markdownBySlug.get(slug);
  if (markdown === undefined) return null;
  const page = makePage(slug, markdown);
  made.set(slug, page);
  return page;
}

export function changelogPage(): ManualPage {
  return findManualPage(CHANGELOG)!;
}

/** The whole manual in the order of its menu; a folder's first page comes first. */
export function listManual(): ManualSection[] {
  return FOLDERS.map(([folder, title]) => ({
    title,
    pages: [...markdownBySlug.keys()]
      .filter((slug) => slug === folder || slug.startsWith(`${folder}/`))
      .map((slug) => findManualPage(slug)!),
  })).filter(({ pages }) => pages.length > 0);
}

/** Pages that hold every word, those with the words in their title first. */
export function searchManual(query: string): ManualPage[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 8);
  if (wanted.length === 0) return [];
  const holds = (text: string) => wanted.every((word) => text.includes(word));
  return listManual()
    .flatMap(({ pages }) => pages)
    .filter((page) => holds(page.words))
    .toSorted(
      (a, b) =>
        Number(holds(b.title.toLowerCase())) -
        Number(holds(a.title.toLowerCase())),
    );
}

function makePage(slug: string, markdown: string): ManualPage {
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? slug;
  const html = Bun.markdown
    .html(markdown.replace(/^# .+$/m, ""), { headings: { ids: true } })
    .replace(
      /<a href="([^"]*)">([^]*?)<\/a>/g,
      (_, href: string, label: string) => {
        const target = targetOf(slug, href);
        return target === null ? label : `<a href="${target}">${label}</a>`;
      },
    )
    // What is wider than a phone is reached by keys too.
    .replaceAll("<pre>", '<pre tabindex="0">');
  const words = markdown.toLowerCase();
  return { slug, title, html: wrapTables(html), words };
}

/** Tables that are wider than the page are reached by keys, each by a name of its own: that of the heading above. */
function wrapTables(html: string): string {
  let heading = "";
  let count = 0;
  return html.replace(
    /<h\d[^>]*>([^]*?)<\/h\d>|<table>|<\/table>/g,
    (found, above?: string) => {
      if (above !== undefined) {
        heading = above.replace(/<[^>]*>|"/g, "");
        return found;
      }
      if (found === "</table>") return `${found}</div>`;
      const label = ["Table", ++count, heading].join(" ").trim();
      return `<div class="table" tabindex="0" role="region" aria-label="${label}">${found}`;
    },
  );
}

/** Where a link of a document leads here; null for files that only a checkout has. */
function targetOf(slug: string, href: string): string | null {
  if (/^(https?:|mailto:|#)/.test(href)) return href;
  const isFolder = texts.some((text) => text.slug.startsWith(`${slug}/`));
  const base = new URL(isFolder ? `${slug}/` : slug, "http://docs/a/docs/");
  const { pathname, hash } = new URL(href, base);
  if (pathname === "/a/CHANGELOG.md") return `/changelog${hash}`;
  const name = pathname
    .replace(/^\/a\/docs\//, "")
    .replace(/(\/?README)?\.md$/, "")
    .replace(/\/$/, "");
  return markdownBySlug.has(name) ? `/docs/${name}${hash}` : null;
}
