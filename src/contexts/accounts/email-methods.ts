import type { Clock } from "#lib/clock.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import {
  emailKey,
  type AccountChanges,
  type AccountRow,
} from "#storage/account/accounts.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import { findHosted } from "./account-states.ts";
import { parseEmailAddress } from "./email-address.ts";
import type { EmailTokens } from "./email-tokens.ts";
import { holdMailFactor, releaseMailFactor } from "./factors/mail-factor.ts";
import { asSession } from "./session-methods.ts";

/** Input of com.atproto.server.updateEmail. */
export interface UpdateEmailInput {
  email: string;
  emailAuthFactor?: boolean;
  token?: string;
}

/**
 * The address at which an owner can be reached, and whether it also guards the
 * sign-in. That needs a confirmed address to begin with; a change of the address
 * alone doesn't end it.
 * @see addressForCodes
 */
export interface EmailMethods {
  /** @throws XrpcError InvalidRequest without an address. */
  requestEmailConfirmation(caller: Caller): void;
  /** @throws XrpcError InvalidEmail for another address, InvalidToken, ExpiredToken */
  confirmEmail(input: { email: string; token: string }, caller: Caller): void;
  /**
   * The same for who has the code and no session: it was mailed to the address,
   * so it proves as much. @returns whose address it is.
   * @throws XrpcError InvalidToken, ExpiredToken
   */
  confirmEmailByCode(input: { token: string }, caller?: Caller): Did;
  /** @returns whether `updateEmail` needs a code, which is mailed then. */
  requestEmailUpdate(caller: Caller): { tokenRequired: boolean };
  /**
   * Changes the address, the second factor, or both. Once the address is
   * confirmed this needs a code, but for switching the factor on.
   * @throws XrpcError TokenRequired, InvalidToken, ExpiredToken
   * @throws XrpcError InvalidRequest when the address is taken or none, or the
   *   factor would guard an address that is not confirmed.
   */
  updateEmail(input: UpdateEmailInput, caller: Caller): void;
  /** Mails the code for com.atproto.server.deleteAccount. */
  requestAccountDelete(caller: Caller): void;
}

export function createEmailMethods(deps: {
  db: AccountDb;
  emailTokens: EmailTokens;
  events: Pick<SecurityEvents, "record" | "recordBy">;
  clock: Clock;
}): EmailMethods {
  const { db, emailTokens, events, clock } = deps;
  const accountOf = (caller: Caller): AccountRow =>
    findHosted(db, asSession(caller).did);

  function checkChange(account: AccountRow, input: UpdateEmailInput): void {
    if (isSame(account, input.email)) {
      if (input.emailAuthFactor && account.emailConfirmedAtMs === null) {
        throw invalidRequest("Confirm the e-mail address first").because(
          "emailUnconfirmed",
        );
      }
      return;
    }
    if (input.emailAuthFactor && account.emailFactorAtMs === null) {
      throw invalidRequest(
        "The new e-mail address has to be confirmed before it can guard the sign-in",
      ).because("emailHeld");
    }
    if (db.accounts.findByEmail(input.email) !== null) {
      throw invalidRequest(
        "This email address is already in use, please use a different email.",
      ).because("emailTaken");
    }
  }

  function changesOf(
    account: AccountRow,
    { email, emailAuthFactor }: UpdateEmailInput,
  ): AccountChanges {
    if (!isSame(account, email)) {
      const isOff = emailAuthFactor === false;
      return {
        ...{ email, emailConfirmedAtMs: null },
        ...(isOff && { emailFactorAtMs: null }),
      };
    }
    if (emailAuthFactor === undefined) return { email };
    const sinceMs = account.emailFactorAtMs ?? clock.nowMs();
    return { email, emailFactorAtMs: emailAuthFactor ? sinceMs : null };
  }

  /** Of the account as it was before. */
  function recordChange(before: AccountRow, caller: Caller): void {
    const owner = asSession(caller);
    const now = findHosted(db, before.did);
    const hadFactor = before.emailFactorAtMs !== null;
    const hasFactor = now.emailFactorAtMs !== null;
    if (now.email !== null && !isSame(before, now.email)) {
      const email = now.email;
      const change = { email, nowMs: clock.nowMs(), byOperator: false };
      if (hasFactor) holdMailFactor(db, before, change);
      events.recordBy(owner, { kind: "emailChanged", alsoTo: [before.email] });
    }
    if (hadFactor === hasFactor) return;
    releaseMailFactor(db, before.did);
    events.recordBy(owner, {
      kind: hasFactor ? "factorAdded" : "factorRemoved",
      detail: { factor: "email" },
      alsoTo: [before.email],
    });
  }

  return {
    requestEmailConfirmation(caller) {
      emailTokens.send(accountOf(caller), "confirmEmail");
    },
    confirmEmail({ email, token }, caller) {
      const account = accountOf(caller);
      const { did } = account;
      if (!isSame(account, email)) {
        throw new XrpcError("InvalidEmail", "Invalid email");
      }
      db.transaction(() => {
        emailTokens.useEmailToken({ did, purpose: "confirmEmail", token });
        db.accounts.update(did, { emailConfirmedAtMs: clock.nowMs() });
        events.recordBy(asSession(caller), { kind: "emailConfirmed" });
      });
    },
    confirmEmailByCode({ token }, caller) {
      const purpose = "confirmEmail" as const;
      return db.transaction(() => {
        const did = emailTokens.findOwner({ purpose, token });
        findHosted(db, did);
        emailTokens.useEmailToken({ did, purpose, token });
        db.accounts.update(did, { emailConfirmedAtMs: clock.nowMs() });
        const from = caller?.from ?? null;
        events.record({ did, kind: "emailConfirmed", from });
        return did;
      });
    },
    requestEmailUpdate(caller) {
      const account = accountOf(caller);
      const tokenRequired = account.emailConfirmedAtMs !== null;
      if (tokenRequired) emailTokens.send(account, "updateEmail");
      return { tokenRequired };
    },
    updateEmail(given, caller) {
      const account = accountOf(caller);
      const { did } = account;
      const input = { ...given, email: parseEmailAddress(given.email) };
      db.transaction(() => {
        if (needsToken(account, input)) {
          const token = requireToken(input);
          emailTokens.useEmailToken({ did, purpose: "updateEmail", token });
        }
        checkChange(account, input);
        db.accounts.update(did, changesOf(account, input));
        // Whoever reads the old address has no more say.
        if (!isSame(account, input.email)) db.emailTokens.removeAll(did);
        recordChange(account, caller);
      });
    },
    requestAccountDelete(caller) {
      emailTokens.send(accountOf(caller), "deleteAccount");
      events.recordBy(asSession(caller), { kind: "deletionAsked" });
    },
  };
}

function isSame(account: AccountRow, email: string): boolean {
  return account.email !== null && emailKey(account.email) === emailKey(email);
}

/** Switching the factor on needs no proof: it can lock out nobody who reads the mail. */
function needsToken(account: AccountRow, input: UpdateEmailInput): boolean {
  if (account.emailConfirmedAtMs === null) return false;
  const onlyProtects =
    isSame(account, input.email) && input.emailAuthFactor === true;
  return !onlyProtects;
}

function requireToken({ token }: UpdateEmailInput): string {
  if (token !== undefined && token !== "") return token;
  throw new XrpcError("TokenRequired", "confirmation token required");
}
