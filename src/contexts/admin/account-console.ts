import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type {
  AccountFilter,
  AccountLine,
  AccountSort,
} from "#storage/account/account-pages.ts";
import { statusOf, type AccountStatus } from "#storage/account/accounts.ts";
import type { AdminEventRow } from "#storage/account/admin-events.ts";
import type { UsageRow } from "#storage/account/usage.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { EventLog } from "#storage/event-log.ts";
import type { Accounts } from "#contexts/accounts/accounts.ts";
import type { CreateAccountInput } from "#contexts/accounts/create-account.ts";
import type { EmailTokens } from "#contexts/accounts/email-tokens.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { RecordAct } from "./audit.ts";
import type { Clock } from "#lib/clock.ts";
import { findHosted, getHosted } from "./hosted.ts";

export type { AccountFilter, AccountLine, AccountSort, AccountStatus };
export type { MailState } from "#storage/account/mails.ts";
export type { ApplicationState } from "#storage/account/applications.ts";

/** An account as the operator sees it. */
export interface AccountDetail {
  did: Did;
  handle: string;
  email: string | null;
  emailConfirmedAtMs: number | null;
  hasPassword: boolean;
  /** Something beside the password that its owner could lose. */
  hasFactor: boolean;
  /** When all of that will be removed; null for never. */
  factorsGoAtMs: number | null;
  status: AccountStatus;
  createdAtMs: number;
  deactivatedAtMs: number | null;
  deleteAfterMs: number | null;
  takedownAtMs: number | null;
  takedownRef: string | null;
  invitesDisabledAtMs: number | null;
  inviteNote: string | null;
  /** As it is now. */
  usage: Omit<UsageRow, "measuredAtMs">;
  collections: { name: string; records: number }[];
  sessions: number;
  applications: number;
  appPasswords: number;
  /** Newest first. */
  acts: AdminEventRow[];
}

export interface AccountConsole {
  list(options: {
    filter: AccountFilter;
    sort: AccountSort;
    cursor: string | null;
    /** 50 unless said. */
    limit?: number;
  }): { lines: AccountLine[]; next: string | null };
  countByStatus(): Record<AccountStatus, number>;
  /** null for one that is not here. */
  find(did: string): AccountDetail | null;
  /** Makes an account, whatever the registration says. @throws as Accounts.createAccount */
  create(input: CreateAccountInput, caller: Caller): Promise<{ did: Did }>;
  /** Takes the operator's word that the address is the owner's. @throws XrpcError NotFound (400), InvalidRequest */
  verifyEmail(did: string, caller: Caller): void;
  /** Mails the owner a code. @throws XrpcError NotFound (400), InvalidRequest without an address */
  sendReset(did: string, caller: Caller): void;
  /**
   * A code that sets a new password once, within 15 minutes, for the operator
   * to hand over. One that was mailed before is worthless from then on.
   */
  makeReset(did: string, caller: Caller): { token: string };
  /** Ends all sessions, those of applications too. */
  signOut(did: string, caller: Caller): void;
  /** A new key for the account's commits. @throws what a change of key throws */
  rotateKey(did: string, caller: Caller): Promise<void>;
  /** What was done in the operator's name; newest first. */
  listActs(before: number | null, limit?: number): AdminEventRow[];
}

const PAGE = 50;
const ACTS_SHOWN = 20;

export function createAccountConsole(deps: {
  db: AccountDb;
  eventLog: Pick<EventLog, "collectionCounts">;
  stores: Pick<ActorStores, "sizeBytes">;
  accounts: Pick<Accounts, "createAccount" | "reserveSigningKey">;
  emailTokens: Pick<EmailTokens, "send" | "issue">;
  updateSigningKey(
    input: { did: string; signingKey: string },
    caller: Caller,
  ): Promise<void>;
  record: RecordAct;
  clock: Clock;
}): AccountConsole {
  const { db, record, clock } = deps;
  return {
    list: (options) => db.accountPages.list({ limit: PAGE, ...options }),
    countByStatus: db.usage.countByStatus,
    find(did) {
      const row = findHosted(db, did);
      if (row === null) return null;
      const { passwordHash, generation: _g, creationState: _c, ...rest } = row;
      const counts = deps.eventLog.collectionCounts(row.did);
      const usage = db.usage.find(row.did);
      return {
        ...rest,
        hasPassword: passwordHash !== null,
        hasFactor:
          row.emailFactorAtMs !== null ||
          db.factors.totps.find(row.did) !== null ||
          db.factors.passkeys.list(row.did).length > 0,
        factorsGoAtMs: db.factors.recoveries.find(row.did)?.dueAtMs ?? null,
        status: statusOf(row),
        // Lists show what was measured last, which may be hours ago or never.
        usage: {
          blobCount: usage?.blobCount ?? 0,
          blobBytes: usage?.blobBytes ?? 0,
          repoBytes: deps.stores.sizeBytes(row.did),
          recordCount: [...counts.values()].reduce((sum, n) => sum + n, 0),
        },
        collections: [...counts]
          .map(([name, records]) => ({ name, records }))
          .toSorted((a, b) => b.records - a.records),
        sessions: db.sessions.list(row.did).length,
        applications: db.oauth.tokens.list(row.did).length,
        appPasswords: db.appPasswords.list(row.did).length,
        acts: db.adminEvents.listOf(row.did, ACTS_SHOWN),
      };
    },
    async create(input, caller) {
      const made = await deps.accounts.createAccount(input, caller);
      db.sessions.removeAll(made.did);
      const detail = { handle: made.handle };
      record(caller, { action: "createAccount", subject: made.did, detail });
      return { did: made.did };
    },
    verifyEmail(text, caller) {
      db.transaction(() => {
        const { did, email } = getHosted(db, text);
        if (email === null) {
          throw new XrpcError(
            "InvalidRequest",
            "The account has no address",
          ).because("emailNone");
        }
        db.accounts.update(did, { emailConfirmedAtMs: clock.nowMs() });
        record(caller, { action: "verifyEmail", subject: did });
      });
    },
    sendReset(text, caller) {
      const row = getHosted(db, text);
      deps.emailTokens.send(row, "resetPassword");
      record(caller, { action: "sendPasswordReset", subject: row.did });
    },
    makeReset(text, caller) {
      const { did } = getHosted(db, text);
      return db.transaction(() => {
        const token = deps.emailTokens.issue(did, "resetPassword");
        record(caller, { action: "makePasswordReset", subject: did });
        return { token };
      });
    },
    signOut(text, caller) {
      db.transaction(() => {
        const { did } = getHosted(db, text);
        db.sessions.removeAll(did);
        record(caller, { action: "endSessions", subject: did });
      });
    },
    async rotateKey(text, caller) {
      const { did } = getHosted(db, text);
      const { signingKey } = deps.accounts.reserveSigningKey({ did });
      await deps.updateSigningKey({ did, signingKey }, caller);
    },
    listActs: (before, limit = PAGE) => db.adminEvents.list({ before, limit }),
  };
}
