import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import {
  statusOf,
  type AccountRow,
  type AccountStatus,
} from "#storage/account/accounts.ts";
import type { ActorReader, ActorStores } from "#storage/actor-store.ts";
import type { BlobStore } from "#storage/blob-store.ts";
import type { EventLog } from "#storage/event-log.ts";
import { checkBlobs } from "./blob-check.ts";
import { type Finding, tellFinding } from "./findings.ts";
import { checkLog, type LoggedHead, type Step } from "./log-check.ts";
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
  /** Empty when all is well. */
  problems: Finding[];
}

export interface HostVerification {
  /** Rows of the log that were read. */
  logRows: number;
  /** What concerns the log, or no account that is here. */
  problems: Finding[];
}

const PAGE = 500;

/**
 * Checks every repository of the host with its blobs and all that is derived
 * from it, and the log; or, with `dids`, those accounts only. Nothing may
 * write meanwhile, and the log must have been applied. Damage is told, never
 * thrown.
 * @param onRepo Called for each account as soon as it is done.
 */
export async function verifyHost(
  deps: VerifyDeps,
  dids: readonly Did[] | null,
  onRepo: (report: RepoVerification) => void,
): Promise<HostVerification> {
  const reports = [];
  for (const did of dids ?? [undefined]) {
    reports.push(await checkLog(deps.eventLog, { ...(did && { did }) }));
  }
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
  problems: Finding[],
): Generator<AccountRow> {
  for (const did of dids ?? []) {
    const account = accounts.find(did);
    if (account !== null) yield account;
    else problems.push(tellFinding("noAccount", did));
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
  const report = emptyReport(account);
  // Not there yet, or gone already: the server finishes both.
  if (report.status === "creating" || report.status === "deleted") {
    return report;
  }
  try {
    const { did } = account;
    const store = deps.stores.find(did);
    const named = await fillRepo(report, {
      ...{ deps, account, logged, store, listed: deps.eventLog },
    });
    await fillBlobs(report, deps, named);
  } catch (error) {
    const cause = (error as Error).cause ?? error;
    const detail = (cause as Error).message;
    report.problems.push({ ...tellFinding("unreadable"), detail });
  }
  return report;
}

export function emptyReport(account: AccountRow): RepoVerification {
  return {
    did: account.did,
    status: statusOf(account),
    records: 0,
    blocks: 0,
    blobs: 0,
    missingBlobs: 0,
    orphanBlobs: 0,
    problems: [],
  };
}

/** What is known of one account at one moment. */
export interface AccountMoment {
  deps: Pick<VerifyDeps, "accountDb">;
  account: AccountRow;
  logged: LoggedHead | null;
  store: ActorReader | null;
  /** What host-wide reads say of it. */
  listed: Parameters<typeof checkState>[0];
  step?(records: number): Promise<void>;
}

/** Checks the repository; returns the CIDs of the blobs that its records name. */
export async function fillRepo(
  report: RepoVerification,
  moment: AccountMoment,
): Promise<ReadonlySet<string>> {
  const { deps, account, logged, store, listed, step } = moment;
  if (store === null) {
    report.problems.push(tellFinding("noFile"));
    return new Set();
  }
  const keys = deps.accountDb.signingKeys.list(account.did);
  const signingKeys =
    account.deactivatedAtMs !== null ? null : keys.map(({ didKey }) => didKey);
  const repo = await checkRepo({
    ...{ store, signingKeys, logged, ...(step && { step }) },
  });
  report.records = repo.records;
  report.blocks = repo.blocks;
  const counts = repo.collectionCounts;
  const state = checkState(listed, account, repo.head, counts);
  report.problems.push(...repo.problems, ...state);
  return repo.blobs;
}

/** Checks the files; see `checkBlobs`. */
export async function fillBlobs(
  report: RepoVerification,
  deps: Pick<VerifyDeps, "accountDb" | "blobStore">,
  named: ReadonlySet<string>,
  step?: Step,
): Promise<void> {
  const blobs = await checkBlobs(deps, report.did, named, step);
  report.blobs = blobs.blobs;
  report.missingBlobs = blobs.missing;
  report.orphanBlobs = blobs.orphans;
  report.problems.push(...blobs.problems);
}

/** Repositories that the list of the host names and no account has. */
function strangers({ accountDb, eventLog }: VerifyDeps): Finding[] {
  const problems: Finding[] = [];
  for (let after: Did | null = null; ;) {
    const page = eventLog.listRepos({ after, limit: PAGE });
    for (const { did } of page) {
      if (accountDb.accounts.find(did) === null) {
        problems.push(tellFinding("stranger", did));
      }
    }
    if (page.length < PAGE) return problems;
    after = page.at(-1)!.did;
  }
}
