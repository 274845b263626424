import { invalidRequest } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { AccountCaller } from "#contexts/security/caller.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import type { Passwords } from "#contexts/security/passwords.ts";
import { findHosted } from "./account-states.ts";
import { checkNewPassword } from "./create-account.ts";

/** What a signed-in owner does about the password, after a fresh sign-in. */
export interface PasswordChanges {
  /**
   * Sets a password, or the first one. Ends every session, application and
   * trust but that of the browser in which it is done; app passwords too, if
   * asked to. Codes that were mailed before are worthless.
   * @throws XrpcError InvalidPassword, AccountNotFound
   */
  changePassword(
    owner: AccountCaller,
    change: { password: string; deviceId: string; endsAppPasswords: boolean },
  ): Promise<void>;
  /**
   * Leaves passkeys as the only way in.
   * @throws XrpcError InvalidRequest without a passkey.
   */
  removePassword(owner: AccountCaller, deviceId: string): void;
}

export interface PasswordChangeDeps {
  db: AccountDb;
  passwords: Pick<Passwords, "hash">;
  shortestPasswordChars?: number;
  events: Pick<SecurityEvents, "recordBy">;
}

export function createPasswordChanges(
  deps: PasswordChangeDeps,
): PasswordChanges {
  const { db, events } = deps;

  function store(
    did: Did,
    deviceId: string,
    passwordHash: string | null,
  ): void {
    findHosted(db, did);
    db.accounts.update(did, { passwordHash });
    db.sessions.removeAll(did, { deviceId });
    db.emailTokens.removeAll(did);
  }

  return {
    async changePassword(owner, { password, deviceId, endsAppPasswords }) {
      const { did } = owner;
      checkNewPassword(password, deps.shortestPasswordChars);
      const passwordHash = await deps.passwords.hash(password);
      db.transaction(() => {
        store(did, deviceId, passwordHash);
        if (endsAppPasswords) db.appPasswords.removeAll(did);
        const detail = { way: "account", endsAppPasswords };
        events.recordBy(owner, { kind: "passwordChanged", detail });
      });
    },
    removePassword: (owner, deviceId) =>
      db.transaction(() => {
        const { did } = owner;
        if (db.factors.passkeys.list(did).length === 0) {
          throw invalidRequest(
            "Without a passkey nothing else would let you in. Add one first.",
          ).because("passkeyFirst");
        }
        store(did, deviceId, null);
        events.recordBy(owner, { kind: "passwordRemoved" });
      }),
  };
}
