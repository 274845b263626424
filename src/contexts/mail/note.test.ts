import { describe, expect, test } from "bun:test";
import { renderNote, renderText } from "./note.ts";

describe("a note", () => {
  test("of text gets paragraphs and is escaped", () => {
    expect(renderNote("Hello <you>,\nread on.\n\nYours & theirs")).toEqual({
      text: "Hello <you>,\nread on.\n\nYours & theirs",
      html: "<p>Hello &lt;you&gt;,<br>read on.</p>\n<p>Yours &amp; theirs</p>",
    });
  });

  test("of text leads where it is meant to lead, and nowhere else", () => {
    const links = [
      "https://pds.test/account",
      "https://pds.test/account/x?a&b",
    ];
    const { html } = renderText(
      `Go to ${links.join(" or ")}, not to https://evil.test/account.`,
      links,
    );
    expect(html).toBe(
      '<p>Go to <a href="https://pds.test/account">https://pds.test/account</a>' +
        ' or <a href="https://pds.test/account/x?a&amp;b">https://pds.test/account/x?a&amp;b</a>,' +
        " not to https://evil.test/account.</p>",
    );
  });

  test("of HTML goes as it is, and as text without tags", () => {
    const html = `<html><head><title>x</title><style>p {}</style></head><body><h1>Your post</h1>
      <p>was <b>taken&nbsp;down</b>.<br/>See <a href="https://mods.test/rules?a=1&amp;b=2">the rules</a>
      at <a href="https://mods.test">https://mods.test</a>.</p>
      <ul><li>One &lt; two</li><li>&#39;Three&#39;</li></ul></body></html>`;
    expect(renderNote(html)).toEqual({
      html,
      text: [
        "Your post",
        "",
        "was taken down.",
        "See the rules (https://mods.test/rules?a=1&b=2) at https://mods.test.",
        "",
        "- One < two",
        "- 'Three'",
      ].join("\n"),
    });
  });

  test.each(["<", '<a href="', '<a href="">', "<head>", "&#", "\n "])(
    "of nothing but %j takes no long time",
    (part) => {
      const content = `<p>${part.repeat(150_000 / part.length)}`;
      // Of the processor's time: others on the machine take none of it.
      const before = process.cpuUsage();
      renderNote(content);
      expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000);
    },
  );
});
