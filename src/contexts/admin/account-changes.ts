import type { Clock } from "#lib/clock.ts";
import { invalidRequest } from "#lib/errors.ts";
import { isDid, normalizeHandle, type Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import { checkNewPassword } from "#contexts/accounts/create-account.ts";
import { parseEmailAddress } from "#contexts/accounts/email-address.ts";
import { holdMailFactor } from "#contexts/accounts/factors/mail-factor.ts";
import { emailTaken } from "#contexts/accounts/reservation.ts";
import type { Mail } from "#contexts/mail/mail.ts";
import type { Caller } from "#contexts/security/caller.ts";
import { authorOf, type SecurityEvents } from "#contexts/security/events.ts";
import type { Passwords } from "#contexts/security/passwords.ts";
import type { RecordAct } from "./audit.ts";
import { findHosted, getHosted, isHosted } from "./hosted.ts";

/** What the operator may do to an account in its owner's place, whatever its status. */
export interface AccountChanges {
  /**
   * Deletes everything of the account here; the identity stays as it is.
   * @throws XrpcError NotFound (400)
   */
  deleteAccount(input: { did: string }, caller: Caller): Promise<void>;
  /**
   * The address has to be confirmed (again), and codes that were sent before are
   * worthless. Where codes by mail guard the sign-in they go on doing so: to the
   * address before, for a day and until the new one is confirmed.
   * @throws XrpcError InvalidRequest when the address is taken or none, or there is no such account.
   */
  updateAccountEmail(
    input: { account: string; email: string },
    caller: Caller,
  ): void;
  /**
   * Reserved names are allowed. The identity is changed too.
   * @throws XrpcError NotFound (400); InvalidHandle, HandleNotAvailable, and
   *   what else a change of handle may meet.
   */
  updateAccountHandle(
    input: { did: string; handle: string },
    caller: Caller,
  ): Promise<void>;
  /**
   * Ends all sessions, those of app passwords too; app passwords stay.
   * @throws XrpcError NotFound (400), InvalidPassword
   */
  updateAccountPassword(
    input: { did: string; password: string },
    caller: Caller,
  ): Promise<void>;
  /**
   * Changes the key that signs the account's commits, in its identity too.
   * @param input.signingKey did:key of a key that this server has reserved.
   * @throws XrpcError NotFound (400), and what `KeyRotations.rotateKey` throws.
   */
  updateAccountSigningKey(
    input: { did: string; signingKey: string },
    caller: Caller,
  ): Promise<void>;
  /**
   * Writes a letter, which is sent in its time.
   * @throws XrpcError InvalidRequest when there is no such account, or it has no address.
   */
  sendEmail(
    input: {
      recipientDid: string;
      senderDid: string;
      /** Text or HTML. */
      content: string;
      subject?: string;
      /** For other moderators only. */
      comment?: string;
    },
    caller: Caller,
  ): { sent: boolean };
}

export interface AccountChangeDeps {
  db: AccountDb;
  mail: Pick<Mail, "sendNote">;
  passwords: Pick<Passwords, "hash">;
  /** Of new passwords; 8 unless said. */
  shortestPasswordChars?: number;
  /** Deletes an account; goes on after a crash. */
  deleteHosted(did: Did): Promise<unknown>;
  changeHandle(change: {
    did: Did;
    handle: string;
    byOperator: boolean;
    caller: Caller;
  }): Promise<void>;
  rotateKey(change: { did: Did; didKey: string }): Promise<void>;
  events: Pick<SecurityEvents, "record">;
  clock: Clock;
  record: RecordAct;
}

const DEFAULT_SUBJECT = "Message via your PDS";

export function createAccountChanges(deps: AccountChangeDeps): AccountChanges {
  const { db, events, record } = deps;
  return {
    async deleteAccount(input, caller) {
      const { did, handle } = getHosted(db, input.did);
      await deps.deleteHosted(did);
      const detail = { handle };
      record(caller, { action: "deleteAccount", subject: did, detail });
    },
    updateAccountEmail({ account, email: text }, caller) {
      const email = parseEmailAddress(text);
      db.transaction(() => {
        const row = findByName(db, account);
        if (row === null) {
          throw invalidRequest(`Account does not exist: ${account}`).because(
            "accountUnknown",
            { account },
          );
        }
        changeEmail(db, row, email);
        const nowMs = deps.clock.nowMs();
        const change = { email, nowMs, byOperator: true };
        const codesTo = holdMailFactor(db, row, change);
        events.record({
          ...{ did: row.did, kind: "emailChanged", ...authorOf(caller) },
          ...(codesTo !== null && { detail: { codesTo } }),
          alsoTo: [row.email],
        });
        record(caller, { action: "updateAccountEmail", subject: row.did });
      });
    },
    async updateAccountHandle({ did: text, handle }, caller) {
      const { did, handle: before } = getHosted(db, text);
      await deps.changeHandle({ did, handle, byOperator: true, caller });
      const detail = { before, after: normalizeHandle(handle) };
      record(caller, { action: "updateAccountHandle", subject: did, detail });
    },
    async updateAccountPassword({ did: text, password }, caller) {
      checkNewPassword(password, deps.shortestPasswordChars);
      const { did } = getHosted(db, text);
      const passwordHash = await deps.passwords.hash(password);
      db.transaction(() => {
        getHosted(db, did);
        db.accounts.update(did, { passwordHash });
        db.sessions.removeAll(did);
        db.emailTokens.removeAll(did);
        const author = authorOf(caller);
        events.record({ did, kind: "passwordChanged", ...author });
        record(caller, { action: "updateAccountPassword", subject: did });
      });
    },
    async updateAccountSigningKey({ did: text, signingKey }, caller) {
      const { did } = getHosted(db, text);
      await deps.rotateKey({ did, didKey: signingKey });
      events.record({ did, kind: "keyRotated", ...authorOf(caller) });
      const action = "updateAccountSigningKey";
      record(caller, { action, subject: did, detail: { signingKey } });
    },
    sendEmail(input, caller) {
      const { senderDid, comment, content } = input;
      const subject = input.subject?.trim() || DEFAULT_SUBJECT;
      db.transaction(() => {
        const row = findHosted(db, input.recipientDid);
        if (row === null) throw invalidRequest("Recipient not found");
        const { did, email } = row;
        if (email === null) {
          throw invalidRequest(
            "The account does not have an email address",
          ).because("emailNone");
        }
        deps.mail.sendNote({ did, to: email, subject, content });
        const detail = { senderDid, subject, comment };
        record(caller, { action: "sendEmail", subject: did, detail });
      });
      return { sent: true };
    },
  };
}

function findByName(db: AccountDb, name: string): AccountRow | null {
  const row = isDid(name)
    ? db.accounts.find(name)
    : db.accounts.findByHandle(normalizeHandle(name));
  return row !== null && isHosted(row) ? row : null;
}

function changeEmail(db: AccountDb, { did }: AccountRow, email: string): void {
  const holder = db.accounts.findByEmail(email);
  if (holder !== null && holder.did !== did) throw emailTaken(email);
  db.accounts.update(did, { email, emailConfirmedAtMs: null });
  db.emailTokens.removeAll(did);
}
