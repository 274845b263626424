import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import type { Did } from "#repo/syntax.ts";
import type { Job, Queue } from "#contexts/queue/queue.ts";
import type { JobHandler } from "#contexts/queue/runner.ts";
import { checkLog } from "./log-check.ts";
import { CheckStopped } from "./repo-check.ts";
import {
  emptyReport,
  fillBlobs,
  fillRepo,
  type RepoVerification,
  type VerifyDeps,
} from "./verify.ts";

export const CHECKUP_JOB = "check a repository";

export type CheckupState = Pick<
  Job,
  "state" | "progress" | "lastError" | "finishedAtMs"
> & {
  /** null before it has come to its end. */
  report: RepoVerification | null;
};

/**
 * What `tempest repo verify` checks of one account, while the server runs and
 * the account goes on writing: the repository is read as it was at one moment.
 * A job, since it reads every record and every file; after a crash it begins
 * anew.
 */
export interface Checkups {
  /** One that is under way stays the only one. */
  start(did: Did): void;
  /** The last one, however it went; null when there was none lately. */
  find(did: Did): CheckupState | null;
  /** No effect once it has ended. */
  cancel(did: Did): void;
  /** Does a job named `CHECKUP_JOB`. */
  runJob: JobHandler;
}

/** Each note is a sync of the disk. */
const NOTE_MS = 1000;
/** A repository that lacks rows of its log has them within moments. */
const CATCH_UP_MS = 2000;
/** More tells nothing new, and all of it is kept in one row. */
const MOST_PROBLEMS = 50;
const MOST_CHARS = 300;

export function createCheckups(
  deps: VerifyDeps & {
    queue: Queue;
    /** True while the account's repository lacks rows that the log holds. */
    isBehind(did: Did): boolean;
    locks: KeyedMutex;
    clock: Clock;
  },
): Checkups {
  const { accountDb, eventLog, stores, queue, clock } = deps;
  const latest = (did: Did) => queue.findLatest(CHECKUP_JOB, did);

  /** The account as it is between two writes; null while its repository catches up. */
  function openMoment(did: Did) {
    if (deps.isBehind(did)) return null;
    const account = accountDb.accounts.find(did);
    if (account === null) {
      throw new XrpcError("AccountNotFound", "Account not found");
    }
    const [state, counts] = [
      eventLog.findRepo(did),
      eventLog.collectionCounts(did),
    ];
    return {
      account,
      store: stores.snapshot(did),
      through: eventLog.bounds()?.newest ?? 0,
      listed: { findRepo: () => state, collectionCounts: () => counts },
    };
  }

  async function check(
    did: Did,
    moment: NonNullable<ReturnType<typeof openMoment>>,
    step: (done: number) => Promise<void>,
  ): Promise<RepoVerification> {
    const { account, store, listed, through } = moment;
    const report = emptyReport(account);
    let named: ReadonlySet<string>;
    try {
      const log = await checkLog(eventLog, {
        ...{ did, through, step: () => step(0) },
      });
      report.problems.push(...log.problems);
      const logged = log.heads.get(did) ?? null;
      named = await fillRepo(report, {
        ...{ deps, account, logged, store, listed, step },
      });
    } finally {
      store?.[Symbol.dispose]();
    }
    await fillBlobs(report, deps, named, () => step(1));
    return report;
  }

  return {
    start(did) {
      queue.enqueue({ name: CHECKUP_JOB, payload: { did }, uniqueKey: did });
    },
    find(did) {
      const job = latest(did);
      if (job === null) return null;
      const { state, progress, lastError, finishedAtMs } = job;
      const report = (progress?.cursor as RepoVerification | undefined) ?? null;
      return { state, progress, lastError, finishedAtMs, report };
    },
    cancel(did) {
      const job = latest(did);
      if (job !== null) queue.cancel(job.id);
    },
    async runJob(job, run) {
      const { did } = job.payload as { did: Did };
      const moment = await deps.locks.run(did, async () => openMoment(did));
      if (moment === null) return { againAtMs: clock.nowMs() + CATCH_UP_MS };
      const records = moment.store?.counts().records ?? 0;
      const total = records + (accountDb.usage.find(did)?.blobCount ?? 0);
      let done = 0;
      let notedMs = 0;
      /** Lets requests through, and writes down how far it is. */
      async function step(more: number): Promise<void> {
        if (run.signal.aborted) throw new CheckStopped();
        done += more;
        const nowMs = clock.nowMs();
        if (nowMs - notedMs >= NOTE_MS) {
          notedMs = nowMs;
          run.setProgress({ done: Math.min(done, total), total });
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      try {
        const report = await check(did, moment, step);
        const end = { done: total, total, cursor: shortened(report) };
        run.setProgress(end);
      } catch (error) {
        if (!(error instanceof CheckStopped)) throw error;
      }
    },
  };
}

function shortened(report: RepoVerification): RepoVerification {
  const { problems } = report;
  const more = problems.length - MOST_PROBLEMS;
  return {
    ...report,
    problems: [
      ...problems
        .slice(0, MOST_PROBLEMS)
        .map((sentence) => sentence.slice(0, MOST_CHARS)),
      ...(more > 0 ? [`and ${more} more`] : []),
    ],
  };
}
