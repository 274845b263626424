import type { Storage } from "./storage.ts";
import type { Accounts } from "#contexts/accounts/accounts.ts";
import type { Activations } from "#contexts/accounts/activation.ts";
import type { Deletions } from "#contexts/accounts/deletion.ts";
import type { FactorRecoveries } from "#contexts/accounts/factors/factor-recovery.ts";
import type { KeyRotations } from "#contexts/accounts/key-rotation.ts";
import { createAdmin, type Admin } from "#contexts/admin/admin.ts";
import type { Mail } from "#contexts/mail/mail.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import type { Passwords } from "#contexts/security/passwords.ts";
import { type Clock } from "#lib/clock.ts";
import { type Logger } from "#lib/log.ts";
import { type KeyedMutex } from "#lib/mutex.ts";
import type { Config } from "#config.ts";

export function createAdminContext(
  config: Config,
  { accountDb: db, stores, blobStore }: Storage,
  deps: {
    clock: Clock;
    log: Logger;
    locks: KeyedMutex;
    accounts: Accounts;
    activations: Activations;
    deletions: Deletions;
    keyRotations: KeyRotations;
    mail: Mail;
    passwords: Passwords;
    events: SecurityEvents;
    recoveries: FactorRecoveries;
  },
): Admin {
  const { accounts, activations, deletions, keyRotations, ...shared } = deps;
  return createAdmin({
    ...shared,
    db,
    stores,
    blobStore,
    states: accounts.states,
    ...(config.devMode && { shortestPasswordChars: 1 }),
    changeHandle: accounts.changeHandle,
    deleteHosted: deletions.deleteAccount,
    rotateKey: keyRotations.rotateKey,
    activate: activations.activate,
  });
}
