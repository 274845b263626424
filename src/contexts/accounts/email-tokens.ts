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
  /** The same where strangers may ask: not within a minute of the last one. */
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
  const failures = createFailureCounters();

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
    if (row === null || failures.areTooMany(did, purpose)) throw invalidToken();
    const given = hash(normalize(input.token));
    if (!timingSafeEqual(row.tokenHash, given)) {
      failures.count(did, purpose);
      throw invalidToken();
    }
    checkAge(row);
  };

  return {
    send,
    issue,
    sendSparingly(account, purpose) {
      const last = db.emailTokens.find(account.did, purpose);
      const isRecent =
        last !== null && last.createdAtMs + PAUSE_MS > clock.nowMs();
      if (!isRecent) send(account, purpose);
    },
    verifyEmailToken,
    useEmailToken(input) {
      verifyEmailToken(input);
      db.emailTokens.remove(input.did, input.purpose);
    },
    findOwner({ purpose, token }) {
      const row = db.emailTokens.findByHash(purpose, hash(normalize(token)));
      if (row === null || failures.areTooMany(row.did, purpose)) {
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
 * Wrong codes, counted in memory: a count in the database would be undone with
 * the transaction that the wrong code ends.
 */
function createFailureCounters() {
  const counts = new Map<string, number>();
  const keyOf = (did: Did, purpose: string) => `${purpose} ${did}`;
  return {
    areTooMany: (did: Did, purpose: string) =>
      (counts.get(keyOf(did, purpose)) ?? 0) >= MOST_FAILURES,
    count(did: Did, purpose: string): void {
      const key = keyOf(did, purpose);
      const before = counts.get(key) ?? 0;
      counts.delete(key);
      counts.set(key, before + 1);
      if (counts.size > MOST_COUNTERS) {
        counts.delete(counts.keys().next().value!);
      }
    },
    forget: (did: Did, purpose: string) =>
      void counts.delete(keyOf(did, purpose)),
  };
}

// Clients look for these words.
function invalidToken(): XrpcError {
  return new XrpcError("InvalidToken", "Token is invalid");
}
