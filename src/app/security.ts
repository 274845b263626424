import type { Credentials } from "./credentials.ts";
import type { Storage } from "./storage.ts";
import type { Identity } from "#contexts/identity/identity.ts";
import {
  type AdminSessions,
  createAdminSessions,
} from "#contexts/security/admin-sessions.ts";
import { systemRandom } from "#contexts/security/random.ts";
import { createSecurity, type Security } from "#contexts/security/security.ts";
import { type Clock } from "#lib/clock.ts";
import { type Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type { Config } from "#config.ts";

/** Guesses at the operator's password that one address has in five minutes. */
const MOST_ADMIN_FAILURES = 20;

/** Proof of who calls, and who is signed in on the operator's pages. */
export function createSecurityContexts(
  config: Config,
  { accountDb: db }: Storage,
  deps: Credentials & {
    identity: Identity;
    clock: Clock;
    log: Logger;
  },
): { security: Security; admins: AdminSessions } {
  const { identity, passwords, clock, log } = deps;
  const security = createSecurity({
    adminPassword: config.adminPassword?.reveal() ?? null,
    adminTokenHash: config.adminTokenHash?.reveal() ?? null,
    mostFailures: config.rateLimitsEnabled ? MOST_ADMIN_FAILURES : null,
    serviceDid: config.serviceDid,
    modServiceDid: config.modService?.did ?? null,
    resolveKey: (did, options) => identity.signingKeyOf(did, options),
    ...{ passwords, clock },
  });
  const admins = createAdminSessions({
    ...{ db, clock, log },
    check: security,
    takesPasswords: config.adminPasswordInBrowsers,
    adminDids: config.adminDids,
    isProtected: (did) => isProtected(db, did),
    random: systemRandom,
  });
  return { security, admins };
}

/** True for an account that a password alone does not open. */
function isProtected(db: Storage["accountDb"], did: Did): boolean {
  const { factorRequiredAtMs } = db.factors.policies.get(did);
  const account = db.accounts.find(did);
  if (account === null) return false;
  // A passkey that is not asked for beside the password guards nothing.
  return factorRequiredAtMs !== null || account.emailFactorAtMs !== null;
}
