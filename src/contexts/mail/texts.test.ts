import { describe, expect, test } from "bun:test";
import { LANGUAGES } from "#lib/languages.ts";
import { type NoticeKind, renderNotice } from "./notices.ts";
import { type MailKind, renderMail } from "./templates.ts";
import { en } from "./text/en.ts";
import { LETTER_TEXTS } from "./texts.ts";

const serviceName = "Example PDS";
/** Whatever letters may name. */
const DETAIL = {
  ...{ application: "App", before: "old.test", delegate: "bob.test" },
  ...{ factor: "passkey", level: "editor", link: "https://pds.test/keep" },
  ...{ name: "Phone", off: "signIns handle", rule: "appsRefused" },
};
const FACTS = {
  ...{ atMs: Date.UTC(2026, 10, 26, 8, 5), by: "admin", ip: "192.0.2.7" },
  userAgent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0",
  ...{ detail: DETAIL, page: "https://pds.test/account" },
};
/** English words that neither of the other languages has. */
const ENGLISH = /\b(the|your|you|have|with|and|account|password|from|who)\b/i;

/** Every letter in a language, as it is sent. */
function lettersIn(language: (typeof LANGUAGES)[number]) {
  const input = { handle: "alice.test", token: "ABCDE-FGHIJ", link: "x:y" };
  const codes = Object.keys(en.codes).map((kind) => ({
    kind,
    ...renderMail(kind as MailKind, input, { serviceName, language }),
  }));
  const notices = Object.keys(en.notices).map((kind) => ({
    kind,
    ...renderNotice(kind as NoticeKind, {
      ...{ handle: "alice.test", service: serviceName, language },
      facts: FACTS,
    }),
  }));
  return [...codes, ...notices];
}

/** Names in braces, by the place of the text that has them. */
function namesIn(group: object, place = ""): [string, string[]][] {
  return Object.entries(group).flatMap(([key, value]) =>
    typeof value === "object"
      ? namesIn(value, `${place}/${key}`)
      : [[`${place}/${key}`, placeholders(String(value))]],
  );
}

const placeholders = (text: string) =>
  [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

describe.each(LANGUAGES)("letters in %s", (language) => {
  test("name the same things as those in English", () => {
    expect(namesIn(LETTER_TEXTS[language])).toEqual(namesIn(en));
  });

  test("say everything, in text and in HTML", () => {
    const { words } = LETTER_TEXTS[language];
    for (const { kind, subject, text, html } of lettersIn(language)) {
      const letter = [kind, subject, text].join("\n");
      expect(letter).not.toMatch(/[{}]|undefined/);
      expect(letter).not.toContain(words.unknown);
      expect(html).toContain(`lang="${language}"`);
      expect(text).toContain("alice.test");
      expect(html).toContain("alice.test");
    }
  });

  if (language === "en") return;

  test("have no English left", () => {
    for (const { kind, subject, text } of lettersIn(language)) {
      const said = text
        .replaceAll(serviceName, "")
        .replace(/https:\S+|x:y/g, "");
      expect(`${kind}: ${ENGLISH.exec(`${subject}\n${said}`)?.[0]}`).toBe(
        `${kind}: undefined`,
      );
    }
  });

  test("differ from those in English, each of them", () => {
    const english = new Map(lettersIn("en").map((one) => [one.kind, one]));
    for (const letter of lettersIn(language)) {
      const { subject, text } = english.get(letter.kind)!;
      expect(letter.subject).not.toBe(subject);
      expect(letter.text).not.toBe(text);
    }
  });
});

test("details have their names, and what has none stands for itself", () => {
  const render = (detail: Record<string, string>) =>
    renderNotice("factorAdded", {
      ...{ handle: "alice.test", service: serviceName, language: "de" },
      facts: { ...FACTS, detail },
    }).text;
  expect(render({ factor: "passkey", name: "{handle}" })).toContain(
    "(Passkey „{handle}“)",
  );
  expect(render({ factor: "email" })).toContain("(Code per E-Mail)");
  expect(render({ factor: "constructor" })).toContain("(constructor)");
  expect(render({})).toContain("(unbekannt)");
  expect(render({})).toContain("Wer: der Betreiber des Servers");
  expect(render({})).toContain("Wann: 26. Nov. 2026, 08:05 UTC");
  expect(render({})).toContain("Mit: Firefox auf Linux");
});
