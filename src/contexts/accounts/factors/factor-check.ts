import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import type { Origin } from "#contexts/security/caller.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import type { EmailTokens } from "#contexts/accounts/email-tokens.ts";
import { normalizeBackupCode, type BackupCodes } from "./backup-codes.ts";
import type { GuessBudget } from "./guesses.ts";
import { addressForCodes } from "./mail-factor.ts";
import type { Passkeys } from "./passkeys.ts";
import type { RecoveryKeys } from "./recovery-keys.ts";
import type { Totps } from "./totps.ts";

/** Ways to prove oneself beside the password, best first. */
export type FactorKind =
  "passkey" | "totp" | "email" | "backup-code" | "recovery-key";

/** What somebody gives after the password. */
export type FactorAnswer =
  | { kind: "totp" | "email" | "backup-code"; code: string }
  | { kind: "passkey"; response: string }
  | { kind: "recovery-key"; sentence: string; signature: string };

/** Where an answer comes from. */
export interface FactorPlace {
  deviceId: string;
  from: Origin | null;
}

/** The second step of a sign-in. */
export interface FactorCheck {
  /** What may follow the password, best first; nothing when the password is enough. */
  listOffered(account: AccountRow): FactorKind[];
  /**
   * Judges an answer of a page; a right one counts once. True also tells that
   * whatever else was under way because a factor seemed lost is over.
   * @throws XrpcError RateLimitExceeded after too many wrong ones; ServiceUnavailable
   */
  check(
    account: AccountRow,
    answer: FactorAnswer,
    place: FactorPlace,
  ): Promise<boolean>;
  /**
   * The same for `authFactorToken`, whose form says what it is. A code is
   * mailed where that is the account's way.
   * @throws XrpcError AuthFactorTokenRequired (401) without a token.
   * @throws XrpcError InvalidToken, ExpiredToken (400), RateLimitExceeded (429)
   */
  checkToken(
    account: AccountRow,
    token: string | undefined,
    from: Origin | null,
  ): void;
  /** Mails a code, unless one was a moment ago. */
  sendCode(account: AccountRow): void;
  /** Whose passkey signed, where that is all that somebody gives. */
  checkPasskey(response: string, place: FactorPlace): Promise<Did | null>;
}

export interface FactorCheckDeps {
  db: Pick<AccountDb, "factors" | "transaction">;
  clock: Clock;
  emailTokens: Pick<EmailTokens, "sendSparingly" | "useEmailToken">;
  totps: Totps;
  backupCodes: BackupCodes;
  passkeys: Passkeys;
  recoveryKeys: RecoveryKeys;
  guesses: GuessBudget;
  events: Pick<SecurityEvents, "record">;
}

export function createFactorCheck(deps: FactorCheckDeps): FactorCheck {
  const { db, clock, emailTokens, guesses, events } = deps;
  const rows = db.factors;

  const sendCode: FactorCheck["sendCode"] = (account) => {
    const email = addressForCodes(db, account, clock.nowMs());
    emailTokens.sendSparingly({ ...account, email }, "signIn");
  };

  function listOffered({ did, email, emailFactorAtMs }: AccountRow) {
    const policy = rows.policies.get(did);
    const byMail = emailFactorAtMs !== null && email !== null;
    if (policy.factorRequiredAtMs === null && !byMail) return [];
    const strong: FactorKind[] = [];
    if (rows.passkeys.list(did).length > 0) strong.push("passkey");
    if (rows.totps.find(did) !== null) strong.push("totp");
    const mayMail = policy.mailDistrustedAtMs === null || strong.length === 0;
    return [
      ...strong,
      ...(byMail && mayMail ? (["email"] as const) : []),
      ...(rows.backupCodes.countUnused(did) > 0
        ? (["backup-code"] as const)
        : []),
      ...(did.startsWith("did:plc:") ? (["recovery-key"] as const) : []),
    ];
  }

  /** Whoever shows a factor has lost none. */
  function noteProof(did: Did, kind: FactorKind, from: Origin | null): void {
    guesses.forgive(did);
    db.transaction(() => {
      if (kind !== "email") {
        const { mailDistrustedAtMs } = rows.policies.get(did);
        if (mailDistrustedAtMs !== null) {
          rows.policies.update(did, { mailDistrustedAtMs: null });
        }
      }
      if (rows.recoveries.remove(did)) {
        events.record({ did, kind: "recoveryCancelled", from });
      }
      if (kind === "backup-code") {
        const detail = { left: deps.backupCodes.countLeft(did) };
        events.record({ did, kind: "backupCodeUsed", from, detail });
      }
      if (kind === "recovery-key") {
        events.record({ did, kind: "recoveryKeyUsed", from });
      }
    });
  }

  async function isRight(
    { did }: AccountRow,
    answer: FactorAnswer,
    deviceId: string,
  ): Promise<boolean> {
    switch (answer.kind) {
      case "totp":
        return deps.totps.use(did, answer.code);
      case "backup-code":
        return deps.backupCodes.use(did, answer.code);
      case "email":
        return isMailedCode(did, answer.code);
      case "passkey":
        return (await deps.passkeys.verify({ ...answer, deviceId })) === did;
      case "recovery-key":
        return deps.recoveryKeys.verify({ ...answer, did, deviceId });
    }
  }

  function isMailedCode(did: Did, token: string): boolean {
    try {
      emailTokens.useEmailToken({ did, purpose: "signIn", token });
      return true;
    } catch (error) {
      if (error instanceof XrpcError && error.status < 500) return false;
      throw error;
    }
  }

  /** @throws XrpcError InvalidToken, ExpiredToken */
  function useToken(
    { did }: AccountRow,
    token: string,
    offered: readonly FactorKind[],
  ): FactorKind {
    const kind = kindOfToken(token);
    if (!offered.includes(kind)) throw invalidToken();
    if (kind === "email") {
      emailTokens.useEmailToken({ did, purpose: "signIn", token });
      return kind;
    }
    const codes = kind === "totp" ? deps.totps : deps.backupCodes;
    if (!codes.use(did, token)) throw invalidToken();
    return kind;
  }

  return {
    listOffered,
    async check(account, answer, { deviceId, from }) {
      const { did } = account;
      if (!listOffered(account).includes(answer.kind)) return false;
      guesses.take(did, from);
      const isProof = await isRight(account, answer, deviceId);
      if (isProof) noteProof(did, answer.kind, from);
      return isProof;
    },
    checkToken(account, given, from) {
      const offered = listOffered(account);
      if (offered.length === 0) return;
      const token = given?.trim() ?? "";
      if (token === "") {
        if (offered.includes("email")) sendCode(account);
        throw new XrpcError("AuthFactorTokenRequired", askFor(offered));
      }
      guesses.take(account.did, from);
      noteProof(account.did, useToken(account, token, offered), from);
    },
    sendCode,
    async checkPasskey(response, { deviceId, from }) {
      const did = await deps.passkeys.verify({ deviceId, response });
      if (did !== null) noteProof(did, "passkey", from);
      return did;
    },
  };
}

/** Codes by mail have ten characters; digits alone are an app's. */
function kindOfToken(token: string): "totp" | "email" | "backup-code" {
  if (/^[\d\s]+$/.test(token)) return "totp";
  return normalizeBackupCode(token) === null ? "email" : "backup-code";
}

/** People read this in whatever application they sign in with. */
function askFor(offered: readonly FactorKind[]): string {
  if (offered.includes("email")) {
    return "A sign-in code has been sent to your e-mail address";
  }
  return offered.includes("totp")
    ? "Enter the code that your authenticator app shows"
    : "Enter one of your backup codes, or sign in with an app password";
}

// Clients look for these words.
function invalidToken(): XrpcError {
  return new XrpcError("InvalidToken", "Token is invalid");
}
