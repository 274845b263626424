import type { Storage } from "./storage.ts";
import type { Accounts } from "#contexts/accounts/accounts.ts";
import { createAdmin, type Admin } from "#contexts/admin/admin.ts";
import type { Mail } from "#contexts/mail/mail.ts";
import { createPasswords } from "#contexts/security/passwords.ts";
import { type Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
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
    mail: Mail;
  },
): Admin {
  const { accounts, ...shared } = deps;
  return createAdmin({
    ...shared,
    db,
    stores,
    blobStore,
    states: accounts.states,
    passwords: createPasswords({ slots: 1 }),
    ...(config.devMode && { shortestPasswordChars: 1 }),
    changeHandle: accounts.changeHandle,
    deleteHosted: async () => {
      throw new XrpcError("MethodNotImplemented", "Deletion is not here yet");
    },
    activate: async () => {
      throw new XrpcError("MethodNotImplemented", "Activation is not here yet");
    },
  });
}
