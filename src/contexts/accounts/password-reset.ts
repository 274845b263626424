import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { Caller, Origin } from "#contexts/security/caller.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import type { Passwords } from "#contexts/security/passwords.ts";
import { findHosted } from "./account-states.ts";
import { checkNewPassword } from "./create-account.ts";
import type { EmailTokens } from "./email-tokens.ts";
import { findByIdentifier } from "./session-methods.ts";

/** What an owner can do who reads the account's mail and has no session. */
export interface PasswordResets {
  /**
   * Mails a code, if there is an account of that address. Whether there is one
   * can be told neither from the answer nor from the time that it takes.
   */
  requestPasswordReset(input: { email: string }, caller?: Caller): void;
  /**
   * Sets a password, ends all sessions and makes all other codes worthless.
   * Second factors stay as they are; beside a stronger one, codes by mail are
   * not taken until that one was used, so that mail alone never gets in.
   * @throws XrpcError InvalidPassword, InvalidToken, ExpiredToken
   */
  resetPassword(
    input: { token: string; password: string },
    caller?: Caller,
  ): Promise<void>;
}

export interface PasswordResetDeps {
  db: AccountDb;
  clock: Clock;
  emailTokens: EmailTokens;
  passwords: Passwords;
  events: Pick<SecurityEvents, "record">;
  shortestPasswordChars?: number;
  log: Logger;
  /** Runs something once the answer is on its way; `setImmediate` unless said. */
  defer?: (fn: () => void) => unknown;
}

export function createPasswordResets(deps: PasswordResetDeps): PasswordResets {
  const { db, emailTokens, passwords, events, defer = setImmediate } = deps;

  function sendCode(email: string, from: Origin | null): void {
    const account = email.includes("@") ? findByIdentifier(db, email) : null;
    if (account === null) return;
    emailTokens.sendSparingly(account, "resetPassword");
    events.record({ did: account.did, kind: "passwordResetAsked", from });
  }

  return {
    requestPasswordReset({ email }, caller) {
      defer(() => {
        try {
          sendCode(email.trim(), caller?.from ?? null);
        } catch (error) {
          deps.log.error("password reset not mailed", { error });
        }
      });
    },
    async resetPassword({ token, password }, caller) {
      checkNewPassword(password, deps.shortestPasswordChars);
      const purpose = "resetPassword" as const;
      const did = emailTokens.findOwner({ purpose, token });
      const passwordHash = await passwords.for(caller?.from).hash(password);
      db.transaction(() => {
        findHosted(db, did);
        emailTokens.useEmailToken({ did, purpose, token });
        db.accounts.update(did, { passwordHash });
        db.sessions.removeAll(did);
        db.emailTokens.removeAll(did);
        const detail = { way: "email" };
        const from = caller?.from ?? null;
        events.record({ did, kind: "passwordChanged", from, detail });
        if (hasStrongFactor(db, did)) {
          const mailDistrustedAtMs = deps.clock.nowMs();
          db.factors.policies.update(did, { mailDistrustedAtMs });
        }
      });
    },
  };
}

function hasStrongFactor({ factors }: AccountDb, did: Did): boolean {
  const { totps, passkeys } = factors;
  return totps.find(did) !== null || passkeys.list(did).length > 0;
}
