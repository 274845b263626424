import { XrpcError, takenDown } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountStatus } from "#storage/account/accounts.ts";
import { type Caller, isLimited } from "#contexts/security/caller.ts";
import { permissionsOf, scopeMissing } from "#contexts/security/permissions.ts";

/** One thing that a write does, for permissions that name collections. */
export interface WriteRight {
  action: "create" | "update" | "delete";
  collection: string;
}

/** @returns the account that the caller may write to. */
export type AuthorizeWrites = (
  caller: Caller,
  rights: readonly WriteRight[],
) => Did;

/**
 * Sessions of a password, and of app passwords of either kind, may write
 * everything; applications what they were granted.
 * @throws XrpcError InvalidToken for sessions that may only leave or wait;
 *   ScopeMissingError for a right that was not granted; Forbidden for all who are no account.
 */
export const authorizeSessionWrites: AuthorizeWrites = (caller, rights) => {
  if (caller.kind !== "session" && caller.kind !== "oauth") {
    throw new XrpcError("Forbidden", "Only an account may write records");
  }
  const granted = permissionsOf(caller);
  const missing = rights.find((right) => !granted.allowsRepo(right));
  if (missing === undefined) return caller.did;
  if (!isLimited(caller)) {
    throw new XrpcError("InvalidToken", "Bad token scope");
  }
  const { collection, action } = missing;
  throw scopeMissing(`repo:${collection}?action=${action}`);
};

/**
 * Refuses writes to the repository of an account that is not active.
 * @param status Hosting status, or null for an account that is not here.
 * @throws XrpcError AccountDeactivated, AccountTakedown, AccountNotFound
 */
export function assertMayWrite(status: AccountStatus | null): void {
  switch (status) {
    case "active":
      return;
    case "deactivated":
      throw new XrpcError("AccountDeactivated", "Account is deactivated");
    case "takendown":
    case "suspended":
      throw takenDown();
    default:
      throw new XrpcError("AccountNotFound", "Account not found");
  }
}
