/** A letter in somebody's own words, as mail programs with and without HTML show it. */
export interface RenderedNote {
  text: string;
  html: string;
}

// Every repetition is bounded by a character or a number, so that none takes
// more than linear time.
const TAG =
  /<\/?(?:a|b|blockquote|body|br|div|em|h[1-6]|html|i|li|ol|p|span|strong|table|u|ul)\b[^<>]*>/i;
/** Tags that begin on a line of their own. */
const BLOCK = /<\/?(?:p|div|h[1-6]|ul|ol|blockquote|table|tr|hr)\b[^<>]*>/gi;
const LINK = /<a\b[^<>]*\bhref="([^"<>]*)"[^<>]*>([^]{0,500}?)<\/a>/gi;
const UNSEEN = ["head", "style", "script"];
const ENTITIES: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/**
 * Takes what a moderator wrote, which is HTML when it has tags, and text
 * otherwise.
 */
export function renderNote(
  content: string,
  links: readonly string[] = [],
): RenderedNote {
  return TAG.test(content)
    ? { html: content, text: textOf(content) }
    : renderText(content, links);
}

/**
 * The same for what is text, whatever it looks like.
 * @param links addresses in it that lead somewhere when they are clicked. Others
 *   don't: they may stand in words of whoever the letter warns of.
 */
export function renderText(
  content: string,
  links: readonly string[] = [],
): RenderedNote {
  return { html: htmlOf(content, links), text: content };
}

/** What is left of HTML where only text can be shown. */
function textOf(html: string): string {
  return UNSEEN.reduce(withoutElement, html)
    .replace(/\s+/g, " ")
    .replace(LINK, (_whole, href: string, label: string) =>
      label.trim() === href ? href : `${label} (${href})`,
    )
    .replace(/<br\b[^<>]*>/gi, "\n")
    .replace(/<li\b[^<>]*>/gi, "\n- ")
    .replace(BLOCK, "\n\n")
    .replace(/<[^<>]*>/g, "")
    .replace(/&(#\d{1,7}|[a-z]{2,5});/gi, decodeEntity)
    .replace(/ *\n */g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

function withoutElement(html: string, name: string): string {
  const begin = new RegExp(`<${name}\\b`, "gi");
  const end = new RegExp(`</${name}>`, "gi");
  let kept = "";
  let at = 0;
  while (begin.exec(html) !== null) {
    end.lastIndex = begin.lastIndex;
    const from = begin.lastIndex - name.length - 1;
    if (end.exec(html) === null) break;
    kept += html.slice(at, from);
    at = begin.lastIndex = end.lastIndex;
  }
  return kept + html.slice(at);
}

function decodeEntity(whole: string, name: string): string {
  if (!name.startsWith("#")) return ENTITIES[name.toLowerCase()] ?? whole;
  const code = Number(name.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}

function htmlOf(text: string, links: readonly string[]): string {
  const linked = linker(links.map((link) => Bun.escapeHTML(link)));
  const paragraphs = text
    .split(/\r?\n\s*\n/)
    .map((part) => linked(Bun.escapeHTML(part)).replace(/\r?\n/g, "<br>"));
  return paragraphs.map((part) => `<p>${part}</p>`).join("\n");
}

/** All in one go, the longest first: an address may begin like another. */
function linker(links: readonly string[]): (html: string) => string {
  if (links.length === 0) return (html) => html;
  const longestFirst = links.toSorted((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(RegExp.escape).join("|"), "g");
  return (html) =>
    html.replace(pattern, (link) => `<a href="${link}">${link}</a>`);
}
