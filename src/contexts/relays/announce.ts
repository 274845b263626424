import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf, type AccountRow } from "#storage/account/accounts.ts";
import type { EventLog } from "#storage/event-log.ts";
import { accountEvent as accountEventOf } from "#contexts/accounts/account-states.ts";
import { wasEverActive } from "#contexts/accounts/deletion.ts";
import type { SigningKeys } from "#contexts/accounts/signing-keys.ts";
import type { Job, Queue } from "#contexts/queue/queue.ts";
import type { JobHandler, JobRun } from "#contexts/queue/runner.ts";
import { announceHead } from "#contexts/records/activation.ts";
import { accountEvent } from "#contexts/sequencer/outbox.ts";
import type { AnnouncePace } from "./announce-pace.ts";

export const ANNOUNCE_JOB = "announce accounts";

/**
 * Which accounts to announce: these, all, those that something happened to
 * since then, or those that whoever starts the job puts on its list.
 */
export type AnnounceTarget =
  | { dids: readonly Did[] }
  | { all: true }
  | { changedSinceMs: number }
  | { listed: true };

export interface AnnounceOptions {
  /**
   * Puts a new revision under each repository first. For a host that was
   * restored from a backup: readers have seen later ones, and drop what is not newer.
   */
  newCommits?: boolean;
}

/** Says again what readers should know of accounts, so slowly that relays go on reading. */
export interface Announcer {
  /**
   * Starts a job: for each active account `#identity`, `#account` and `#sync`,
   * for others `#account` alone; at most 10 events a second and 1,500 an hour
   * of all jobs together. The queue shows how far it is, and cancels it; after
   * a crash it goes on where it was. Accounts that are gone are passed over.
   * @returns the job's id; of the one that runs, where that does the same.
   */
  announceAccounts(target: AnnounceTarget, options?: AnnounceOptions): number;
  /** Does a job named `ANNOUNCE_JOB`. */
  runJob: JobHandler;
}

export interface AnnouncerDeps {
  db: Pick<AccountDb, "accounts" | "jobTargets">;
  eventLog: Pick<EventLog, "listChangedSince" | "firstSeqSince">;
  queue: Queue;
  pace: AnnouncePace;
  locks: KeyedMutex;
  keys: SigningKeys;
  /** What announceHead needs. */
  announcing: Parameters<typeof announceHead>[0];
  drainOutbox(): Promise<void>;
  clock: Clock;
  log: Logger;
  /** Resolves then, or as soon as the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

interface Payload {
  dids?: readonly Did[];
  /** Accounts with a row in the log after this. */
  sinceSeq?: number;
  /** Accounts on the job's own list. */
  isListed?: true;
  newCommits: boolean;
}

interface Cursor {
  after: string | null;
  done: number;
  /** Accounts that could not be announced. */
  failed: number;
}

const PAGE = 200;
const ACTIVE_EVENTS = 3;

export function createAnnouncer(deps: AnnouncerDeps): Announcer {
  const { db, queue, pace, log } = deps;

  function payloadOf(target: AnnounceTarget, newCommits: boolean): Payload {
    if ("dids" in target) {
      return { dids: [...new Set(target.dids)].sort(), newCommits };
    }
    if ("all" in target) return { newCommits };
    if ("listed" in target) return { isListed: true, newCommits };
    const first = deps.eventLog.firstSeqSince(target.changedSinceMs - 1);
    // Nothing has happened since, and nothing will be found.
    const sinceSeq = (first ?? Number.MAX_SAFE_INTEGER) - 1;
    return { sinceSeq, newCommits };
  }

  function pageOf({ id, payload }: Job, after: string | null): Did[] {
    const { dids, sinceSeq, isListed } = payload as Payload;
    if (dids !== undefined) {
      return dids.filter((did) => did > (after ?? "")).slice(0, PAGE);
    }
    if (isListed) return db.jobTargets.list(id, after, PAGE);
    const page = { after, limit: PAGE };
    if (sinceSeq !== undefined) {
      return deps.eventLog.listChangedSince({ since: sinceSeq, ...page });
    }
    return db.accounts.list(page).map(({ did }) => did);
  }

  function totalOf({ dids, sinceSeq, isListed }: Payload): number | null {
    if (dids !== undefined) return dids.length;
    return sinceSeq === undefined && !isListed ? db.accounts.count() : null;
  }

  /** Announces what the account is by now; answers how many events that were. */
  async function announce(did: Did, newCommit: boolean): Promise<number> {
    // What was changed before must be told before.
    await deps.drainOutbox();
    const row = findTold(db, did);
    if (row === null) return 0;
    if (statusOf(row) === "active") {
      const { handle } = row;
      const account = { did, handle, signer: deps.keys.getSigner(did) };
      return announceHead(deps.announcing, account, { newCommit });
    }
    const { generation } = row;
    const common = { generation, outboxId: null, clock: deps.clock };
    const event = accountEvent(accountEventOf(row), common);
    await deps.announcing.sequencer.submit([event]);
    return 1;
  }

  async function announceOne(
    did: Did,
    reserved: number,
    { newCommits }: Payload,
  ): Promise<boolean> {
    try {
      const told = await deps.locks.run(did, () => announce(did, newCommits));
      if (told > reserved) pace.add(told - reserved);
      return true;
    } catch (error) {
      log.warn("account.not_announced", { did, error });
      return false;
    }
  }

  async function runJob(job: Job, run: JobRun): ReturnType<JobHandler> {
    const payload = job.payload as Payload;
    const cursor = { ...readCursor(job) };
    const total = payload.isListed
      ? db.jobTargets.counts(job.id).all
      : totalOf(payload);
    for (;;) {
      const page = pageOf(job, cursor.after);
      if (page.length === 0) return;
      for (const did of page) {
        const row = findTold(db, did);
        const events = row === null ? 0 : eventsOf(row);
        if (events > 0) {
          const turn = pace.reserve(events);
          if (turn.kind === "later") return { againAtMs: turn.atMs };
          if (turn.waitMs > 0) await deps.sleep(turn.waitMs, run.signal);
          if (run.signal.aborted) return;
          const isTold = await announceOne(did, events, payload);
          if (!isTold) cursor.failed++;
        }
        cursor.after = did;
        cursor.done++;
        run.setProgress(progressOf(cursor, total));
      }
    }
  }

  return {
    announceAccounts(target, { newCommits = false } = {}) {
      const payload = payloadOf(target, newCommits);
      const isOne = payload.dids === undefined && !payload.isListed;
      const what = payload.sinceSeq === undefined ? "all" : "changed";
      const id = queue.enqueue({
        name: ANNOUNCE_JOB,
        payload,
        ...(isOne && { uniqueKey: `${what} ${newCommits ? "anew" : "again"}` }),
      });
      log.info("announce.queued", { job: id, accounts: totalOf(payload) });
      return id;
    },
    runJob,
  };
}

function readCursor({ progress }: Job): Cursor {
  const stored = progress?.cursor as Cursor | undefined;
  return stored ?? { after: null, done: 0, failed: 0 };
}

function progressOf(
  cursor: Cursor,
  total: number | null,
): Parameters<JobRun["setProgress"]>[0] {
  const { done, failed } = cursor;
  return { done, total, failed, cursor: { ...cursor } };
}

/** An account that the network knows from here; deletion tells of itself. */
function findTold(
  db: Pick<AccountDb, "accounts">,
  did: Did,
): AccountRow | null {
  const row = db.accounts.find(did);
  const status = row && statusOf(row);
  if (row === null || status === "creating" || status === "deleted") {
    return null;
  }
  // One on its way here is still active elsewhere.
  return wasEverActive(row) ? row : null;
}

function eventsOf(row: AccountRow): number {
  return statusOf(row) === "active" ? ACTIVE_EVENTS : 1;
}
