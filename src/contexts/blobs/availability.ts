import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf, type AccountStatus } from "#storage/account/accounts.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { Caller } from "#contexts/security/caller.ts";

/** Hosting status, or null for an account that is not here. */
export function findStatus(
  accountDb: Pick<AccountDb, "accounts">,
  did: Did,
): AccountStatus | null {
  const row = accountDb.accounts.findHosting(did);
  return row === null ? null : statusOf(row);
}

/**
 * Refuses reads of an account that is not public, except to its owner and the
 * operator.
 * @param status Hosting status, or null for an account that is not here.
 * @throws XrpcError RepoNotFound, RepoTakendown, RepoSuspended, RepoDeactivated
 */
export function assertMayRead(
  did: Did,
  status: AccountStatus | null,
  caller: Caller,
): void {
  if (status === null || status === "deleted" || status === "creating") {
    throw new XrpcError("RepoNotFound", `Could not find repo for DID: ${did}`);
  }
  if (status === "active" || isOwnerOrAdmin(did, caller)) return;
  switch (status) {
    case "takendown":
      throw new XrpcError("RepoTakendown", `Repo has been taken down: ${did}`);
    case "suspended":
      throw new XrpcError("RepoSuspended", `Repo has been suspended: ${did}`);
    default:
      throw new XrpcError(
        "RepoDeactivated",
        `Repo has been deactivated: ${did}`,
      );
  }
}

export function isOwnerOrAdmin(did: Did, caller: Caller): boolean {
  return (
    caller.kind === "admin" ||
    ((caller.kind === "session" || caller.kind === "oauth") &&
      caller.did === did)
  );
}

/**
 * For an account that has no file. One that is active has had it: it is lost,
 * a backup gives it back, and nobody may be told that there is no such
 * repository, as a relay would drop it.
 * @throws XrpcError ServiceUnavailable when the account is active.
 */
export function refuseLost(
  stores: Pick<ActorStores, "quarantine" | "find">,
  did: Did,
  status: AccountStatus | null,
): void {
  if (status !== "active") return;
  stores.quarantine(did, "the repository file is missing");
  stores.find(did);
}
