import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import {
  statusOf,
  type AccountRow,
  type AccountStatus,
} from "#storage/account/accounts.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { BlobStore } from "#storage/blob-store.ts";
import type { EventLog } from "#storage/event-log.ts";
import { checkBlobs } from "./blob-check.ts";
import { checkLog, type LoggedHead } from "./log-check.ts";
import { checkRepo } from "./repo-check.ts";
import { checkState } from "./state-check.ts";

export interface VerifyDeps {
  accountDb: AccountDb;
  eventLog: EventLog;
  stores: ActorStores;
  blobStore: BlobStore;
}

/** What a check found of one account. */
export interface RepoVerification {
  did: Did;
  status: AccountStatus;
  records: number;
  blocks: number;
  blobs: number;
  /** Blobs that its records name and that were never uploaded here. */
  missingBlobs: number;
  /** Blob files that nothing knows of; they do no harm. */
  orphanBlobs: number;
  /** Sentences; empty when all is well. */
  problems: string[];
}

export interface HostVerification {
  /** Rows of the log that were read. */
  logRows: number;
  /** What concerns the log, or no account that is here. */
  problems: string[];
}

const PAGE = 500;

/**
 * Checks every repository of the host with its blobs and all that is derived
 * from it, and the log; or, with `dids`, those accounts only. Nothing may
 * write meanwhile, and the log must have been applied. Damage is told in
 * sentences, never thrown.
 * @param onRepo Called for each account as soon as it is done.
 */
export async function verifyHost(
  deps: VerifyDeps,
  dids: readonly Did[] | null,
  onRepo: (report: RepoVerification) => void,
): Promise<HostVerification> {
  const logs = dids === null ? [undefined] : dids;
  const reports = logs.map((did) => checkLog(deps.eventLog, did));
  const heads = new Map(reports.flatMap((report) => [...report.heads]));
  const problems = reports.flatMap((report) => report.problems);
  for (const account of accountsOf(deps.accountDb, dids, problems)) {
    onRepo(await verifyAccount(deps, account, heads.get(account.did) ?? null));
  }
  if (dids === null) problems.push(...strangers(deps));
  const logRows = reports.reduce((sum, { rows }) => sum + rows, 0);
  return { logRows, problems };
}

function* accountsOf(
  { accounts }: AccountDb,
  dids: readonly Did[] | null,
  problems: string[],
): Generator<AccountRow> {
  for (const did of dids ?? []) {
    const account = accounts.find(did);
    if (account !== null) yield account;
    else problems.push(`there is no account ${did}`);
  }
  if (dids !== null) return;
  for (let after: Did | null = null; ;) {
    const page: AccountRow[] = accounts.list({ after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.did;
  }
}

async function verifyAccount(
  deps: VerifyDeps,
  account: AccountRow,
  logged: LoggedHead | null,
): Promise<RepoVerification> {
  const report: RepoVerification = {
    did: account.did,
    status: statusOf(account),
    records: 0,
    blocks: 0,
    blobs: 0,
    missingBlobs: 0,
    orphanBlobs: 0,
    problems: [],
  };
  // Not there yet, or gone already: the server finishes both.
  if (report.status === "creating" || report.status === "deleted") {
    return report;
  }
  try {
    await fill(report, deps, account, logged);
  } catch (error) {
    const cause = (error as Error).cause ?? error;
    report.problems.push(`it cannot be read: ${(cause as Error).message}`);
  }
  return report;
}

async function fill(
  report: RepoVerification,
  deps: VerifyDeps,
  account: AccountRow,
  logged: LoggedHead | null,
): Promise<void> {
  const { did } = account;
  const store = deps.stores.find(did);
  if (store === null) {
    report.problems.push("the repository file is missing");
    return;
  }
  const keys = deps.accountDb.signingKeys.list(did);
  const signingKeys =
    account.deactivatedAtMs !== null ? null : keys.map(({ didKey }) => didKey);
  const repo = checkRepo({ store, signingKeys, logged });
  report.records = repo.records;
  report.blocks = repo.blocks;
  const state = checkState(
    deps.eventLog,
    account,
    repo.head,
    repo.collectionCounts,
  );
  report.problems.push(...repo.problems, ...state);
  const blobs = await checkBlobs(deps, did, repo.blobs);
  report.blobs = blobs.blobs;
  report.missingBlobs = blobs.missing;
  report.orphanBlobs = blobs.orphans;
  report.problems.push(...blobs.problems);
}

/** Repositories that the list of the host names and no account has. */
function strangers({ accountDb, eventLog }: VerifyDeps): string[] {
  const problems: string[] = [];
  for (let after: Did | null = null; ;) {
    const page = eventLog.listRepos({ after, limit: PAGE });
    for (const { did } of page) {
      if (accountDb.accounts.find(did) === null) {
        problems.push(
          `the list of repositories has ${did}, which is no account`,
        );
      }
    }
    if (page.length < PAGE) return problems;
    after = page.at(-1)!.did;
  }
}
