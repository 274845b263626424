import type { Clock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import type { PasskeyRow } from "#storage/account/passkeys.ts";
import { findHosted } from "#contexts/accounts/account-states.ts";
import type { BackupCodes } from "./backup-codes.ts";
import { findHeldCodes, type HeldCodes } from "./mail-factor.ts";

export interface PasskeyView {
  id: string;
  name: string;
  isBackedUp: boolean;
  createdAtMs: number;
  lastUsedAtMs: number | null;
}

export interface TrustedDeviceView {
  deviceId: string;
  userAgent: string | null;
  ipAddress: string;
  untilMs: number;
}

/** All ways into an account, for its owner. */
export interface SignInSettings {
  hasPassword: boolean;
  /** A factor is asked for after the password. */
  isFactorRequired: boolean;
  /** Programs may not sign in with the main password. */
  areAppsRefused: boolean;
  totp: { sinceMs: number; lastUsedAtMs: number | null } | null;
  passkeys: PasskeyView[];
  backupCodesLeft: number;
  /** `unconfirmed` and `none`: the address has to be there and confirmed first. */
  email: "on" | "off" | "unconfirmed" | "none";
  emailAddress: string | null;
  /** Codes by mail that do not go there yet; null when they do. */
  heldCodes: HeldCodes | null;
  trustedDevices: TrustedDeviceView[];
  /** When the operator will remove all factors; null for never. */
  recoveryDueAtMs: number | null;
}

/** What there is, to be shown or asked for. */
export interface SignInViews {
  /** @throws XrpcError AccountNotFound */
  getSignInSettings(did: Did): SignInSettings;
  /** With what only the check of an answer needs. */
  listPasskeys(did: Did): PasskeyRow[];
}

export function createSignInViews({
  db,
  backupCodes,
  clock,
}: {
  db: AccountDb;
  backupCodes: Pick<BackupCodes, "countLeft">;
  clock: Clock;
}): SignInViews {
  const rows = db.factors;
  return {
    listPasskeys: (did) => rows.passkeys.list(did),
    getSignInSettings(did) {
      const account = findHosted(db, did);
      const policy = rows.policies.get(did);
      const totp = rows.totps.find(did);
      const nowMs = clock.nowMs();
      return {
        hasPassword: account.passwordHash !== null,
        isFactorRequired: policy.factorRequiredAtMs !== null,
        areAppsRefused: policy.appsRefusedAtMs !== null,
        totp: totp && {
          sinceMs: totp.confirmedAtMs!,
          lastUsedAtMs: totp.lastUsedAtMs,
        },
        passkeys: rows.passkeys
          .list(did)
          .map(({ id, name, isBackedUp, createdAtMs, lastUsedAtMs }) => ({
            ...{ id, name, isBackedUp, createdAtMs, lastUsedAtMs },
          })),
        backupCodesLeft: backupCodes.countLeft(did),
        email: emailStateOf(account),
        emailAddress: account.email,
        heldCodes: findHeldCodes(db, account, nowMs),
        trustedDevices: rows.trustedDevices
          .list(did)
          .filter(({ untilMs }) => untilMs > nowMs)
          .map(({ deviceId, userAgent, ipAddress, untilMs }) => ({
            ...{ deviceId, userAgent, ipAddress, untilMs },
          })),
        recoveryDueAtMs: rows.recoveries.find(did)?.dueAtMs ?? null,
      };
    },
  };
}

function emailStateOf(account: AccountRow): SignInSettings["email"] {
  if (account.emailFactorAtMs !== null) return "on";
  if (account.email === null) return "none";
  return account.emailConfirmedAtMs === null ? "unconfirmed" : "off";
}
