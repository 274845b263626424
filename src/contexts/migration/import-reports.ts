import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { ImportReport } from "./import-repo.ts";

/** A report as it is kept for the account's owner. */
export type KeptReport = Omit<ImportReport, "collectionCounts"> & {
  importedAtMs: number;
};

export interface ImportReports {
  /** In the place of the one before. The import is done by then: a failure is logged alone. */
  keep(report: ImportReport): void;
  /** What the last import of an account has taken in; null when there was none here. */
  find(did: Did): KeptReport | null;
}

/** Of the records that don't fit, in one line of the log. */
const MOST_LOGGED = 20;

export function createImportReports(deps: {
  db: Pick<AccountDb, "importReports">;
  clock: Clock;
  log: Logger;
}): ImportReports {
  const { db, clock, log } = deps;
  return {
    keep(report) {
      const { collectionCounts: _, ...told } = report;
      const { did, misfitExamples, ...counts } = told;
      const named = misfitExamples.slice(0, MOST_LOGGED);
      const misfitPaths = named.map(({ path }) => path);
      log.info("repo.imported", { did, ...counts, misfitPaths });
      try {
        const importedAtMs = clock.nowMs();
        const reportJson = JSON.stringify(told);
        db.importReports.put({ did, importedAtMs, reportJson });
      } catch (error) {
        log.warn("repo.import_report_not_kept", { did, error });
      }
    },
    find(did) {
      const row = db.importReports.find(did);
      if (row === null) return null;
      const { importedAtMs, reportJson } = row;
      return { ...JSON.parse(reportJson), importedAtMs };
    },
  };
}
