import type { Database } from "bun:sqlite";
import type { Did, Handle } from "#repo/syntax.ts";
import { type AccountFilter, createConditions } from "./account-pages.ts";

/** The accounts that a job is about, and what became of each. They go with the job. */
export interface JobTargetRows {
  /** Puts the accounts that a filter finds now on a job's list. Returns how many. */
  addFound(jobId: number, filter: AccountFilter): number;
  /** By DID; `after` is the last one of the page before. */
  list(jobId: number, after: string | null, limit: number): Did[];
  /** Those that nothing has been done to yet, by DID. */
  listOpen(jobId: number, limit: number): Did[];
  /** @param fault why it was in vain; null when it was not. */
  settle(jobId: number, did: Did, fault: string | null): void;
  counts(jobId: number): { all: number; open: number; failed: number };
  /** By DID, with why. */
  listFailed(
    jobId: number,
    limit: number,
  ): { did: Did; handle: Handle | null; fault: string }[];
}

export const JOB_TARGET_SCHEMA = `
CREATE TABLE job_target (
  job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  did TEXT NOT NULL,
  is_settled INTEGER NOT NULL DEFAULT 0,
  fault TEXT,
  PRIMARY KEY (job_id, did)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_target_open ON job_target (job_id, did) WHERE is_settled = 0;
CREATE INDEX job_target_failed ON job_target (job_id, did) WHERE fault IS NOT NULL;
`;

type Bindings = Record<string, string | number | null>;

export function createJobTargetRows(db: Database): JobTargetRows {
  const conditionsOf = createConditions(db);
  const list = db.prepare<{ did: Did }, [Bindings]>(
    `SELECT did FROM job_target WHERE job_id = $jobId AND did > $after
     ORDER BY did LIMIT $limit`,
  );
  const listOpen = db.prepare<{ did: Did }, [Bindings]>(
    `SELECT did FROM job_target WHERE job_id = $jobId AND is_settled = 0
     ORDER BY did LIMIT $limit`,
  );
  const settle = db.prepare(
    `UPDATE job_target SET is_settled = 1, fault = $fault
     WHERE job_id = $jobId AND did = $did`,
  );
  const counts = db.prepare<
    ReturnType<JobTargetRows["counts"]>,
    [{ jobId: number }]
  >(
    `SELECT count(*) AS "all", count(*) FILTER (WHERE is_settled = 0) AS open,
       count(fault) AS failed FROM job_target WHERE job_id = $jobId`,
  );
  const listFailed = db.prepare<
    ReturnType<JobTargetRows["listFailed"]>[number],
    [Bindings]
  >(
    `SELECT t.did, a.handle, t.fault FROM job_target AS t
     LEFT JOIN account AS a ON a.did = t.did
     WHERE t.job_id = $jobId AND t.fault IS NOT NULL ORDER BY t.did LIMIT $limit`,
  );
  return {
    addFound(jobId, filter) {
      const { where, bindings } = conditionsOf(filter);
      return db
        .query<unknown, [Bindings]>(
          `INSERT INTO job_target (job_id, did)
           SELECT $jobId, a.did FROM account AS a WHERE ${where.join(" AND ")}`,
        )
        .run({ ...bindings, jobId }).changes;
    },
    list: (jobId, after, limit) =>
      list.all({ jobId, after: after ?? "", limit }).map(({ did }) => did),
    listOpen: (jobId, limit) =>
      listOpen.all({ jobId, limit }).map(({ did }) => did),
    settle: (jobId, did, fault) => void settle.run({ jobId, did, fault }),
    counts: (jobId) => counts.get({ jobId })!,
    listFailed: (jobId, limit) => listFailed.all({ jobId, limit }),
  };
}
