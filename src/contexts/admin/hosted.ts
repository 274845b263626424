import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf, type AccountRow } from "#storage/account/accounts.ts";

/** The account, unless it is still being made or already being deleted. */
export function findHosted(
  db: Pick<AccountDb, "accounts">,
  did: string,
): AccountRow | null {
  const row = db.accounts.find(did as Did);
  return row !== null && isHosted(row) ? row : null;
}

export function isHosted(row: AccountRow): boolean {
  const status = statusOf(row);
  return status !== "creating" && status !== "deleted";
}

/** @throws XrpcError NotFound (400) */
export function getHosted(
  db: Pick<AccountDb, "accounts">,
  did: string,
): AccountRow {
  const row = findHosted(db, did);
  if (row === null) throw subjectNotFound("Account not found");
  return row;
}

/** Moderation tools take this name with 400, where other methods have 404. */
export function subjectNotFound(message: string): XrpcError {
  return new XrpcError("NotFound", message, { status: 400 });
}
