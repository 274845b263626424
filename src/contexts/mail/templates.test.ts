import { describe, expect, test } from "bun:test";
import { lifeOfMailMs, type MailKind, renderMail } from "./templates.ts";
import { en } from "./text/en.ts";

const kinds = Object.keys(en.codes) as MailKind[];
const input = { handle: "alice.test", token: "ABCDE-FGHIJ" };

describe.each(kinds)("%s", (kind) => {
  test("says the same in text and HTML", () => {
    const link = "https://pds.example.com/confirm?code=ABCDE-FGHIJ&x=1";
    const mail = renderMail(
      kind,
      { ...input, link },
      { serviceName: "Example PDS", language: "en" },
    );
    expect(mail.subject).toEndWith(" – Example PDS");
    for (const body of [mail.text, mail.html]) {
      expect(body).toContain("alice.test");
      expect(body).toContain("ABCDE-FGHIJ");
      expect(body).toContain("15 minutes");
      expect(body).toContain("Example PDS");
      expect(body).not.toContain("{handle}");
    }
    expect(mail.text).toContain(link);
    expect(mail.html).toContain(`href="${link.replace("&", "&amp;")}"`);
  });

  test("has no link unless given one", () => {
    const mail = renderMail(kind, input, {
      serviceName: "Example PDS",
      language: "en",
    });
    expect(mail.text).not.toContain("http");
    expect(mail.html).not.toContain("href");
  });

  test("keeps markup of others out of the HTML", () => {
    const mail = renderMail(
      kind,
      {
        handle: `<img src=x onerror="a()">$&`,
        token: "<b>&",
        link: `javascript:"><script>`,
      },
      {
        serviceName: `<i>"PDS"</i>`,
        language: "en",
        accentColor: "#804000",
      },
    );
    expect(mail.html).not.toMatch(/<(img|b|script|i)[\s>]/);
    expect(mail.html).toContain(
      "&lt;img src=x onerror=&quot;a()&quot;&gt;$&amp;",
    );
    expect(mail.html).toContain("background:#804000;color:#fff");
    expect(mail.text).toContain(`<img src=x onerror="a()">$&`);
  });
});

test("letters with a code are not worth sending later than the code lives", () => {
  for (const kind of kinds) expect(lifeOfMailMs(kind)).toBe(900_000);
  expect(lifeOfMailMs("other")).toBe(86_400_000);
});
