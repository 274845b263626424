import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf, type AccountRow } from "#storage/account/accounts.ts";
import type {
  FactorAnswer,
  FactorKind,
} from "#contexts/accounts/factors/factor-check.ts";
import type { Factors } from "#contexts/accounts/factors/factors.ts";
import { findByIdentifier } from "#contexts/accounts/session-methods.ts";
import {
  hashAppPassword,
  LONGEST_PASSWORD_CHARS,
  type Passwords,
} from "#contexts/security/passwords.ts";
import type { Origin } from "#contexts/security/caller.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import type { FactorStep, SignInFault, SignInResult } from "./view.ts";

/** What somebody fills in, in one step or in two. */
export interface Credentials {
  /** Handle, DID or e-mail address. */
  identifier: string;
  password: string;
  /** A passkey's answer in place of both; empty for none. */
  passkey: string;
  /** The second step; null while it was not shown. */
  factor: FactorAnswer | null;
  /** Which second step to show instead; null for the best. */
  wantedFactor: FactorKind | null;
  /** After a second step: it is not asked for in this browser for a while. */
  isTrusted: boolean;
}

export interface SignInPlace {
  deviceId: string;
  /** Names the try: whoever gave the right password need not give it again with the second factor. */
  tryKey: string;
  from: Origin;
  /** The only account that may; null for any. */
  expected: Did | null;
  /** The second factor is asked for even in a browser that is trusted. */
  isStrict?: boolean;
  /** Accounts that rest or were taken down may come in too: their owner sees to them. */
  mayRest?: boolean;
}

/**
 * Checks who signs in on a page. App passwords are for programs and do not
 * count here; accounts that are not active have nothing to allow an application.
 */
export type SignIn = (
  given: Credentials,
  place: SignInPlace,
) => Promise<SignInResult>;

export interface SignInDeps {
  db: Pick<AccountDb, "accounts" | "appPasswords">;
  passwords: Passwords;
  factors: Factors;
  events: Pick<SecurityEvents, "record">;
  clock: Clock;
  log: Pick<Logger, "error">;
  /** Runs something once the answer is on its way; `setImmediate` unless said. */
  defer?: (fn: () => void) => unknown;
}

/** As long as a code by mail is good. */
const TRY_MS = 15 * 60_000;
const MOST_TRIES = 10_000;

export function createSignIn(deps: SignInDeps): SignIn {
  const { db, factors, events, defer = setImmediate } = deps;
  const tries = createTries(deps.clock);
  const isPasswordOf = createPasswordCheck(deps);

  /** The next page of the second step. */
  function stepFor(
    account: AccountRow,
    offered: FactorKind[],
    { wanted, deviceId }: { wanted: FactorKind | null; deviceId: string },
  ): FactorStep {
    const isOffered = wanted !== null && offered.includes(wanted);
    const chosen = isOffered ? wanted : offered[0]!;
    const keys = () => factors.settings.listPasskeys(account.did);
    return {
      offered,
      chosen,
      passkeyOptions:
        chosen === "passkey"
          ? factors.passkeys.beginSignIn(deviceId, keys())
          : null,
      sentence:
        chosen === "recovery-key"
          ? factors.recoveryKeys.begin(account.did, deviceId)
          : null,
    };
  }

  function recordFailure(
    account: AccountRow | null,
    reason: "password" | "factor",
    from: Origin,
  ): void {
    if (account === null) return;
    const { did } = account;
    const detail = { way: "page", reason };
    // Not before the answer, whose time would tell that there is an account.
    defer(() => {
      try {
        events.record({ did, kind: "signInFailed", from, detail });
      } catch (error) {
        deps.log.error("sign_in.not_recorded", { did, error });
      }
    });
  }

  /** The second step of somebody whose password was right. */
  async function checkFactor(
    account: AccountRow,
    given: Credentials,
    { deviceId, tryKey, from, isStrict = false }: SignInPlace,
  ): Promise<SignInResult> {
    const { factor, wantedFactor } = given;
    const { did } = account;
    const offered = factors.check.listOffered(account);
    const isTrusted =
      !isStrict && factors.trustedDevices.isTrusted(deviceId, did);
    if (offered.length === 0 || isTrusted) {
      tries.forget(tryKey);
      return { isSignedIn: true, did, isProved: offered.length === 0 };
    }
    tries.keep(tryKey, did);
    const wanted = factor?.kind ?? wantedFactor;
    const refuse = (fault: SignInFault): SignInResult => ({
      isSignedIn: false,
      fault,
      factor: stepFor(account, offered, { wanted, deviceId }),
    });
    if (factor === null) {
      const refusal = refuse("factor-needed");
      const isByMail =
        !refusal.isSignedIn && refusal.factor?.chosen === "email";
      if (isByMail) factors.check.sendCode(account);
      return refusal;
    }
    try {
      const place = { deviceId, from };
      const isRight = await factors.check.check(account, factor, place);
      if (!isRight) {
        recordFailure(account, "factor", from);
        return refuse("code-wrong");
      }
    } catch (error) {
      return refuse(faultOf(error));
    }
    tries.forget(tryKey);
    if (given.isTrusted) factors.trustedDevices.trust(deviceId, did);
    return { isSignedIn: true, did, isProved: true };
  }

  async function checkPasskey(
    response: string,
    { deviceId, from, expected, mayRest = false }: SignInPlace,
  ): Promise<SignInResult> {
    const place = { deviceId, from };
    const did = await factors.check.checkPasskey(response, place);
    const account = did && db.accounts.find(did);
    if (!account) return refused("passkey-wrong");
    if (expected !== null && account.did !== expected) {
      return refused("other-account");
    }
    const fault = mayRest ? undefined : FAULT_BY_STATUS[statusOf(account)];
    if (fault !== undefined) return refused(fault);
    return { isSignedIn: true, did: account.did, isProved: true };
  }

  return async (given, place) => {
    const { identifier, password } = given;
    const { tryKey, expected } = place;
    if (given.passkey !== "") return checkPasskey(given.passkey, place);
    if (password.length > LONGEST_PASSWORD_CHARS) return refused("wrong");
    const account = findByIdentifier(db, identifier);
    const isKnown =
      account !== null && password === "" && tries.find(tryKey) === account.did;
    let isCorrect: boolean;
    try {
      isCorrect =
        isKnown || (await isPasswordOf(account, password, place.from));
    } catch (error) {
      return refused(faultOf(error));
    }
    if (account === null || !isCorrect) {
      recordFailure(account, "password", place.from);
      const isForPrograms = isAppPassword(db, account, password);
      return refused(isForPrograms ? "app-password" : "wrong");
    }
    if (expected !== null && account.did !== expected) {
      return refused("other-account");
    }
    const status = statusOf(account);
    const fault = place.mayRest ? undefined : FAULT_BY_STATUS[status];
    if (fault !== undefined) return refused(fault);
    return checkFactor(account, given, place);
  };
}

function createPasswordCheck({ db, passwords: all }: SignInDeps) {
  return async (
    account: AccountRow | null,
    password: string,
    from: SignInPlace["from"],
  ) => {
    const passwords = all.for(from);
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
  };
}

function isAppPassword(
  db: SignInDeps["db"],
  account: AccountRow | null,
  password: string,
): boolean {
  if (account === null) return false;
  const { did } = account;
  const hash = hashAppPassword(did, password);
  return db.appPasswords.findByHash(did, hash) !== null;
}

/** Who gave the right password and was asked for a second factor. */
function createTries(clock: Clock) {
  const kept = new Map<string, { did: Did; expiresAtMs: number }>();
  return {
    keep(key: string, did: Did) {
      const nowMs = clock.nowMs();
      for (const [oldest, { expiresAtMs }] of kept) {
        if (expiresAtMs > nowMs && kept.size < MOST_TRIES) break;
        kept.delete(oldest);
      }
      // Not prolonged by each wrong code.
      if (kept.get(key)?.did === did) return;
      kept.delete(key);
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
  return { isSignedIn: false, fault, factor: null };
}

/** A refusal as a page tells it; thrown on is what is none, and what a page says itself: how long to wait. */
function faultOf(error: unknown): SignInFault {
  if (error instanceof XrpcError && error.status === 503) return "busy";
  throw error;
}
