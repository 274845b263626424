import type { Clock } from "#lib/clock.ts";
import { invalidRequest } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { AccountCaller } from "#contexts/security/caller.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import { findHosted } from "#contexts/accounts/account-states.ts";
import type { BackupCodes } from "./backup-codes.ts";
import { releaseMailFactor } from "./mail-factor.ts";
import { passkeyName, type Passkeys } from "./passkeys.ts";
import { createSignInViews, type SignInViews } from "./sign-in-views.ts";
import type { Totps, TotpSecret } from "./totps.ts";

/** An application that was added, and codes for the day when it is lost, where there were none. */
export interface NewFactor {
  backupCodes: string[] | null;
}

/**
 * What an owner changes about the ways into the account. Whoever calls has
 * made sure of a fresh sign-in; every change is mailed.
 */
export interface FactorSettings extends SignInViews {
  /** The secret for an app, the same until it is confirmed. @throws XrpcError AccountNotFound */
  beginTotp(did: Did): TotpSecret;
  /** null for a wrong code. Replaces the app that was in use. */
  confirmTotp(owner: AccountCaller, code: string): NewFactor | null;
  /** No effect when there is none. */
  removeTotp(owner: AccountCaller): void;
  /** @throws XrpcError AccountNotFound */
  beginPasskey(did: Did, deviceId: string): Promise<object>;
  /** null for an answer of a device that is wrong or late, or a key that is there already. */
  addPasskey(
    owner: AccountCaller,
    answer: { deviceId: string; response: string; name: string },
  ): Promise<NewFactor | null>;
  /** @throws XrpcError InvalidRequest for an empty name or a key that is gone. */
  renamePasskey(did: Did, id: string, name: string): void;
  /**
   * No effect when it is gone.
   * @throws XrpcError InvalidRequest when it is the only way in.
   */
  removePasskey(owner: AccountCaller, id: string): void;
  /** Ten new ones, in place of those before. */
  makeBackupCodes(owner: AccountCaller): string[];
  /** @throws XrpcError InvalidRequest without a confirmed address. */
  setEmailFactor(owner: AccountCaller, isOn: boolean): void;
  /** @throws XrpcError InvalidRequest without a factor. */
  setFactorRequired(owner: AccountCaller, isRequired: boolean): void;
  setAppsRefused(owner: AccountCaller, areRefused: boolean): void;
  /** No effect when it is not trusted. */
  distrustDevice(did: Did, deviceId: string): void;
}

export interface FactorSettingsDeps {
  db: AccountDb;
  totps: Totps;
  passkeys: Passkeys;
  backupCodes: BackupCodes;
  clock: Clock;
  events: Pick<SecurityEvents, "recordBy">;
}

/** What the log and letters call a factor and a rule, in each language. */
type FactorDetail =
  { factor: "totp" | "email" } | { factor: "passkey"; name: string };
type Rule =
  "factorRequired" | "factorNotRequired" | "appsRefused" | "appsAllowed";

const APP: FactorDetail = { factor: "totp" };
const MAIL: FactorDetail = { factor: "email" };

export function createFactorSettings(deps: FactorSettingsDeps): FactorSettings {
  const { db, totps, passkeys, backupCodes, clock, events } = deps;
  const rows = db.factors;
  const hasFactor = (did: Did) =>
    rows.totps.find(did) !== null || rows.passkeys.list(did).length > 0;

  const tellFactor = (
    owner: AccountCaller,
    kind: "factorAdded" | "factorRemoved",
    detail: FactorDetail,
  ) => events.recordBy(owner, { kind, detail });
  const tellRule = (owner: AccountCaller, rule: Rule) =>
    events.recordBy(owner, { kind: "signInPolicyChanged", detail: { rule } });

  /** From the first factor on it is asked for, and there is a way back without it. */
  function welcome(did: Did): NewFactor {
    if (rows.policies.get(did).factorRequiredAtMs === null) {
      rows.policies.update(did, { factorRequiredAtMs: clock.nowMs() });
    }
    const hasCodes = backupCodes.countLeft(did) > 0;
    return { backupCodes: hasCodes ? null : backupCodes.make(did) };
  }

  function sayGoodbye(did: Did): void {
    if (hasFactor(did)) return;
    rows.policies.update(did, {
      ...{ factorRequiredAtMs: null, mailDistrustedAtMs: null },
    });
    // They would be asked for beside codes by mail only, which are enough.
    rows.backupCodes.replace(did, []);
    rows.trustedDevices.removeAll(did);
  }

  return {
    ...createSignInViews(deps),
    beginTotp: (did) => totps.begin(findHosted(db, did)),
    confirmTotp: (owner, code) =>
      db.transaction(() => {
        if (!totps.confirm(owner.did, code)) return null;
        tellFactor(owner, "factorAdded", APP);
        return welcome(owner.did);
      }),
    removeTotp: (owner) =>
      db.transaction(() => {
        if (!rows.totps.remove(owner.did)) return;
        sayGoodbye(owner.did);
        tellFactor(owner, "factorRemoved", APP);
      }),
    beginPasskey: (did, deviceId) =>
      passkeys.beginRegistration(findHosted(db, did), deviceId),
    async addPasskey(owner, answer) {
      const { did } = owner;
      const key = await passkeys.register({ ...answer, did });
      if (key === null) return null;
      return db.transaction(() => {
        tellFactor(owner, "factorAdded", {
          factor: "passkey",
          name: key.name,
        });
        return welcome(did);
      });
    },
    renamePasskey(did, id, text) {
      const name = passkeyName(text);
      if (name === null)
        throw invalidRequest("A passkey needs a name").because("passkeyName");
      if (!rows.passkeys.rename(did, id, name)) {
        throw invalidRequest("There is no such passkey").because("passkeyGone");
      }
    },
    removePasskey: (owner, id) =>
      db.transaction(() => {
        const { did } = owner;
        const keys = rows.passkeys.list(did);
        const key = keys.find((one) => one.id === id);
        if (key === undefined) return;
        const { passwordHash } = findHosted(db, did);
        if (passwordHash === null && keys.length === 1) {
          throw invalidRequest(
            "The account has no password, so its last passkey has to stay. Set a password first.",
          ).because("passkeyLast");
        }
        rows.passkeys.remove(did, id);
        sayGoodbye(did);
        tellFactor(owner, "factorRemoved", {
          factor: "passkey",
          name: key.name,
        });
      }),
    makeBackupCodes: (owner) =>
      db.transaction(() => {
        events.recordBy(owner, { kind: "backupCodesReplaced" });
        return backupCodes.make(owner.did);
      }),
    setEmailFactor: (owner, isOn) =>
      db.transaction(() => {
        const { did } = owner;
        const account = findHosted(db, did);
        if ((account.emailFactorAtMs !== null) === isOn) return;
        if (isOn && account.emailConfirmedAtMs === null) {
          throw invalidRequest("Confirm the e-mail address first").because(
            "emailUnconfirmed",
          );
        }
        const emailFactorAtMs = isOn ? clock.nowMs() : null;
        db.accounts.update(did, { emailFactorAtMs });
        releaseMailFactor(db, did);
        tellFactor(owner, isOn ? "factorAdded" : "factorRemoved", MAIL);
      }),
    setFactorRequired: (owner, isRequired) =>
      db.transaction(() => {
        const { did } = owner;
        const { factorRequiredAtMs } = rows.policies.get(did);
        if ((factorRequiredAtMs !== null) === isRequired) return;
        if (isRequired && !hasFactor(did)) {
          throw invalidRequest(
            "Add an authenticator app or a passkey first",
          ).because("factorFirst");
        }
        rows.policies.update(did, {
          factorRequiredAtMs: isRequired ? clock.nowMs() : null,
        });
        tellRule(owner, isRequired ? "factorRequired" : "factorNotRequired");
      }),
    setAppsRefused: (owner, areRefused) =>
      db.transaction(() => {
        const { did } = owner;
        const { appsRefusedAtMs } = rows.policies.get(did);
        if ((appsRefusedAtMs !== null) === areRefused) return;
        rows.policies.update(did, {
          appsRefusedAtMs: areRefused ? clock.nowMs() : null,
        });
        tellRule(owner, areRefused ? "appsRefused" : "appsAllowed");
      }),
    distrustDevice: (did, deviceId) =>
      void rows.trustedDevices.remove(did, deviceId),
  };
}
