import { afterEach, expect, test } from "bun:test";
import { createSafeFetch } from "#lib/safe-fetch.ts";
import { createHttpTransport } from "./http-transport.ts";
import { createLogTransport } from "./log-transport.ts";
import { startSmtpServer } from "../../../test/doubles/smtp-server.ts";
import { createSmtpTransport } from "./transport.ts";
import { secretsOf, transcriptLogger, withoutSecrets } from "./transcript.ts";

const LETTER = {
  ...{ from: "pds@pds.test", to: "a@mail.test", subject: "Hi" },
  ...{ text: "text", html: "<p>text</p>" },
};

let server: ReturnType<typeof Bun.serve> | null = null;
afterEach(async () => {
  await server?.stop(true);
});

const fetch = createSafeFetch({
  ...{
    allowLoopback: true,
    timeoutMs: 2000,
    maxBytes: 10_000,
    maxRedirects: 0,
  },
});

function serve(answer: (request: Request) => Response | Promise<Response>) {
  server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  const url = `http://127.0.0.1:${server.port}/emails`;
  return createHttpTransport({ url, key: "re_secret", fetch });
}

test("a mail service gets the letter in the form of Resend, with the key", async () => {
  const seen: unknown[] = [];
  const transport = serve(async (request) => {
    seen.push(request.headers.get("authorization"), await request.json());
    return Response.json({ id: "1" });
  });
  await transport.send(LETTER);
  expect(seen).toEqual([
    "Bearer re_secret",
    { ...LETTER, to: ["a@mail.test"] },
  ]);
});

test.each([
  [422, true],
  [400, true],
  [401, false],
  [429, false],
  [500, false],
  [302, false],
])("its %i is for good: %p", async (status, isPermanent) => {
  const transport = serve(() => new Response("no", { status }));
  const refused = transport.send(LETTER);
  await expect(refused).rejects.toMatchObject({ isPermanent });
  await expect(refused).rejects.toThrow(`${status} no`);
});

test("a trial tells what was said, without the key", async () => {
  const transport = serve(
    () => new Response("bad key re_secret", { status: 401 }),
  );
  const trial = await transport.trySend!(LETTER);
  expect(trial.isSent).toBe(false);
  expect(trial.lines).toContain("< 401");
  expect(trial.lines.join("\n")).not.toContain("re_secret");
});

test("letters that are only kept are told of without what is in them", async () => {
  const said: unknown[] = [];
  const log = { info: (...words: unknown[]) => void said.push(words) };
  await createLogTransport(log).send({ ...LETTER, text: "code 12345" });
  expect(JSON.stringify(said)).not.toContain("12345");
});

test("a transcript holds both sides and no secret", () => {
  const lines: string[] = [];
  const secrets = secretsOf("smtp://me:pass%20word@mail.test");
  const logger = transcriptLogger(lines, secrets);
  const plain = Buffer.from("\0me\0pass word").toString("base64");
  logger.debug!({ tnx: "server" }, "220 mail.test ESMTP");
  logger.debug!({ tnx: "client" }, `AUTH PLAIN ${plain}`);
  logger.debug!({ tnx: "client" }, Buffer.from("pass word").toString("base64"));
  logger.debug!({ tnx: "server" }, "250-SIZE\r\n250 AUTH PLAIN LOGIN");
  logger.debug!({ tnx: "message" }, "the letter itself");
  expect(lines).toEqual([
    "< 220 mail.test ESMTP",
    "> AUTH PLAIN [hidden]",
    "> [hidden]",
    "< 250-SIZE",
    "< 250 AUTH PLAIN LOGIN",
  ]);
  expect(withoutSecrets("AUTH LOGIN", secrets)).toBe("AUTH LOGIN");
});

test("a trial by SMTP shows the whole conversation, also when it fails", async () => {
  const smtp = await startSmtpServer();
  const refusing = await startSmtpServer({
    onLogin: () => "535 5.7.8 Authentication failed",
  });
  try {
    const withLogin = (url: string) => url.replace("//", "//me:hush-hush@");
    const good = await createSmtpTransport(withLogin(smtp.url)).trySend!(
      LETTER,
    );
    expect(good.isSent).toBe(true);
    expect(good.lines.some((line) => line.startsWith("< 220"))).toBe(true);
    expect(good.lines.some((line) => line.startsWith("> MAIL FROM"))).toBe(
      true,
    );
    expect(smtp.received).toHaveLength(1);
    const bad = await createSmtpTransport(withLogin(refusing.url)).trySend!(
      LETTER,
    );
    expect(bad.isSent).toBe(false);
    expect(bad.lines.join("\n")).toContain("535");
    for (const secret of secretsOf(withLogin(smtp.url))) {
      expect([...good.lines, ...bad.lines].join("\n")).not.toContain(secret);
    }
  } finally {
    smtp.stop();
    refusing.stop();
  }
});
