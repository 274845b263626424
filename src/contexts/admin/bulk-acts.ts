import { invalidRequest } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountFilter } from "#storage/account/account-pages.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { JobHandler } from "#contexts/queue/runner.ts";
import type { Queue } from "#contexts/queue/queue.ts";
import type { RecordAct } from "./audit.ts";
import type { Subjects } from "./subjects.ts";

export const BULK_JOB = "act on accounts";

/** What can be done to all accounts that a filter finds. */
export const BULK_ACTS = [
  "takeDown",
  "restore",
  "deactivate",
  "disableInvites",
  "enableInvites",
  "announce",
  "delete",
] as const;
export type BulkAct = (typeof BULK_ACTS)[number];

export interface BulkActs {
  /** How many accounts it would be, and the first of them. */
  preview(filter: AccountFilter): { count: number; handles: string[] };
  /**
   * Starts a job that goes through the accounts by DID. It shows how far it
   * is, goes on after a crash, and each account's act is in the audit.
   * @returns the job's id
   * @throws XrpcError InvalidRequest when the filter is empty, or the number is another by now.
   */
  start(
    order: { act: BulkAct; filter: AccountFilter; expectedCount: number },
    caller: Caller,
  ): number;
  runJob: JobHandler;
}

interface Payload {
  act: BulkAct;
  filter: AccountFilter;
  actor: Caller;
}

const PAGE = 100;
const SHOWN = 20;

export function createBulkActs(deps: {
  db: AccountDb;
  queue: Queue;
  subjects: Pick<Subjects, "updateSubjectStatus">;
  setInvites(did: Did, isAllowed: boolean, caller: Caller): void;
  announce(dids: readonly Did[]): number;
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
        deps.announce([did]);
        return;
      case "delete":
        await deps.deleteAccount(did, actor);
    }
  }

  return {
    preview: (filter) => ({
      count: db.accountPages.count(filter),
      handles: db.accountPages
        .list({ filter, sort: "newest", cursor: null, limit: SHOWN })
        .lines.map(({ handle }) => handle),
    }),
    start({ act: name, filter, expectedCount }, caller) {
      if (Object.keys(filter).length === 0) {
        throw invalidRequest("Narrow the list first: this would be everybody");
      }
      const count = db.accountPages.count(filter);
      if (count !== expectedCount) {
        throw invalidRequest(
          `The list has ${count} accounts by now, not ${expectedCount}; look again`,
        );
      }
      const payload: Payload = { act: name, filter, actor: caller };
      const id = queue.enqueue({ name: BULK_JOB, payload });
      deps.record(caller, {
        action: `bulk ${name}`,
        subject: `job ${id}`,
        detail: { filter, count },
      });
      return id;
    },
    async runJob(job, run) {
      const payload = job.payload as Payload;
      const cursor = (job.progress?.cursor as
        { after: string | null; done: number; failed: number } | undefined) ?? {
        after: null,
        done: 0,
        failed: 0,
      };
      // Counted once: an act may change what the filter finds.
      const total =
        job.progress?.total ?? db.accountPages.count(payload.filter);
      for (;;) {
        const page = db.accountPages.listDids(
          payload.filter,
          cursor.after,
          PAGE,
        );
        if (page.length === 0) return;
        for (const did of page) {
          if (run.signal.aborted) return;
          try {
            await act(did, payload);
          } catch (error) {
            cursor.failed++;
            deps.log.warn("bulk.account_failed", { did, error });
          }
          cursor.after = did;
          cursor.done++;
          const { done, failed } = cursor;
          const note =
            failed > 0 ? `${failed} failed; the log says why` : undefined;
          run.setProgress({
            ...{ done, total, cursor: { ...cursor } },
            ...(note !== undefined && { note }),
          });
        }
      }
    },
  };
}
