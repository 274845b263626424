import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "#lib/clock.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import type { EmailTokenRow } from "#storage/account/email-tokens.ts";
import type { Mail } from "#contexts/mail/mail.ts";
import type { MailKind } from "#contexts/mail/templates.ts";
import { randomBase32, type Random } from "#contexts/security/random.ts";

/** What a code allows; each has its own letter. */
export type EmailTokenPurpose = MailKind;

export interface EmailTokenInput {
  did: Did;
  purpose: EmailTokenPurpose;
  /** As typed: case, dashes and spaces don't count. */
  token: string;
}

/**
 * Codes that prove who reads an account's mail: `XXXXX-XXXXX`, good for 15
 * minutes and for one use. An account has one for each purpose; only their
 * hashes are stored, and the letter shows the operator the rest. After ten
 * wrong ones a code is worth nothing any more.
 */
export interface EmailTokens {
  /**
   * Makes a code and writes the letter with it, which replaces the one before.
   * @throws XrpcError InvalidRequest when the account has no e-mail address.
   */
  send(
    account: Pick<AccountRow, "did" | "handle" | "email">,
    purpose: EmailTokenPurpose,
  ): void;
  /** Makes a code that somebody hands over by other means; also replaces the one before. */
  issue(did: Did, purpose: EmailTokenPurpose): string;
  /**
   * The same where strangers may ask: not within a minute of the last one, and
   * after five in a day not within ten. So nobody is pestered from many
   * addresses, and whoever gets no letter has a code that is good for a while.
   */
  sendSparingly(
    account: Pick<AccountRow, "did" | "handle" | "email">,
    purpose: EmailTokenPurpose,
  ): void;
  /** Looks at a code and leaves it. @throws XrpcError InvalidToken, ExpiredToken */
  verifyEmailToken(input: EmailTokenInput): void;
  /**
   * Uses a code up; to be called in the transaction of what it allows.
   * @throws XrpcError InvalidToken, ExpiredToken
   */
  useEmailToken(input: EmailTokenInput): void;
  /** Whose code it is. @throws XrpcError InvalidToken, ExpiredToken */
  findOwner(input: Omit<EmailTokenInput, "did">): Did;
}

const LIFE_MS = 15 * 60_000;
const PAUSE_MS = 60_000;
const LONG_PAUSE_MS = 10 * 60_000;
const SOON_LETTERS = 5;
const DAY_MS = 24 * 3_600_000;
const LENGTH = 10;
const FORM = /^[A-Z2-7]{10}$/;
const MOST_FAILURES = 10;
const MOST_COUNTERS = 10_000;

export function createEmailTokens(deps: {
  db: Pick<AccountDb, "emailTokens" | "transaction">;
  mail: Pick<Mail, "send">;
  clock: Clock;
  random: Random;
  /** A page where the code need not be typed; null for a purpose without one. */
  linkOf?(purpose: EmailTokenPurpose, token: string): string | null;
}): EmailTokens {
  const { db, clock } = deps;
  const failures = createCounters();
  const asked = createCounters();

  const areTooMany = (did: Did, purpose: string) =>
    failures.find(did, purpose).count >= MOST_FAILURES;

  /** How long a letter that strangers may ask for keeps another one off. */
  function pauseMs(did: Did, purpose: string): number {
    const { count, sinceMs } = asked.find(did, purpose);
    if (sinceMs + DAY_MS <= clock.nowMs()) asked.forget(did, purpose);
    else if (count >= SOON_LETTERS) return LONG_PAUSE_MS;
    return PAUSE_MS;
  }

  const issue: EmailTokens["issue"] = (did, purpose) => {
    const token = makeToken(deps.random);
    const nowMs = clock.nowMs();
    db.emailTokens.put({
      did,
      purpose,
      tokenHash: hash(normalize(token)),
      createdAtMs: nowMs,
      expiresAtMs: nowMs + LIFE_MS,
    });
    failures.forget(did, purpose);
    return token;
  };

  const send: EmailTokens["send"] = ({ did, handle, email }, purpose) => {
    if (email === null) {
      throw invalidRequest(
        "The account does not have an e-mail address",
      ).because("emailNone");
    }
    db.transaction(() => {
      const token = issue(did, purpose);
      const link = deps.linkOf?.(purpose, token) ?? null;
      deps.mail.send({
        ...{ kind: purpose, did, to: email, handle, token },
        ...(link !== null && { link }),
      });
    });
  };

  function checkAge(row: EmailTokenRow): void {
    if (row.expiresAtMs > clock.nowMs()) return;
    throw new XrpcError("ExpiredToken", "Token is expired");
  }

  const verifyEmailToken: EmailTokens["verifyEmailToken"] = (input) => {
    const { did, purpose } = input;
    const row = db.emailTokens.find(did, purpose);
    if (row === null || areTooMany(did, purpose)) throw invalidToken();
    const given = hash(normalize(input.token));
    if (!timingSafeEqual(row.tokenHash, given)) {
      failures.count(did, purpose, clock.nowMs());
      throw invalidToken();
    }
    checkAge(row);
  };

  return {
    send,
    issue,
    sendSparingly(account, purpose) {
      const { did } = account;
      const last = db.emailTokens.find(did, purpose);
      const nowMs = clock.nowMs();
      const untilMs = (last?.createdAtMs ?? 0) + pauseMs(did, purpose);
      if (last !== null && untilMs > nowMs) return;
      send(account, purpose);
      asked.count(did, purpose, nowMs);
    },
    verifyEmailToken,
    useEmailToken(input) {
      verifyEmailToken(input);
      db.emailTokens.remove(input.did, input.purpose);
    },
    findOwner({ purpose, token }) {
      const row = db.emailTokens.findByHash(purpose, hash(normalize(token)));
      if (row === null || areTooMany(row.did, purpose)) {
        throw invalidToken();
      }
      checkAge(row);
      return row.did;
    },
  };
}

/** `XXXXX-XXXXX`, which people can read off one screen and type into another. */
function makeToken(random: Random): string {
  const text = randomBase32(random, LENGTH).toUpperCase();
  return `${text.slice(0, LENGTH / 2)}-${text.slice(LENGTH / 2)}`;
}

/** @throws XrpcError InvalidToken for what can't be a code. */
function normalize(token: string): string {
  const text = token
    .slice(0, 100)
    .replace(/[\s-]+/g, "")
    .toUpperCase();
  if (!FORM.test(text)) throw invalidToken();
  return text;
}

function hash(token: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(token).digest());
}

/**
 * Counts for each account and purpose, in memory: a count of wrong codes in the
 * database would be undone with the transaction that the wrong code ends.
 */
function createCounters() {
  const counters = new Map<string, { count: number; sinceMs: number }>();
  const keyOf = (did: Did, purpose: string) => `${purpose} ${did}`;
  const find = (did: Did, purpose: string) =>
    counters.get(keyOf(did, purpose)) ?? { count: 0, sinceMs: 0 };
  return {
    find,
    count(did: Did, purpose: string, nowMs: number): void {
      const key = keyOf(did, purpose);
      const { count, sinceMs } = find(did, purpose);
      counters.delete(key);
      counters.set(key, { count: count + 1, sinceMs: sinceMs || nowMs });
      if (counters.size > MOST_COUNTERS) {
        counters.delete(counters.keys().next().value!);
      }
    },
    forget: (did: Did, purpose: string) =>
      void counters.delete(keyOf(did, purpose)),
  };
}

// Clients look for these words.
function invalidToken(): XrpcError {
  return new XrpcError("InvalidToken", "Token is invalid");
}
