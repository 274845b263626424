import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type SmtpFaults,
  type SmtpServer,
  startSmtpServer,
} from "../../../test/doubles/smtp-server.ts";
import { createFakeClock, type FakeClock } from "#lib/clock.ts";
import { createLogger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import { type AccountDb, openAccountDb } from "#storage/account/account-db.ts";
import { createMail } from "./mail.ts";
import { createSmtpTransport, type MailTransport } from "./transport.ts";

const did = "did:plc:aliceeeeeeeeeeeeeeeeeeee" as Did;
const letter = {
  kind: "confirmEmail" as const,
  did,
  to: "alice@example.com",
  handle: "alice.test",
  token: "ABCDE-FGHIJ",
};

let folder: string;
let db: AccountDb;
let clock: FakeClock;
let smtp: SmtpServer | null;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mail-"));
  db = openAccountDb(join(folder, "account.sqlite"));
  clock = createFakeClock();
  smtp = null;
  lines = [];
});
afterEach(() => {
  smtp?.stop();
  db.close();
  rmSync(folder, { recursive: true });
});

function make(
  transport: MailTransport | null,
  moderation?: Parameters<typeof createMail>[0]["moderation"],
) {
  const write = (line: string) => void lines.push(line);
  return createMail({
    outbox: db.mails,
    transport,
    ...(moderation && { moderation }),
    from: "Example PDS <pds@example.com>",
    serviceName: "Example PDS",
    clock,
    log: createLogger({ level: "info", write, clock }),
  });
}

async function overSmtp(faults: SmtpFaults = {}) {
  smtp = await startSmtpServer(faults);
  return make(createSmtpTransport(smtp.url));
}

const row = (id: number) => db.mails.find(id)!;

describe("over SMTP", () => {
  test("a letter arrives as it was written", async () => {
    const mail = await overSmtp();
    const id = mail.send(letter);
    expect(await mail.deliverDue()).toEqual({ sent: 1, failed: 0 });
    expect(smtp!.received).toHaveLength(1);
    const [got] = smtp!.received;
    expect(got).toMatchObject({
      from: "pds@example.com",
      to: ["alice@example.com"],
    });
    expect(got!.headers).toMatchObject({
      from: "Example PDS <pds@example.com>",
      to: "alice@example.com",
      subject: expect.stringContaining("Confirm"),
    });
    expect(got!.headers["content-type"]).toStartWith("multipart/alternative");
    expect(got!.body).toContain("text/plain");
    expect(got!.body).toContain("text/html");
    expect(got!.body.match(/ABCDE-FGHIJ/g)).toHaveLength(2);
    expect(row(id)).toMatchObject({ sentAtMs: clock.nowMs(), attempts: 1 });
    expect(await mail.deliverDue()).toEqual({ sent: 0, failed: 0 });
  });

  test("a note of the moderators goes from their address, by their server", async () => {
    smtp = await startSmtpServer();
    const sent: string[] = [];
    const mail = make(
      { send: async ({ to }) => void sent.push(to) },
      {
        transport: createSmtpTransport(smtp.url),
        from: "Moderators <mods@example.com>",
      },
    );
    mail.send(letter);
    const id = mail.sendNote({
      did,
      to: "bob@example.com",
      subject: "Your post\r\nBcc: c@example.com",
      content: "<p>It was <b>rude</b>.</p>",
    });
    expect(await mail.deliverDue()).toEqual({ sent: 2, failed: 0 });
    expect(sent).toEqual(["alice@example.com"]);
    const [got] = smtp.received;
    expect(got).toMatchObject({
      from: "mods@example.com",
      to: ["bob@example.com"],
      headers: { subject: "Your post Bcc: c@example.com" },
    });
    expect(got!.headers.bcc).toBeUndefined();
    expect(got!.body).toContain("It was rude.");
    expect(got!.body).toContain("<p>It was <b>rude</b>.</p>");
    expect(row(id)).toMatchObject({ kind: "moderation", did });
  });

  test("a note goes as other letters do where moderators have no server", async () => {
    const sent: string[] = [];
    const mail = make({ send: async ({ from }) => void sent.push(from) });
    mail.sendNote({ did, to: "b@example.com", subject: "x", content: "y" });
    expect(await mail.deliverDue()).toEqual({ sent: 1, failed: 0 });
    expect(sent).toEqual(["Example PDS <pds@example.com>"]);
  });

  test("an address is one address, whatever it looks like", async () => {
    const mail = await overSmtp();
    mail.send({ ...letter, to: "a@example.com, b@example.com" });
    mail.send({ ...letter, to: "a@example.com\r\nBcc: c@example.com" });
    await mail.deliverDue();
    for (const { to, headers } of smtp!.received) {
      expect(to.length).toBeLessThanOrEqual(1);
      expect(headers.bcc).toBeUndefined();
    }
  });

  test("credentials come from the URL", async () => {
    smtp = await startSmtpServer();
    const url = smtp.url.replace("//", "//user:p%40ss@");
    const mail = make(createSmtpTransport(url));
    mail.send(letter);
    expect(await mail.deliverDue()).toEqual({ sent: 1, failed: 0 });
    expect(smtp.logins).toEqual(["user:p@ss"]);
  });

  test("a refused recipient is given up at once", async () => {
    const mail = await overSmtp({ onRecipient: () => "550 no such user" });
    const id = mail.send(letter);
    expect(await mail.deliverDue()).toEqual({ sent: 0, failed: 1 });
    expect(row(id)).toMatchObject({
      sentAtMs: null,
      failedAtMs: clock.nowMs(),
      lastError: expect.stringContaining("550"),
    });
    clock.advance(86_400_000);
    expect(await mail.deliverDue()).toEqual({ sent: 0, failed: 0 });
  });

  test.each<[string, SmtpFaults]>([
    ["a busy server", { onRecipient: () => "451 later" }],
    ["a full server", { onData: () => "452 full" }],
    ["wrong credentials", { onLogin: () => "535 who are you" }],
  ])("%s is tried again", async (_what, faults) => {
    let isFaulty = true;
    const once = Object.fromEntries(
      Object.entries(faults).map(([step, fault]) => [
        step,
        () => (isFaulty ? (fault as () => string)() : null),
      ]),
    );
    smtp = await startSmtpServer(once);
    const url = smtp.url.replace("//", "//user:pass@");
    const mail = make(createSmtpTransport(url));
    const id = mail.send(letter);
    expect(await mail.deliverDue()).toEqual({ sent: 0, failed: 1 });
    expect(row(id)).toMatchObject({ failedAtMs: null, attempts: 1 });
    isFaulty = false;
    clock.advance(5_000);
    expect(await mail.deliverDue()).toEqual({ sent: 1, failed: 0 });
    expect(row(id)).toMatchObject({ attempts: 2, lastError: null });
  });

  test("a server that is away is tried again", async () => {
    const mail = make(createSmtpTransport("smtp://127.0.0.1:1"));
    const id = mail.send(letter);
    expect(await mail.deliverDue()).toEqual({ sent: 0, failed: 1 });
    expect(row(id).dueAtMs).toBe(clock.nowMs() + 5_000);
    expect(row(id).lastError).toContain("ECONNREFUSED");
  });
});

describe("retries", () => {
  const failing: MailTransport = {
    send: () => Promise.reject(new Error("down")),
  };

  test("come later and later, and end when the code is dead", async () => {
    const mail = make(failing);
    const id = mail.send(letter);
    const startMs = clock.nowMs();
    const triedAtSec: number[] = [];
    while (row(id).failedAtMs === null) {
      clock.set(row(id).dueAtMs);
      triedAtSec.push((clock.nowMs() - startMs) / 1000);
      await mail.deliverDue();
    }
    expect(triedAtSec).toEqual([0, 5, 35, 155, 455]);
  });

  test("of one letter do not hold up the next", async () => {
    const sent: string[] = [];
    const mail = make({
      async send({ to }) {
        if (to === "bad@example.com") throw new Error("down");
        sent.push(to);
      },
    });
    mail.send({ ...letter, to: "bad@example.com" });
    mail.send(letter);
    expect(await mail.deliverDue()).toEqual({ sent: 1, failed: 1 });
    expect(sent).toEqual(["alice@example.com"]);
  });

  test("two deliveries at once send each letter once", async () => {
    let sends = 0;
    const mail = make({
      async send() {
        sends++;
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
    for (let i = 0; i < 30; i++) mail.send(letter);
    await Promise.all([mail.deliverDue(), mail.deliverDue()]);
    expect(sends).toBe(30);
  });

  test("what went wrong is logged without the letter", async () => {
    const mail = make(failing);
    mail.send(letter);
    await mail.deliverDue();
    expect(lines.join("")).toContain("mail not sent yet");
    expect(lines.join("")).not.toContain("ABCDE-FGHIJ");
    expect(lines.join("")).not.toContain("alice@example.com");
  });
});

describe("delivery in the background", () => {
  test("takes a letter when it comes", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const mail = make({ send: async () => resolve() });
    mail.start();
    const id = mail.send(letter);
    await promise;
    await mail.stop();
    expect(row(id).sentAtMs).not.toBeNull();
  });

  test("takes what was left from before", async () => {
    make(null).send(letter);
    const { promise, resolve } = Promise.withResolvers<void>();
    const mail = make({ send: async () => resolve() });
    mail.start();
    await promise;
    await mail.stop();
  });

  test("a letter of a transaction that failed is never sent", async () => {
    let sends = 0;
    const mail = make({ send: async () => void sends++ });
    mail.start();
    expect(() =>
      db.transaction(() => {
        mail.send(letter);
        throw new Error("changed my mind");
      }),
    ).toThrow("changed my mind");
    await new Promise((resolve) => setImmediate(resolve));
    await mail.deliverDue();
    await mail.stop();
    expect(sends).toBe(0);
  });
});

describe("without a mail server", () => {
  test("letters wait where the operator can read them", async () => {
    const mail = make(null);
    expect(mail.isConfigured).toBe(false);
    mail.start();
    const id = mail.send(letter);
    clock.advance(30 * 86_400_000);
    expect(await mail.deliverDue()).toEqual({ sent: 0, failed: 0 });
    await mail.stop();
    expect(db.mails.list({ before: null, limit: 10 })).toMatchObject([
      { id, sentAtMs: null, failedAtMs: null, toAddress: letter.to },
    ]);
    expect(row(id).textBody).toContain("ABCDE-FGHIJ");
  });

  test("an SMTP URL of another kind is refused at the start", () => {
    expect(() => createSmtpTransport("https://mail.example.com")).toThrow(
      "SMTP URL",
    );
    createSmtpTransport("smtp:///?sendmail=true");
    createSmtpTransport("smtps://user:pass@mail.example.com:465");
  });
});
