import { type Language, momentInWords } from "#lib/languages.ts";
import { describeUserAgent } from "#lib/user-agent.ts";
import { renderText, type RenderedNote } from "./note.ts";
import type { en, LetterText } from "./text/en.ts";
import { fillIn, LETTER_TEXTS } from "./texts.ts";

/** What is known of the thing that a letter tells of. */
export interface NoticeFacts {
  atMs: number;
  /** Who did it, where it was not the owner: a DID, or `admin`. */
  by: string | null;
  ip: string | null;
  /** Of the browser or program; null where none is known. */
  userAgent: string | null;
  /** What the letter's own words may name. */
  detail: Readonly<Record<string, string | number | boolean | null>>;
  /** Where the owner looks after the account. */
  page: string;
}

/** Letters that tell of something and ask for nothing. */
export type NoticeKind = keyof typeof en.notices;

export interface NoticeInput {
  handle: string;
  service: string;
  language: Language;
  facts: NoticeFacts;
}

export function renderNotice(
  kind: NoticeKind,
  { handle, service, language, facts }: NoticeInput,
): RenderedNote & { subject: string } {
  const text = LETTER_TEXTS[language];
  const { subject, what, otherwise } = text.notices[kind];
  const { page } = facts;
  const values = { ...detailInWords(text, facts), handle, service, page };
  const fill = (words: string) => fillIn(words, values, text.words.unknown);
  const list = listOf(language, facts);
  const content = [fill(what), list, fill(otherwise)].join("\n\n");
  const { link } = facts.detail;
  const links = typeof link === "string" ? [link, page] : [page];
  const rendered = renderText(`${content}\n\n-- \n${service}`, links);
  const html = `<div lang="${language}">\n${rendered.html}\n</div>`;
  return { subject, text: rendered.text, html };
}

/** Values that have a name get it; several stand with spaces between them. */
function detailInWords(
  text: LetterText,
  { detail }: NoticeFacts,
): Record<string, string> {
  const given = Object.entries(detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, plain(String(value))] as const);
  const plainly = Object.fromEntries(given);
  const named = given.map(([name, value]) => {
    const parts = value.split(" ").map((part) => nameOf(text, name, part));
    const isNamed = parts.every((part) => part !== null);
    return [name, isNamed ? fillIn(parts.join(", "), plainly) : value];
  });
  return Object.fromEntries(named);
}

function nameOf(
  { values }: LetterText,
  detail: string,
  value: string,
): string | null {
  const all: Record<string, Record<string, string>> = values;
  if (!Object.hasOwn(all, detail)) return null;
  const names = all[detail]!;
  return Object.hasOwn(names, value) ? names[value]! : null;
}

function listOf(
  language: Language,
  { atMs, by, ip, userAgent }: NoticeFacts,
): string {
  const { words } = LETTER_TEXTS[language];
  const author = by === "admin" ? words.operator : by;
  const device = ip === null ? null : describeUserAgent(userAgent, language);
  const lines: [name: string, value: string | null][] = [
    [words.when, momentInWords(atMs, language)],
    [words.who, author],
    [words.address, ip],
    [words.device, device],
  ];
  return lines
    .filter(([, value]) => value !== null)
    .map(([name, value]) => fillIn(words.fact, { name, value: plain(value!) }))
    .join("\n");
}

/** On one line, and of a length that leaves the rest readable. */
function plain(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").slice(0, 300);
}
