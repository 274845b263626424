import type { Did, Handle } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";

/** The account that a handle belongs to, or is about to; null for one that is free. */
export function findHolder(
  db: Pick<AccountDb, "accounts" | "handleUpdates">,
  handle: Handle,
): Did | null {
  const found =
    db.accounts.findByHandle(handle) ?? db.handleUpdates.findByHandle(handle);
  return found?.did ?? null;
}
