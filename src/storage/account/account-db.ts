import {
  closeDatabase,
  makeTailDurable,
  openDatabase,
} from "#storage/sqlite.ts";
import { accountMigrations } from "./migrations.ts";
import { createAccountPages, type AccountPages } from "./account-pages.ts";
import { createAccountRows, type AccountRows } from "./accounts.ts";
import { createAdminEventRows, type AdminEventRows } from "./admin-events.ts";
import { createApplicationRows, type ApplicationRows } from "./applications.ts";
import {
  createAdminSessionRows,
  type AdminSessionRows,
} from "./admin-sessions.ts";
import {
  createAppPasswordRows,
  type AppPasswordRows,
} from "./app-passwords.ts";
import { createBlobRows, type BlobRows } from "./blobs.ts";
import { createDelegationRows, type DelegationRows } from "./delegations.ts";
import { createEmailTokenRows, type EmailTokenRows } from "./email-tokens.ts";
import { createFactorRows, type FactorRows } from "./factors.ts";
import { createGroupCommit, type GroupCommit } from "./group-commit.ts";
import {
  createHandleUpdateRows,
  type HandleUpdateRows,
} from "./handle-updates.ts";
import {
  createImportReportRows,
  type ImportReportRows,
} from "./import-reports.ts";
import { createInviteCodeRows, type InviteCodeRows } from "./invite-codes.ts";
import { createJobTargetRows, type JobTargetRows } from "./job-targets.ts";
import { createJobRows, type JobRows } from "./jobs.ts";
import {
  createKeyRotationRows,
  type KeyRotationRows,
} from "./key-rotations.ts";
import { createLanguageRows, type LanguageRows } from "./languages.ts";
import { createListingRows, type ListingRows } from "./listings.ts";
import { createMailRows, type MailRows } from "./mails.ts";
import { createMetricRows, type MetricRows } from "./metrics.ts";
import { createOAuthRows, type OAuthRows } from "./oauth.ts";
import { createOutboxRows, type OutboxRows } from "./outbox.ts";
import {
  createPlcOperationRows,
  type PlcOperationRows,
} from "./plc-operations.ts";
import { createPreferenceRows, type PreferenceRows } from "./preferences.ts";
import {
  createReservedKeyRows,
  type ReservedKeyRows,
} from "./reserved-keys.ts";
import { createHostEventRows, type HostEventRows } from "./host-events.ts";
import {
  createSecurityEventRows,
  type SecurityEventRows,
} from "./security-events.ts";
import { createSessionRows, type SessionRows } from "./sessions.ts";
import { createSettingRows, type SettingRows } from "./settings.ts";
import { createSigningKeyRows, type SigningKeyRows } from "./signing-keys.ts";
import { createTakedownRows, type TakedownRows } from "./takedowns.ts";
import {
  createUnwantedLetterRows,
  type UnwantedLetterRows,
} from "./unwanted-letters.ts";
import { createUsageRows, type UsageRows } from "./usage.ts";

/**
 * account.sqlite: what only the host knows of its accounts. Every change is
 * on disk when the call returns; all calls are synchronous.
 */
export interface AccountDb {
  readonly accounts: AccountRows;
  readonly accountPages: AccountPages;
  readonly adminEvents: AdminEventRows;
  readonly adminSessions: AdminSessionRows;
  readonly appPasswords: AppPasswordRows;
  readonly applications: ApplicationRows;
  readonly blobs: BlobRows;
  readonly delegations: DelegationRows;
  readonly emailTokens: EmailTokenRows;
  readonly factors: FactorRows;
  readonly handleUpdates: HandleUpdateRows;
  readonly importReports: ImportReportRows;
  readonly inviteCodes: InviteCodeRows;
  readonly jobs: JobRows;
  readonly jobTargets: JobTargetRows;
  readonly keyRotations: KeyRotationRows;
  readonly listings: ListingRows;
  readonly mails: MailRows;
  readonly metrics: MetricRows;
  readonly oauth: OAuthRows;
  readonly outbox: OutboxRows;
  readonly plcOperations: PlcOperationRows;
  readonly preferences: PreferenceRows;
  readonly reservedKeys: ReservedKeyRows;
  readonly securityEvents: SecurityEventRows;
  /** The same rows, over all accounts. */
  readonly hostEvents: HostEventRows;
  readonly sessions: SessionRows;
  readonly settings: SettingRows;
  readonly signingKeys: SigningKeyRows;
  readonly takedowns: TakedownRows;
  readonly unwantedLetters: UnwantedLetterRows;
  readonly languages: LanguageRows;
  readonly usage: UsageRows;
  /** All changes of `fn` or none; a throw takes them back. May be nested. */
  transaction<T>(fn: () => T): T;
  /** See `GroupCommit`. */
  commitSoon: GroupCommit;
  close(): void;
}

/**
 * @throws OperatorError (exit 78) when the file isn't ours or is newer than this program.
 * @throws OperatorError (exit 70) when what the last process left can't be made durable.
 */
export function openAccountDb(path: string): AccountDb {
  makeTailDurable(path);
  const db = openDatabase({
    path,
    kind: "account",
    synchronous: "FULL",
    cacheKib: 1024,
    migrations: accountMigrations,
  });
  return {
    accounts: createAccountRows(db),
    accountPages: createAccountPages(db),
    adminEvents: createAdminEventRows(db),
    adminSessions: createAdminSessionRows(db),
    appPasswords: createAppPasswordRows(db),
    applications: createApplicationRows(db),
    blobs: createBlobRows(db),
    delegations: createDelegationRows(db),
    emailTokens: createEmailTokenRows(db),
    factors: createFactorRows(db),
    handleUpdates: createHandleUpdateRows(db),
    importReports: createImportReportRows(db),
    inviteCodes: createInviteCodeRows(db),
    jobs: createJobRows(db),
    jobTargets: createJobTargetRows(db),
    keyRotations: createKeyRotationRows(db),
    listings: createListingRows(db),
    mails: createMailRows(db),
    metrics: createMetricRows(db),
    oauth: createOAuthRows(db),
    outbox: createOutboxRows(db),
    plcOperations: createPlcOperationRows(db),
    preferences: createPreferenceRows(db),
    reservedKeys: createReservedKeyRows(db),
    securityEvents: createSecurityEventRows(db),
    hostEvents: createHostEventRows(db),
    sessions: createSessionRows(db),
    settings: createSettingRows(db),
    signingKeys: createSigningKeyRows(db),
    takedowns: createTakedownRows(db),
    unwantedLetters: createUnwantedLetterRows(db),
    languages: createLanguageRows(db),
    usage: createUsageRows(db),
    transaction: (fn) => db.transaction(fn).immediate(),
    commitSoon: createGroupCommit(db),
    close: () => closeDatabase(db),
  };
}
