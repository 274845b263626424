import { invalidRequest } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import type {
  AccountFilter,
  AccountFit,
} from "#storage/account/account-pages.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { JobHandler } from "#contexts/queue/runner.ts";
import type { Queue } from "#contexts/queue/queue.ts";
import type { RecordAct } from "./audit.ts";
import { keepRefusal } from "./kept-refusal.ts";
import type { Subjects } from "./subjects.ts";

export const BULK_JOB = "act on accounts";

/** What can be done to all accounts that a filter finds, and which of them it changes. */
const ACTS = {
  takeDown: "inSight",
  restore: "takenDown",
  deactivate: "active",
  disableInvites: "earningInvites",
  enableInvites: "earningNoInvites",
  announce: "here",
  delete: "here",
} as const satisfies Record<string, AccountFit>;

export type BulkAct = keyof typeof ACTS;
export const BULK_ACTS = Object.keys(ACTS) as BulkAct[];

export interface BulkPreview {
  /** Accounts that it would be done to, and the first of them. */
  count: number;
  handles: string[];
  /** Those that the filter finds too, and that it changes nothing about. */
  others: number;
}

export interface BulkActs {
  /** Whom it would be. */
  preview(act: BulkAct, filter: AccountFilter): BulkPreview;
  /**
   * Starts a job for the accounts that the filter finds now: they are put on
   * its list, so that it is done to these and no others. It shows how far it
   * is, goes on after a crash, and each account's act is in the audit.
   * @returns the job's id
   * @throws XrpcError InvalidRequest when the filter is empty, or the number is another by now.
   */
  start(
    order: { act: BulkAct; filter: AccountFilter; expectedCount: number },
    caller: Caller,
  ): number;
  /** Accounts of a job that it was in vain for, fifty at most; why is what `readRefusal` reads. */
  listFailed(
    jobId: number,
  ): { did: Did; handle: Handle | null; fault: string }[];
  runJob: JobHandler;
}

interface Payload {
  act: BulkAct;
  actor: Caller;
}

const PAGE = 100;
const SHOWN = 20;
const FAILED_SHOWN = 50;

export function createBulkActs(deps: {
  db: AccountDb;
  queue: Queue;
  subjects: Pick<Subjects, "updateSubjectStatus">;
  setInvites(did: Did, isAllowed: boolean, caller: Caller): void;
  /** Starts a job that announces the accounts on its list. */
  announceListed(): number;
  deleteAccount(did: Did, caller: Caller): Promise<void>;
  record: RecordAct;
  log: Logger;
}): BulkActs {
  const { db, queue, subjects } = deps;

  async function act(did: Did, { act: name, actor }: Payload): Promise<void> {
    const subject = { $type: "com.atproto.admin.defs#repoRef", did } as const;
    const judge = (change: object) =>
      subjects.updateSubjectStatus({ subject, ...change }, actor);
    switch (name) {
      case "takeDown":
        await judge({ takedown: { applied: true } });
        return;
      case "restore":
        await judge({ takedown: { applied: false } });
        return;
      case "deactivate":
        await judge({ deactivated: { applied: true } });
        return;
      case "disableInvites":
      case "enableInvites":
        deps.setInvites(did, name === "enableInvites", actor);
        return;
      case "announce":
        // A job of its own kind, which keeps to the pace of relays.
        return;
      case "delete":
        await deps.deleteAccount(did, actor);
    }
  }

  const narrowed = (act: BulkAct, filter: AccountFilter): AccountFilter => ({
    ...filter,
    fit: ACTS[act],
  });

  /** The job and its list, both or neither. */
  function enqueue(
    act: BulkAct,
    given: { filter: AccountFilter; expectedCount: number; actor: Caller },
  ): number {
    const { filter, expectedCount, actor } = given;
    return db.transaction(() => {
      const payload: Payload = { act, actor };
      const id =
        act === "announce"
          ? deps.announceListed()
          : queue.enqueue({ name: BULK_JOB, payload });
      const count = db.jobTargets.addFound(id, narrowed(act, filter));
      if (count === expectedCount) return id;
      throw invalidRequest(
        `The list has ${count} accounts by now, not ${expectedCount}; look again`,
      ).because("listChanged", { count, expected: expectedCount });
    });
  }

  return {
    preview(act, filter) {
      const meant = narrowed(act, filter);
      const count = db.accountPages.count(meant);
      const page = { sort: "newest", cursor: null, limit: SHOWN } as const;
      const { lines } = db.accountPages.list({ filter: meant, ...page });
      const handles = lines.map(({ handle }) => handle);
      return { count, handles, others: db.accountPages.count(filter) - count };
    },
    start({ act: name, filter, expectedCount }, caller) {
      if (Object.keys(filter).length === 0) {
        throw invalidRequest(
          "Narrow the list first: this would be everybody",
        ).because("listEverybody");
      }
      const order = { filter, expectedCount, actor: caller };
      const id = enqueue(name, order);
      deps.record(caller, {
        action: `bulk ${name}`,
        subject: `job ${id}`,
        detail: { filter, count: expectedCount },
      });
      return id;
    },
    listFailed: (jobId) => db.jobTargets.listFailed(jobId, FAILED_SHOWN),
    async runJob(job, run) {
      const payload = job.payload as Payload;
      const { all: total, open, failed: before } = db.jobTargets.counts(job.id);
      let done = total - open;
      let failed = before;
      for (;;) {
        const page = db.jobTargets.listOpen(job.id, PAGE);
        if (page.length === 0) return;
        for (const did of page) {
          if (run.signal.aborted) return;
          const fault = await attempt(did, payload);
          if (fault !== null) failed++;
          done++;
          db.transaction(() => {
            db.jobTargets.settle(job.id, did, fault);
            run.setProgress({ done, total, failed });
          });
        }
      }
    },
  };

  /** Does it to one account; answers why not, where it can't be done. */
  async function attempt(did: Did, payload: Payload): Promise<string | null> {
    try {
      await act(did, payload);
      return null;
    } catch (error) {
      deps.log.warn("bulk.account_failed", { did, error });
      return keepRefusal(error);
    }
  }
}
