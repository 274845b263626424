import { afterAll, beforeAll, expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import type { SessionCaller } from "#contexts/security/caller.ts";
import type { Did } from "#repo/syntax.ts";
import {
  type ReceivedMail,
  type SmtpServer,
  startSmtpServer,
} from "../doubles/smtp-server.ts";
import { createRawClient } from "../oauth/raw-client.ts";
import {
  ADMIN_PASSWORD,
  type CallOptions,
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";
import { until } from "../support/until.ts";

/** The letters that tell owners of what happened, as they come out of a mail server. */

const HOME = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0";
const ADMIN = `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}`;
const NOTHING = new Uint8Array(0);
const CODE = /\b[A-Z2-7]{5}-[A-Z2-7]{5}\b/;
const clock = createFakeClock(Date.now());
const server = (name: string) => `com.atproto.server.${name}`;

let smtp: SmtpServer;
let network: Network;
let alice: TestAccount;
beforeAll(async () => {
  smtp = await startSmtpServer();
  network = await startNetwork({
    settings: { TEMPEST_EMAIL_SMTP_URL: smtp.url },
    deps: { mailTransport: undefined, clock },
  });
  alice = await network.createAccount("alice");
  await network.createAccount("bob");
});
afterAll(async () => {
  await network.stop();
  smtp.stop();
});

async function call(nsid: string, options: CallOptions = {}) {
  const headers = { "user-agent": HOME, ...options.headers };
  const { status, body } = await network.call(nsid, { ...options, headers });
  if (status !== 200) throw new Error(`${nsid}: ${JSON.stringify(body)}`);
  return body;
}

const signIn = (headers: Record<string, string> = {}) =>
  call(server("createSession"), {
    input: { identifier: alice.did, password: alice.password },
    headers,
  });

interface Letter {
  to: string[];
  subject: string;
  text: string;
  html: string;
}

/** Lines come in pieces, and bytes as numbers (RFC 2045 §6.7). */
const decode = (text: string) =>
  Buffer.from(
    text
      .replaceAll("=\r\n", "")
      .replace(/=([0-9A-F]{2})/g, (_whole, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      ),
    "latin1",
  ).toString();

function read({ to, headers, body }: ReceivedMail): Letter {
  const [, boundary] = /boundary="?([^";]+)/.exec(headers["content-type"]!)!;
  const [text = "", html = ""] = body.split(`--${boundary}`).slice(1, 3);
  const subject = headers.subject ?? "";
  return { to, subject, text: decode(text), html: decode(html) };
}

/** The letters with that subject that come of something. */
async function lettersOf(
  subject: string,
  act: () => Promise<unknown>,
  count = 1,
): Promise<Letter[]> {
  const found = () =>
    smtp.received.map(read).filter((letter) => letter.subject === subject);
  const known = found().length;
  await act();
  const letters = await until(`the letter "${subject}"`, 5000, () =>
    found().length >= known + count ? found().slice(known) : null,
  );
  expect(letters).toHaveLength(count);
  for (const { text, html } of letters) {
    for (const part of [text, html]) {
      expect(part).toContain("alice");
      // When it was, where from, and what to do.
      expect(part).toMatch(/When: \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
      expect(part).not.toContain(alice.password);
      expect(part).not.toMatch(/\{\w+\}|unknown\b(?! program)|undefined|null/);
    }
    expect(text).toMatch(/If (this was|you)/);
  }
  return letters;
}

async function codeOf(nsid: string, options: CallOptions): Promise<string> {
  const known = smtp.received.length;
  await call(nsid, options);
  return until("a code", 5000, () => {
    const texts = smtp.received.slice(known).map((letter) => read(letter).text);
    return texts.map((text) => CODE.exec(text)?.[0]).find(Boolean) ?? null;
  });
}

test("a sign-in from a new device", async () => {
  await lettersOf("A new sign-in to your account", () => signIn());
  await signIn();
  const [letter] = await lettersOf("A new sign-in to your account", () =>
    signIn({ "user-agent": "strange-app/2.0 <a href='https://evil.example'>" }),
  );
  expect(letter!.to).toEqual(["alice@mail.test"]);
  expect(letter!.text).toContain("From the address: 127.0.0.1");
  expect(letter!.text).toContain("With: strange-app");
  expect(letter!.text).toContain(`${network.url}/account`);
  expect(letter!.html).not.toContain("evil.example");
});

test("an app password", async () => {
  const made = { password: "" };
  const [letter] = await lettersOf(
    "An app password was made for your account",
    async () => {
      const input = { name: "<b>phone</b>" };
      const token = alice.accessJwt;
      const body = await call(server("createAppPassword"), { token, input });
      made.password = body.password;
    },
  );
  expect(letter!.text).toContain('named "<b>phone</b>"');
  expect(letter!.html).not.toContain("<b>");
  expect(letter!.text).toContain("With: Firefox on Linux");
  expect(letter!.text).not.toContain(made.password);
});

test("a new e-mail address, to the one before as well, and factors by e-mail", async () => {
  const token = alice.accessJwt;
  const confirmation = await codeOf(server("requestEmailConfirmation"), {
    ...{ token, input: NOTHING },
  });
  await call(server("confirmEmail"), {
    token,
    input: { email: "alice@mail.test", token: confirmation },
  });
  await lettersOf("A second factor was added to your account", () =>
    call(server("updateEmail"), {
      token,
      input: { email: "alice@mail.test", emailAuthFactor: true },
    }),
  );
  const code = await codeOf(server("requestEmailUpdate"), {
    ...{ token, input: NOTHING },
  });
  const letters = await lettersOf(
    "Your e-mail address was changed",
    () =>
      call(server("updateEmail"), {
        token,
        input: { email: "alice@new.test", token: code },
      }),
    2,
  );
  expect(letters.flatMap(({ to }) => to).sort()).toEqual([
    "alice@mail.test",
    "alice@new.test",
  ]);
});

test("a new handle", async () => {
  const [letter] = await lettersOf("Your handle was changed", () =>
    call("com.atproto.identity.updateHandle", {
      token: alice.accessJwt,
      input: { handle: "alice-two.test" },
    }),
  );
  expect(letter!.text).toContain("called alice-two.test");
  expect(letter!.text).toContain("before, it was alice.test");
});

test("a change of the identity", async () => {
  const token = alice.accessJwt;
  const code = await codeOf(
    "com.atproto.identity.requestPlcOperationSignature",
    { token, input: NOTHING },
  );
  await lettersOf("A change of your identity was signed", () =>
    call("com.atproto.identity.signPlcOperation", {
      ...{ token, input: { token: code } },
    }),
  );
});

test("somebody who may act for the account", async () => {
  const owner: SessionCaller = {
    ...{ kind: "session", scope: "access", sessionId: "page" },
    did: alice.did as Did,
    from: { ip: "127.0.0.1", userAgent: HOME },
  };
  const [letter] = await lettersOf("Somebody may act for your account", () =>
    network.app.contexts.delegations.grant(
      { delegate: "bob.test", level: "editor", expiresAtMs: null },
      owner,
    ),
  );
  expect(letter!.text).toContain("bob.test may now act for");
  expect(letter!.text).toContain("as editor");
});

test("an application whose old key came back", async () => {
  const client = createRawClient(network.url);
  const first = await client.signIn({ ...alice, handle: alice.did });
  const second = await client.refresh(first.refresh_token);
  await client.refresh(second.body.refresh_token);
  await lettersOf("An application was signed out of your account", () =>
    client.refresh(first.refresh_token),
  );
});

test("a session whose old key came back", async () => {
  const { refreshJwt } = await signIn();
  const refresh = () =>
    network.call(server("refreshSession"), { token: refreshJwt, input: "" });
  await refresh();
  clock.advance(3 * 3_600_000);
  await lettersOf("A session of your account was ended", refresh);
});

test("a new password, by the operator and by a code", async () => {
  const subject = "Your password was changed";
  const [byOperator] = await lettersOf(subject, () =>
    call("com.atproto.admin.updateAccountPassword", {
      token: ADMIN,
      input: { did: alice.did, password: "by-the-operator" },
    }),
  );
  expect(byOperator!.text).toContain("Who: the operator of the server");
  expect(byOperator!.text).not.toContain("by-the-operator");
  const code = await codeOf(server("requestPasswordReset"), {
    input: { email: "alice@new.test" },
  });
  await lettersOf(subject, () =>
    call(server("resetPassword"), {
      input: { token: code, password: "by-a-code-of-mail" },
    }),
  );
});
