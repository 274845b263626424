import { createHash } from "node:crypto";
import type { Clock } from "#lib/clock.ts";
import { invalidRequest } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { FactorRecoveryRow } from "#storage/account/factors.ts";
import { randomId, type Random } from "#contexts/security/random.ts";
import type { Caller, Origin } from "#contexts/security/caller.ts";
import { authorOf, type SecurityEvents } from "#contexts/security/events.ts";
import { releaseMailFactor } from "./mail-factor.ts";
import { findHosted } from "#contexts/accounts/account-states.ts";

/**
 * What the operator can do for an owner who has lost every factor: after a day
 * they are all removed, unless somebody who still has one, or reads the mail,
 * says no. The day is for the owner whom somebody else pretends to be.
 */
export interface FactorRecoveries {
  /**
   * Begins it, and mails the owner how to stop it. Asked again it changes nothing.
   * @returns when it will be done.
   * @throws XrpcError AccountNotFound; InvalidRequest for an account without a factor.
   */
  beginFactorRecovery(did: Did, operator: Caller): { dueAtMs: number };
  /** Stops it, for the operator or a signed-in owner; false when none waits. */
  stopFactorRecovery(did: Did, caller: Caller): boolean;
  /** Whose recovery the link of a letter is about; null when it is over. */
  findRecoveryByLink(token: string): { handle: Handle; dueAtMs: number } | null;
  /** Stops it by the link; false when it is over. */
  stopRecoveryByLink(token: string, from: Origin | null): boolean;
  /** Removes the factors of those whose day is over; what a crash left is done by the next call. */
  finishFactorRecoveries(): void;
}

const DELAY_MS = 24 * 3_600_000;
const CHUNK_ROWS = 100;

export function createFactorRecoveries({
  db,
  clock,
  random,
  events,
  log,
  publicUrl,
}: {
  db: AccountDb;
  clock: Clock;
  random: Random;
  events: Pick<SecurityEvents, "record">;
  log: Pick<Logger, "info">;
  publicUrl: string;
}): FactorRecoveries {
  const rows = db.factors;
  const findByLink = (token: string) =>
    rows.recoveries.findByCancelHash(hash(token));

  function isProtected(did: Did): boolean {
    const { emailFactorAtMs } = findHosted(db, did);
    return (
      emailFactorAtMs !== null ||
      rows.totps.find(did) !== null ||
      rows.passkeys.list(did).length > 0
    );
  }

  function stop(did: Did, author: ReturnType<typeof authorOf>): boolean {
    return db.transaction(() => {
      const isStopped = rows.recoveries.remove(did);
      if (isStopped) {
        events.record({ did, kind: "recoveryCancelled", ...author });
      }
      return isStopped;
    });
  }

  function finish({ did }: FactorRecoveryRow): void {
    db.transaction(() => {
      if (!rows.recoveries.remove(did)) return;
      rows.totps.remove(did);
      rows.passkeys.removeAll(did);
      rows.backupCodes.replace(did, []);
      rows.trustedDevices.removeAll(did);
      const none = { factorRequiredAtMs: null, mailDistrustedAtMs: null };
      releaseMailFactor(db, did);
      rows.policies.update(did, none);
      db.accounts.update(did, { emailFactorAtMs: null });
      db.sessions.removeAll(did);
      events.record({ did, kind: "recoveryDone", actor: "admin" });
    });
    log.info("factor_recovery.done", { did });
  }

  return {
    beginFactorRecovery: (did, operator) =>
      db.transaction(() => {
        findHosted(db, did);
        const waiting = rows.recoveries.find(did);
        if (waiting !== null) return { dueAtMs: waiting.dueAtMs };
        if (!isProtected(did)) {
          throw invalidRequest("The account has no second factor").because(
            "factorNone",
          );
        }
        const token = randomId(random);
        const askedAtMs = clock.nowMs();
        const dueAtMs = askedAtMs + DELAY_MS;
        rows.recoveries.add({
          ...{ did, askedAtMs, dueAtMs },
          cancelHash: hash(token),
        });
        const { origin } = new URL(publicUrl);
        const link = `${origin}/account/keep-factors?token=${token}`;
        events.record({
          ...{ did, kind: "recoveryBegun", ...authorOf(operator) },
          letterDetail: { link },
        });
        return { dueAtMs };
      }),
    stopFactorRecovery: (did, caller) => stop(did, authorOf(caller)),
    findRecoveryByLink(token) {
      const row = findByLink(token);
      const account = row && db.accounts.find(row.did);
      return account && { handle: account.handle, dueAtMs: row!.dueAtMs };
    },
    stopRecoveryByLink(token, from) {
      const row = findByLink(token);
      return row !== null && stop(row.did, { from });
    },
    finishFactorRecoveries() {
      for (;;) {
        const due = rows.recoveries.listDue(clock.nowMs(), CHUNK_ROWS);
        due.forEach(finish);
        if (due.length < CHUNK_ROWS) return;
      }
    },
  };
}

function hash(token: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(token).digest());
}
