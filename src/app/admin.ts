import type { Storage } from "./storage.ts";
import type { Accounts } from "#contexts/accounts/accounts.ts";
import { createAdmin, type Admin } from "#contexts/admin/admin.ts";
import { type Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { type Logger } from "#lib/log.ts";
import { type KeyedMutex } from "#lib/mutex.ts";

export function createAdminContext(
  { accountDb: db, stores, blobStore }: Storage,
  deps: { clock: Clock; log: Logger; locks: KeyedMutex; accounts: Accounts },
): Admin {
  const { accounts, ...shared } = deps;
  return createAdmin({
    ...shared,
    db,
    stores,
    blobStore,
    states: accounts.states,
    activate: async () => {
      throw new XrpcError("MethodNotImplemented", "Activation is not here yet");
    },
  });
}
