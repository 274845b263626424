import { expect, test } from "bun:test";
import { LANGUAGES } from "#lib/languages.ts";
import { renderNotice, type NoticeKind } from "./notices.ts";
import { LETTER_TEXTS } from "./texts.ts";

const PAGE = "https://pds.test/account";
const LINK = "https://pds.test/account/keep-factors?token=a&b=c";
/** What somebody else may have chosen who wants a click. */
const BAIT = "https://evil.test/account";

const LETTERS = LANGUAGES.flatMap((language) =>
  Object.keys(LETTER_TEXTS[language].notices).map(
    (kind) => [kind as NoticeKind, language] as const,
  ),
);

test.each(LETTERS)(
  "%s in %s has each of our addresses as a link, and nobody else's",
  (kind, language) => {
    const { text, html } = renderNotice(kind, {
      ...{ handle: "alice.test", service: "Test", language },
      facts: {
        ...{ atMs: 0, by: BAIT, ip: null, userAgent: BAIT, page: PAGE },
        detail: { link: LINK, name: BAIT, application: BAIT, delegate: BAIT },
      },
    });
    const linked = [...html.matchAll(/<a href="([^"]*)">([^<]*)<\/a>/g)];
    for (const [, href, label] of linked) expect(label).toBe(href);
    const hrefs = linked.map(([, href]) => href!.replaceAll("&amp;", "&"));
    const written = text.match(/https:\/\/pds\.test\/[\w/?=&-]+/g) ?? [];
    expect(hrefs).toEqual(written);
    expect(new Set(hrefs).size).toBe(
      Number(text.includes(LINK)) +
        Number(text.replace(LINK, "").includes(PAGE)),
    );
  },
);

test("the letter of a recovery has the link that stops it, in every language", () => {
  for (const language of LANGUAGES) {
    const { html } = renderNotice("recoveryBegun", {
      ...{ handle: "alice.test", service: "Test", language },
      facts: {
        ...{ atMs: 0, by: "admin", ip: null, userAgent: null, page: PAGE },
        detail: { link: LINK },
      },
    });
    expect(html).toContain(`<a href="${LINK.replace("&", "&amp;")}">`);
  }
});
