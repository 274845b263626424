import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { FactorRecoveries } from "#contexts/accounts/factors/factor-recovery.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { RecordAct } from "./audit.ts";
import { getHosted } from "./hosted.ts";

/** What the operator can do for an owner who has lost every second factor. */
export interface FactorHelp {
  /**
   * Removes all factors after a day, unless the owner says no by the letter or
   * by signing in. Asked again it changes nothing.
   * @returns when it will be done, in milliseconds.
   * @throws XrpcError NotFound (400); InvalidRequest for an account without a factor.
   */
  removeFactors(input: { did: string }, caller: Caller): { dueAtMs: number };
  /** Stops it. No effect when none waits. @throws XrpcError NotFound (400) */
  keepFactors(input: { did: string }, caller: Caller): void;
  /** When the factors of an account will be removed; null for never. */
  findFactorRemoval(did: Did): { dueAtMs: number } | null;
}

export function createFactorHelp({
  db,
  recoveries,
  record,
}: {
  db: AccountDb;
  recoveries: FactorRecoveries;
  record: RecordAct;
}): FactorHelp {
  return {
    removeFactors: ({ did: text }, caller) =>
      db.transaction(() => {
        const { did } = getHosted(db, text);
        const before = db.factors.recoveries.find(did);
        const { dueAtMs } = recoveries.beginFactorRecovery(did, caller);
        if (before === null) {
          const detail = { dueAt: new Date(dueAtMs).toISOString() };
          record(caller, { action: "removeFactors", subject: did, detail });
        }
        return { dueAtMs };
      }),
    keepFactors: ({ did: text }, caller) =>
      db.transaction(() => {
        const { did } = getHosted(db, text);
        if (!recoveries.stopFactorRecovery(did, caller)) return;
        record(caller, { action: "keepFactors", subject: did });
      }),
    findFactorRemoval: (did) => db.factors.recoveries.find(did),
  };
}
