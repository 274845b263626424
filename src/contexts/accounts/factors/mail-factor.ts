import type { AccountDb } from "#storage/account/account-db.ts";
import { type AccountRow, emailKey } from "#storage/account/accounts.ts";

/**
 * Codes by mail outlive a change of the address: a factor must not vanish with
 * it, nor pass at once to whoever reads the new one. They go to the address
 * before until the new one is confirmed, and where the operator changed it for
 * a day at least, in which the owner can say no, as when factors are removed.
 */

type Db = Pick<AccountDb, "factors">;

export const OPERATOR_HOLD_MS = 24 * 3_600_000;

/** Where codes that guard the sign-in go now; null for an account without an address. */
export function addressForCodes(
  { factors }: Db,
  { did, email, emailConfirmedAtMs }: AccountRow,
  nowMs: number,
): string | null {
  const { heldEmail, heldUntilMs } = factors.policies.get(did);
  const isOver = emailConfirmedAtMs !== null && (heldUntilMs ?? 0) <= nowMs;
  return heldEmail === null || isOver ? email : heldEmail;
}

/** Codes that go to the address before, for the owner to know. */
export interface HeldCodes {
  /** Where they go. */
  address: string;
  /** The address that is to be confirmed first; null for one that is. */
  toConfirm: string | null;
  /** Not before; null where nothing but the confirmation is awaited. */
  untilMs: number | null;
}

/** null where codes go to the account's address, or none guard the sign-in. */
export function findHeldCodes(
  db: Db,
  account: AccountRow,
  nowMs: number,
): HeldCodes | null {
  const { did, email, emailConfirmedAtMs, emailFactorAtMs } = account;
  const address = addressForCodes(db, account, nowMs);
  if (emailFactorAtMs === null || address === null || address === email) {
    return null;
  }
  const { heldUntilMs } = db.factors.policies.get(did);
  return {
    address,
    toConfirm: emailConfirmedAtMs === null ? email : null,
    untilMs: (heldUntilMs ?? 0) > nowMs ? heldUntilMs : null,
  };
}

/**
 * To be called in the transaction that changes the address.
 * @param before the account as it was
 * @returns where codes go from now on; null where none guard the sign-in.
 */
export function holdMailFactor(
  db: Db,
  before: AccountRow,
  change: { email: string; nowMs: number; byOperator: boolean },
): string | null {
  const { did, emailFactorAtMs } = before;
  if (emailFactorAtMs === null) return null;
  const { nowMs, email } = change;
  const held = addressForCodes(db, before, nowMs);
  const { policies } = db.factors;
  // Back to where they go anyway.
  if (held === null || emailKey(held) === emailKey(email)) {
    releaseMailFactor(db, did);
    return email;
  }
  const untilMs = nowMs + (change.byOperator ? OPERATOR_HOLD_MS : 0);
  const earlierMs = policies.get(did).heldUntilMs ?? 0;
  const heldUntilMs = Math.max(untilMs, earlierMs);
  policies.update(did, { heldEmail: held, heldUntilMs });
  return held;
}

/** Whoever switches the factor off, or on anew, begins with the address that is there. */
export function releaseMailFactor(
  { factors }: Db,
  did: AccountRow["did"],
): void {
  if (factors.policies.get(did).heldEmail === null) return;
  factors.policies.update(did, { heldEmail: null, heldUntilMs: null });
}
