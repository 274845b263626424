import type { Language } from "#lib/languages.ts";
import { LETTER_TEXTS, fillIn } from "./texts.ts";
import type { en } from "./text/en.ts";

/** Letters with a code. */

const MINUTE_MS = 60_000;
/** Codes are good for 15 minutes, so a letter with one is not worth sending later. */
const CODE_LIFE_MS = 15 * MINUTE_MS;

const ACCENT = "#0b5fb0";

export type MailKind = keyof typeof en.codes;

export interface TemplateInput {
  handle: string;
  /** The code to type in. */
  token: string;
  /** A page where one click does it; left out, only the code is in the letter. */
  link?: string;
}

export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
}

/** Writes a letter as plain text and as HTML, both saying the same. */
export function renderMail(
  kind: MailKind,
  input: TemplateInput,
  look: {
    serviceName: string;
    language: Language;
    accentColor?: string | null;
  },
): RenderedMail {
  const { serviceName, language, accentColor = null } = look;
  const { codes, words } = LETTER_TEXTS[language];
  const template = codes[kind];
  const intro = fillIn(template.intro, { handle: input.handle });
  const action = template.action ?? words.goOn;
  const minutes = String(CODE_LIFE_MS / MINUTE_MS);
  const codeLine = fillIn(words.code, { minutes });
  const link = input.link ?? null;
  return {
    subject: `${template.subject} – ${serviceName}`,
    text: [
      intro,
      `${codeLine}\n\n    ${input.token}`,
      ...(link === null ? [] : [`${action}:\n${link}`]),
      template.closing,
      `-- \n${serviceName}`,
    ].join("\n\n"),
    html: page(language, template.subject, [
      paragraph(intro),
      paragraph(codeLine),
      `<p style="font:600 22px monospace;letter-spacing:1px">${escape(input.token)}</p>`,
      ...(link === null ? [] : [button(action, link, accentColor)]),
      paragraph(template.closing),
      `<p style="color:#666;font-size:13px">${escape(serviceName)}</p>`,
    ]),
  };
}

/** For how long a letter is worth sending. */
export function lifeOfMailMs(kind: string): number {
  return Object.hasOwn(LETTER_TEXTS.en.codes, kind)
    ? CODE_LIFE_MS
    : 24 * 60 * MINUTE_MS;
}

function page(language: Language, title: string, parts: string[]): string {
  // Mail programs drop style sheets, so the style is on the elements.
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><title>${escape(title)}</title></head>
<body style="font:16px/1.5 sans-serif;color:#222;max-width:32em;margin:2em auto;padding:0 1em">
${parts.join("\n")}
</body>
</html>
`;
}

function paragraph(text: string): string {
  return `<p>${escape(text)}</p>`;
}

function button(label: string, link: string, colour: string | null): string {
  // White can be read on whatever can be read on white, which the settings see to.
  const style = `display:inline-block;padding:.6em 1.2em;background:${colour ?? ACCENT};color:#fff;border-radius:6px;text-decoration:none`;
  return `<p><a href="${escape(link)}" style="${style}">${escape(label)}</a></p>`;
}

function escape(text: string): string {
  return Bun.escapeHTML(text);
}
