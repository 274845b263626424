import { afterEach, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  startSmtpServer,
  type ReceivedMail,
  type SmtpServer,
} from "../doubles/smtp-server.ts";
import {
  startNetwork,
  type CallOptions,
  type Network,
} from "../support/network.ts";
import { until } from "../support/until.ts";

/** The letters of the server as they come out of a real mail server, and what they are good for. */

let network: Network | null = null;
let smtp: SmtpServer | null = null;
let folder: string | null = null;

afterEach(async () => {
  await network?.stop();
  smtp?.stop();
  if (folder !== null) rmSync(folder, { recursive: true });
  network = smtp = folder = null;
});

const NOTHING = new Uint8Array(0);
const CODE = /\b[A-Z2-7]{5}-[A-Z2-7]{5}\b/;

/** The path of a method, without what all of them have. */
const server = (name: string) => `com.atproto.server.${name}`;

async function succeed(nsid: string, options: CallOptions) {
  const { status, body } = await network!.call(nsid, options);
  if (status !== 200) throw new Error(`${nsid}: ${JSON.stringify(body)}`);
  return body;
}

/** A letter is text and HTML; both hold the code and name the account. */
function codeIn(letter: ReceivedMail): string {
  expect(letter.headers["content-type"]).toStartWith("multipart/alternative");
  const boundary = /boundary="?([^";]+)/.exec(letter.headers["content-type"]!);
  // Long lines come in pieces (RFC 2045 §6.7).
  const body = letter.body.replaceAll("=\r\n", "");
  const parts = body.split(`--${boundary![1]}`).slice(1, 3);
  const [text, html] = parts as [string, string];
  expect(text).toContain("Content-Type: text/plain");
  expect(html).toContain("Content-Type: text/html");
  const [code] = CODE.exec(text)!;
  for (const part of [text, html]) {
    expect(part).toContain(code);
    expect(part).toContain("alice.test");
  }
  return code;
}

/** Letters that ask for something; others tell of what was done. */
const withCode = () => smtp!.received.filter(({ body }) => CODE.test(body));

/** The code in the letter that comes of a call, and the letter's address and subject. */
async function letterOf(ask: () => Promise<unknown>) {
  const known = withCode().length;
  await ask();
  const letter = await until("a letter", 30_000, () => withCode()[known]);
  expect(withCode()).toHaveLength(known + 1);
  return {
    code: codeIn(letter),
    to: letter.to,
    subject: decodeWords(letter.headers.subject!),
  };
}

test("every code comes by SMTP and opens its door", async () => {
  smtp = await startSmtpServer();
  network = await startNetwork({
    settings: { TEMPEST_EMAIL_SMTP_URL: smtp.url },
    deps: { mailTransport: undefined },
  });
  const alice = await network.createAccount("alice");
  const { did, password } = alice;
  const email = "alice@mail.test";
  let token = alice.accessJwt;
  const ask = (nsid: string) =>
    letterOf(() => succeed(nsid, { token, input: NOTHING }));
  const signIn = (more: object = {}) =>
    network!.call(server("createSession"), {
      input: { identifier: did, password, ...more },
    });

  const confirmation = await ask(server("requestEmailConfirmation"));
  expect(confirmation).toMatchObject({
    to: [email],
    subject: expect.stringContaining("Confirm your e-mail address"),
  });
  await succeed(server("confirmEmail"), {
    token,
    input: { email, token: confirmation.code },
  });

  await succeed(server("updateEmail"), {
    token,
    input: { email, emailAuthFactor: true },
  });
  const factor = await letterOf(async () => {
    const { status, body } = await signIn();
    expect([status, body.error]).toEqual([401, "AuthFactorTokenRequired"]);
  });
  expect(factor.subject).toContain("sign-in code");
  const session = await signIn({ authFactorToken: factor.code.toLowerCase() });
  expect(session.status).toBe(200);
  expect(session.body.emailAuthFactor).toBe(true);

  const change = await ask(server("requestEmailUpdate"));
  expect(change.to).toEqual([email]);
  const newEmail = "alice@new.test";
  await succeed(server("updateEmail"), {
    token,
    input: { email: newEmail, token: change.code },
  });

  const reset = await letterOf(() =>
    succeed(server("requestPasswordReset"), { input: { email: newEmail } }),
  );
  expect(reset.to).toEqual([newEmail]);
  await succeed(server("resetPassword"), {
    input: { token: reset.code, password: "another-password" },
  });
  expect((await signIn()).status).toBe(401);
  // The address before guards the sign-in until the new one is confirmed.
  const still = await letterOf(() => signIn({ password: "another-password" }));
  expect(still.to).toEqual([email]);
  const again = await signIn({
    password: "another-password",
    authFactorToken: still.code,
  });
  token = again.body.accessJwt;

  const signature = await ask(
    "com.atproto.identity.requestPlcOperationSignature",
  );
  expect(signature.subject).toContain("identity");
  const { operation } = await succeed("com.atproto.identity.signPlcOperation", {
    token,
    input: { token: signature.code },
  });
  expect(operation.sig).toBeString();

  const deletion = await ask(server("requestAccountDelete"));
  expect(deletion.subject).toContain("Delete your account");
  await succeed(server("deleteAccount"), {
    input: { did, password: "another-password", token: deletion.code },
  });
  expect((await signIn({ password: "another-password" })).status).toBe(401);
});

test("a mail server that is away gets its letters later", async () => {
  smtp = await startSmtpServer({ onData: once("421 come back") });
  network = await startNetwork({
    settings: { TEMPEST_EMAIL_SMTP_URL: smtp.url },
    deps: { mailTransport: undefined },
  });
  const { accessJwt: token } = await network.createAccount("alice");
  const nsid = server("requestEmailConfirmation");
  await succeed(nsid, { token, input: NOTHING });
  // After a restart, since nobody wants to wait for the next attempt here.
  await network.restart();
  const letter = await until("the letter", 30_000, () => smtp!.received[0]);
  await succeed(server("confirmEmail"), {
    token,
    input: { email: "alice@mail.test", token: codeIn(letter) },
  });
});

test("without a mail server the operator reads the code", async () => {
  folder = mkdtempSync(join(tmpdir(), "tempest-mail-"));
  network = await startNetwork({
    dataFolder: folder,
    deps: { mailTransport: undefined },
  });
  expect(network.config.smtpUrl).toBeNull();
  const { accessJwt: token } = await network.createAccount("alice");
  const nsid = server("requestEmailConfirmation");
  await succeed(nsid, { token, input: NOTHING });
  const db = new Database(join(folder, "account.sqlite"), { readonly: true });
  const letters = db.query("SELECT text_body, sent_at_ms FROM mail").all();
  db.close();
  expect(letters).toEqual([
    { text_body: expect.stringMatching(CODE), sent_at_ms: null },
  ]);
  const [code] = CODE.exec((letters[0] as { text_body: string }).text_body)!;
  await succeed(server("confirmEmail"), {
    token,
    input: { email: "alice@mail.test", token: code },
  });
});

/** Header text as people see it. @see https://www.rfc-editor.org/rfc/rfc2047 */
function decodeWords(text: string): string {
  return text
    .replace(/\?= =\?UTF-8\?Q\?/g, "")
    .replace(/=\?UTF-8\?Q\?(.*?)\?=/g, (_word, quoted: string) =>
      decodeURIComponent(quoted.replaceAll("_", " ").replaceAll("=", "%")),
    );
}

/** An answer for the first time only. */
function once(answer: string): () => string | null {
  let isFirst = true;
  return () => {
    const given = isFirst ? answer : null;
    isFirst = false;
    return given;
  };
}
