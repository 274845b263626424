import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import { cutTold } from "#lib/told.ts";
import type { Did } from "#repo/syntax.ts";
import type { Job, Queue } from "#contexts/queue/queue.ts";
import type { JobHandler } from "#contexts/queue/runner.ts";
import { type Finding, firstFindings } from "./findings.ts";
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
  /** One that is under way stays the only one. @returns the job's id */
  start(did: Did): number;
  /**
   * The check itself.
   * @param options.onStep how far it is, now and then.
   * @returns null while the repository catches up with its log.
   * @throws CheckStopped when the signal is aborted.
   * @throws XrpcError AccountNotFound
   */
  examine(
    did: Did,
    options: {
      signal: AbortSignal;
      onStep?(done: number, total: number): void;
    },
  ): Promise<RepoVerification | null>;
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

  const examine: Checkups["examine"] = async (did, { signal, onStep }) => {
    const moment = await deps.locks.run(did, async () => openMoment(did));
    if (moment === null) return null;
    const records = moment.store?.counts().records ?? 0;
    const total = records + (accountDb.usage.find(did)?.blobCount ?? 0);
    let done = 0;
    /** Lets requests through, and tells how far it is. */
    async function step(more: number): Promise<void> {
      if (signal.aborted) throw new CheckStopped();
      done += more;
      onStep?.(Math.min(done, total), total);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const report = await check(did, moment, step);
    onStep?.(total, total);
    return report;
  };

  return {
    start: (did) =>
      queue.enqueue({ name: CHECKUP_JOB, payload: { did }, uniqueKey: did }),
    examine,
    find(did) {
      const job = latest(did);
      if (job === null) return null;
      const { state, progress, lastError, finishedAtMs } = job;
      return {
        state,
        progress,
        lastError,
        finishedAtMs,
        report: reportOf(job),
      };
    },
    cancel(did) {
      const job = latest(did);
      if (job !== null) queue.cancel(job.id);
    },
    async runJob(job, run) {
      const { did } = job.payload as { did: Did };
      let notedMs = 0;
      let total = 0;
      function note(done: number, all: number): void {
        total = all;
        const nowMs = clock.nowMs();
        if (nowMs - notedMs < NOTE_MS) return;
        notedMs = nowMs;
        run.setProgress({ done, total });
      }
      try {
        const { signal } = run;
        const report = await examine(did, { signal, onStep: note });
        if (report === null) return { againAtMs: clock.nowMs() + CATCH_UP_MS };
        run.setProgress({ done: total, total, cursor: shortened(report) });
      } catch (error) {
        if (!(error instanceof CheckStopped)) throw error;
      }
    },
  };
}

/** What a job of this kind found; null before its end, and for other jobs. */
export function reportOf({ name, progress }: Job): RepoVerification | null {
  if (name !== CHECKUP_JOB) return null;
  return (progress?.cursor as RepoVerification | undefined) ?? null;
}

function shortened(report: RepoVerification): RepoVerification {
  const problems = shortenedFindings(report.problems, MOST_PROBLEMS);
  return { ...report, problems };
}

/** Few enough, and short enough, to be kept in one row. */
export function shortenedFindings(
  findings: readonly Finding[],
  most: number,
): Finding[] {
  return firstFindings(findings, most).map((finding) =>
    cutTold(finding, MOST_CHARS),
  );
}
