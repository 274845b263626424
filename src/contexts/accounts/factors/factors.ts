import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { KeyStore } from "#storage/key-store.ts";
import type { PlcClient } from "#contexts/identity/plc.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import type { Random } from "#contexts/security/random.ts";
import type { EmailTokens } from "#contexts/accounts/email-tokens.ts";
import { createBackupCodes } from "./backup-codes.ts";
import { createChallenges } from "./challenges.ts";
import { createFactorCheck, type FactorCheck } from "./factor-check.ts";
import {
  createFactorRecoveries,
  type FactorRecoveries,
} from "./factor-recovery.ts";
import {
  createFactorSettings,
  type FactorSettings,
} from "./factor-settings.ts";
import { createGuessBudget } from "./guesses.ts";
import { createPasskeys, type Passkeys } from "./passkeys.ts";
import { createRecoveryKeys, type RecoveryKeys } from "./recovery-keys.ts";
import { createTotps } from "./totps.ts";
import {
  createTrustedDevices,
  type TrustedDevices,
} from "./trusted-devices.ts";

export interface FactorDeps {
  db: AccountDb;
  keyStore: KeyStore;
  events: Pick<SecurityEvents, "record" | "recordBy">;
  emailTokens: Pick<EmailTokens, "sendSparingly" | "useEmailToken">;
  plc: Pick<PlcClient, "getLastOp">;
  /** did:keys in identities that are not the owners'. */
  serverDidKeys(): readonly string[];
  publicUrl: string;
  /** Name of the server as it is now, which phones and apps keep beside a secret. */
  getServiceName(): string;
  clock: Clock;
  random: Random;
  log: Logger;
}

/** What proves an owner beside the password. */
export interface Factors {
  check: FactorCheck;
  settings: FactorSettings;
  recoveries: FactorRecoveries;
  trustedDevices: TrustedDevices;
  passkeys: Pick<Passkeys, "beginSignIn">;
  recoveryKeys: Pick<RecoveryKeys, "begin">;
}

export function createFactors(deps: FactorDeps): Factors {
  const { db, clock, random, log, events, publicUrl, getServiceName } = deps;
  const rows = db.factors;
  const { hostname } = new URL(publicUrl);
  const challenges = createChallenges({ clock, random });
  const totps = createTotps({
    ...{ keyStore: deps.keyStore, clock, random, getServiceName },
    rows: rows.totps,
  });
  const backupCodes = createBackupCodes({
    ...{ rows: rows.backupCodes, clock, random },
  });
  const passkeys = createPasskeys({
    ...{ challenges, publicUrl, getServiceName, clock, log },
    rows: rows.passkeys,
  });
  const recoveryKeys = createRecoveryKeys({
    ...{ challenges, hostname, plc: deps.plc },
    notOwners: deps.serverDidKeys,
  });
  const guesses = createGuessBudget({
    clock,
    onExhausted: (did, from) =>
      events.record({ did, kind: "factorGuessed", from }),
  });
  return {
    check: createFactorCheck({
      ...{ db, totps, backupCodes, passkeys, recoveryKeys, guesses, events },
      clock,
      emailTokens: deps.emailTokens,
    }),
    settings: createFactorSettings({
      ...{ db, totps, passkeys, backupCodes, clock, events },
    }),
    recoveries: createFactorRecoveries({
      ...{ db, clock, random, events, log, publicUrl },
    }),
    trustedDevices: createTrustedDevices({ rows: rows.trustedDevices, clock }),
    passkeys,
    recoveryKeys,
  };
}
