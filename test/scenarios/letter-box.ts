import { expect } from "bun:test";
import type { FakeClock } from "#lib/clock.ts";
import type { NoticeKind } from "#contexts/mail/notices.ts";
import {
  type ReceivedMail,
  type SmtpServer,
  startSmtpServer,
} from "../doubles/smtp-server.ts";
import {
  type CallOptions,
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";
import { until } from "../support/until.ts";

/** A server whose letters come out of a mail server, and what each has to say. */

export const HOME = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0";
export const NOTHING = new Uint8Array(0);
const CODE = /\b[A-Z2-7]{5}-[A-Z2-7]{5}\b/;

const SUBJECTS = {
  newDevice: "A new sign-in to your account",
  sessionReused: "A session of your account was ended",
  tokenReused: "An application was signed out of your account",
  passwordChanged: "Your password was changed",
  passwordRemoved: "Your account has no password any more",
  signInPolicyChanged: "The sign-in to your account was changed",
  recoveryKeyUsed: "The recovery key of your account was used",
  factorGuessed: "Somebody guesses the sign-in codes of your account",
  emailChanged: "Your e-mail address was changed",
  handleChanged: "Your handle was changed",
  factorAdded: "A second factor was added to your account",
  factorRemoved: "A second factor was removed from your account",
  backupCodesReplaced: "New backup codes were made for your account",
  backupCodeUsed: "A backup code of your account was used",
  recoveryBegun: "Somebody wants to take the second factors off your account",
  recoveryCancelled: "The second factors of your account stay",
  recoveryDone: "The second factors of your account are gone",
  lettersChanged: "Which letters you get was changed",
  appPasswordCreated: "An app password was made for your account",
  identitySigned: "A change of your identity was signed",
  identityChanged: "Your identity was changed",
  delegationGranted: "Somebody may act for your account",
} as const satisfies Record<NoticeKind, string>;

export interface Letter {
  to: string[];
  subject: string;
  text: string;
  html: string;
}

export interface LetterBox {
  network: Network;
  clock: FakeClock;
  /** Of which letters one was read. */
  read: Set<NoticeKind>;
  /** What no letter may say, from now on. */
  hide(...secrets: string[]): void;
  createAccount(name: string): Promise<TestAccount>;
  /** Calls a method from a browser at home. @throws Error unless it does what it is asked. */
  // oxlint-disable-next-line typescript/no-explicit-any
  call(nsid: string, options?: CallOptions): Promise<any>;
  /** The letters of a kind that come of something, after a look at what all have to say. */
  lettersOf(
    kind: NoticeKind,
    act: () => Promise<unknown>,
    options?: { count?: number; of?: string },
  ): Promise<Letter[]>;
  /** The first letter with a subject that comes of something. */
  letterCalled(subject: string, act: () => Promise<unknown>): Promise<Letter>;
  /** The code that a call has mailed. */
  codeOf(nsid: string, options: CallOptions): Promise<string>;
  stop(): Promise<void>;
}

export async function openLetterBox(clock: FakeClock): Promise<LetterBox> {
  const smtp = await startSmtpServer();
  const network = await startNetwork({
    settings: { TEMPEST_EMAIL_SMTP_URL: smtp.url },
    deps: { mailTransport: undefined, clock },
  });
  const secrets = new Set<string>();
  const box: LetterBox = {
    ...{ network, clock, read: new Set() },
    hide: (...found) => found.forEach((secret) => secrets.add(secret)),
    async createAccount(name) {
      const account = await network.createAccount(name);
      box.hide(account.password, account.accessJwt, account.refreshJwt);
      return account;
    },
    async call(nsid, options = {}) {
      const headers = { "user-agent": HOME, ...options.headers };
      const { status, body } = await network.call(nsid, {
        ...{ ...options, headers },
      });
      if (status !== 200) throw new Error(`${nsid}: ${JSON.stringify(body)}`);
      return body;
    },
    async letterCalled(subject, act) {
      const [letter] = await receive(smtp, { subject, count: 1 }, act);
      return letter!;
    },
    async lettersOf(kind, act, { count = 1, of = "alice" } = {}) {
      const subject = SUBJECTS[kind];
      const letters = await receive(smtp, { subject, count }, act);
      expect(letters).toHaveLength(count);
      for (const letter of letters) expectComplete(letter, kind, of);
      for (const { text, html } of letters) {
        for (const secret of secrets) {
          expect(text).not.toContain(secret);
          expect(html).not.toContain(secret);
        }
      }
      box.read.add(kind);
      return letters;
    },
    async codeOf(nsid, options) {
      const known = smtp.received.length;
      await box.call(nsid, options);
      const code = await until("a code", 30_000, () => {
        const texts = smtp.received.slice(known).map((mail) => read(mail).text);
        return texts.map((text) => CODE.exec(text)?.[0]).find(Boolean) ?? null;
      });
      box.hide(code);
      return code;
    },
    async stop() {
      await network.stop();
      smtp.stop();
    },
  };
  return box;
}

async function receive(
  smtp: SmtpServer,
  { subject, count }: { subject: string; count: number },
  act: () => Promise<unknown>,
): Promise<Letter[]> {
  const found = () =>
    smtp.received.map(read).filter((letter) => letter.subject === subject);
  const known = found().length;
  await act();
  return until(`the letter "${subject}"`, 30_000, () =>
    found().length >= known + count ? found().slice(known) : null,
  );
}

/** What only an operator does, or the server by itself once the time has come. */
const OF_OPERATORS: readonly NoticeKind[] = ["recoveryBegun", "recoveryDone"];

/** Says whose account it is about, when it was, where from, and what to do. */
function expectComplete(
  { text, html }: Letter,
  kind: NoticeKind,
  name: string,
): void {
  for (const part of [text, html]) {
    expect(part).toContain(name);
    expect(part).toMatch(/When: \d{1,2} \w+ \d{4}, \d\d:\d\d UTC/);
    expect(part).not.toMatch(/\{\w+\}|unknown\b(?! program)|undefined|null/);
    // Where the operator sits is told to nobody.
    const isOperators = part.includes("Who: the operator of the server");
    const hasPlace = part.includes("From the address: 127.0.0.1");
    expect([kind, hasPlace]).toEqual([kind, !isOperators]);
    if (OF_OPERATORS.includes(kind)) expect(isOperators).toBe(true);
  }
  expect(text).toMatch(/If (this was|you)|change it at/);
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
