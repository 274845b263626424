import { describe, expect, test } from "bun:test";
import { createMailbox } from "./mailbox.ts";

const mail = {
  from: "pds@example.com",
  to: "alice@example.com",
  subject: "<Hello>",
  text: "Code: <1>",
  html: "<p>Code: 1</p>",
};

const ask = (path: string, init: RequestInit = {}) =>
  new Request(`http://mailbox${path}`, init);

describe("a mailbox", () => {
  test("keeps the newest letters first, up to a limit", async () => {
    const mailbox = createMailbox({ limit: 2 });
    for (const subject of ["one", "two", "three"]) {
      await mailbox.transport.send({ ...mail, subject });
    }
    expect(mailbox.list().map(({ id, subject }) => [id, subject])).toEqual([
      [3, "three"],
      [2, "two"],
    ]);
    mailbox.clear();
    expect(mailbox.list()).toEqual([]);
  });

  test("lists as HTML and as JSON", async () => {
    const mailbox = createMailbox({ now: () => new Date(0) });
    expect(await mailbox.fetch(ask("/")).text()).toContain("No mail yet");
    await mailbox.transport.send(mail);
    const page = await mailbox.fetch(ask("/")).text();
    expect(page).toContain("&lt;Hello&gt;");
    expect(page).not.toContain("<1>");
    const expected = {
      messages: [{ id: 1, receivedAt: "1970-01-01T00:00:00.000Z", ...mail }],
    };
    const accept = { headers: { accept: "application/json" } };
    for (const request of [ask("/messages.json"), ask("/", accept)]) {
      expect(await mailbox.fetch(request).json()).toEqual(expected);
    }
  });

  test("shows one letter, which may not act", async () => {
    const mailbox = createMailbox();
    await mailbox.transport.send(mail);
    await mailbox.transport.send({ ...mail, html: null });
    const response = mailbox.fetch(ask("/1"));
    expect(await response.text()).toBe("<p>Code: 1</p>");
    expect(response.headers.get("content-security-policy")).toContain(
      "sandbox",
    );
    expect(await mailbox.fetch(ask("/2")).text()).toContain("Code: &lt;1&gt;");
    expect(mailbox.fetch(ask("/3")).status).toBe(404);
  });

  test("forgets when told so", async () => {
    const mailbox = createMailbox();
    await mailbox.transport.send(mail);
    const response = mailbox.fetch(ask("/", { method: "DELETE" }));
    expect(response.status).toBe(204);
    expect(mailbox.list()).toEqual([]);
  });
});
