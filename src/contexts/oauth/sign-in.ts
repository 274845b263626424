import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf, type AccountRow } from "#storage/account/accounts.ts";
import type { EmailTokens } from "#contexts/accounts/email-tokens.ts";
import { findByIdentifier } from "#contexts/accounts/session-methods.ts";
import {
  hashAppPassword,
  LONGEST_PASSWORD_CHARS,
  type Passwords,
} from "#contexts/security/passwords.ts";
import type { Origin } from "#contexts/security/caller.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import type { SignInFault, SignInResult } from "./view.ts";

export interface Credentials {
  /** Handle, DID or e-mail address. */
  identifier: string;
  password: string;
  /** From the account's mail, when it asks for one; empty for the first try. */
  code: string;
  /** Names the try: whoever gave the right password need not give it again with the code. */
  tryKey: string;
  from: Origin;
}

/**
 * Checks who signs in on a page. App passwords are for programs and do not
 * count here; accounts that are not active have nothing to allow an application.
 */
export type SignIn = (
  credentials: Credentials,
  /** The only account that may; null for any. */
  expected: Did | null,
  options?: {
    /** Accounts that rest or were taken down may come in too: their owner sees to them. */
    mayRest?: boolean;
  },
) => Promise<SignInResult>;

export interface SignInDeps {
  db: Pick<AccountDb, "accounts" | "appPasswords">;
  passwords: Passwords;
  emailTokens: Pick<EmailTokens, "sendSparingly" | "useEmailToken">;
  events: Pick<SecurityEvents, "record">;
  clock: Clock;
}

/** As long as the code itself is good. */
const TRY_MS = 15 * 60_000;
const MOST_TRIES = 10_000;

export function createSignIn(deps: SignInDeps): SignIn {
  const { db, passwords, emailTokens, events } = deps;
  const tries = createTries(deps.clock);

  async function isPasswordOf(
    account: AccountRow | null,
    password: string,
  ): Promise<boolean> {
    const hash = account?.passwordHash ?? null;
    const check = await passwords.verify(password, hash);
    if (account !== null && check.isOutdated) {
      const passwordHash = await passwords.hash(password);
      // Unless it was changed while we hashed.
      if (db.accounts.find(account.did)?.passwordHash === hash) {
        db.accounts.update(account.did, { passwordHash });
      }
    }
    return check.isCorrect;
  }

  function isAppPassword(account: AccountRow | null, password: string) {
    if (account === null) return false;
    const { did } = account;
    const hash = hashAppPassword(did, password);
    return db.appPasswords.findByHash(did, hash) !== null;
  }

  function findFactorFault(
    { did, email, handle, emailFactorAtMs }: AccountRow,
    code: string,
  ): SignInFault | null {
    if (emailFactorAtMs === null || email === null) return null;
    if (code.trim() === "") {
      emailTokens.sendSparingly({ did, email, handle }, "signIn");
      return "code-needed";
    }
    try {
      emailTokens.useEmailToken({ did, purpose: "signIn", token: code });
      return null;
    } catch (error) {
      if (error instanceof XrpcError && error.status < 500) return "code-wrong";
      throw error;
    }
  }

  function recordFailure(
    account: AccountRow | null,
    reason: "password" | "factor",
    from: Origin,
  ): void {
    if (account === null) return;
    const detail = { way: "page", reason };
    events.record({ did: account.did, kind: "signInFailed", from, detail });
  }

  return async (
    { identifier, password, code, tryKey, from },
    expected,
    options,
  ) => {
    if (password.length > LONGEST_PASSWORD_CHARS) return refused("wrong");
    const account = findByIdentifier(db, identifier);
    const isKnown =
      account !== null && code !== "" && tries.find(tryKey) === account.did;
    let isCorrect: boolean;
    try {
      isCorrect = isKnown || (await isPasswordOf(account, password));
    } catch (error) {
      if (error instanceof XrpcError && error.status === 503) {
        return refused("busy");
      }
      throw error;
    }
    if (account === null || !isCorrect) {
      recordFailure(account, "password", from);
      return refused(
        isAppPassword(account, password) ? "app-password" : "wrong",
      );
    }
    if (expected !== null && account.did !== expected) {
      return refused("other-account");
    }
    const barred = options?.mayRest ? null : FAULT_BY_STATUS[statusOf(account)];
    const fault = barred ?? findFactorFault(account, code);
    if (fault !== null) {
      if (fault === "code-wrong") recordFailure(account, "factor", from);
      if (fault === "code-needed") tries.keep(tryKey, account.did);
      return refused(fault);
    }
    tries.forget(tryKey);
    return { isSignedIn: true, did: account.did };
  };
}

/** Who gave the right password and was asked for a code. */
function createTries(clock: Clock) {
  const kept = new Map<string, { did: Did; expiresAtMs: number }>();
  return {
    keep(key: string, did: Did) {
      const nowMs = clock.nowMs();
      for (const [oldest, { expiresAtMs }] of kept) {
        if (expiresAtMs > nowMs && kept.size < MOST_TRIES) break;
        kept.delete(oldest);
      }
      kept.set(key, { did, expiresAtMs: nowMs + TRY_MS });
    },
    find(key: string): Did | null {
      const found = kept.get(key);
      const isKept = found !== undefined && found.expiresAtMs > clock.nowMs();
      return isKept ? found.did : null;
    },
    forget: (key: string) => void kept.delete(key),
  };
}

/** Told only to who knows the password. */
const FAULT_BY_STATUS: Partial<Record<string, SignInFault>> = {
  deactivated: "deactivated",
  takendown: "taken-down",
  suspended: "taken-down",
};

function refused(fault: SignInFault): SignInResult {
  return { isSignedIn: false, fault };
}
