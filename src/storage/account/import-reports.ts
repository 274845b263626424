import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** What the last import of an account was told to have taken in. */
export interface ImportReportRow {
  did: Did;
  importedAtMs: number;
  reportJson: string;
}

export interface ImportReportRows {
  find(did: Did): ImportReportRow | null;
  /** In the place of the one before. */
  put(row: ImportReportRow): void;
}

export const IMPORT_REPORT_SCHEMA = `
CREATE TABLE import_report (
  did TEXT PRIMARY KEY REFERENCES account (did) ON DELETE CASCADE,
  imported_at_ms INTEGER NOT NULL,
  report_json TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

export function createImportReportRows(db: Database): ImportReportRows {
  const find = db.prepare<ImportReportRow, [{ did: Did }]>(
    `SELECT did, imported_at_ms AS importedAtMs, report_json AS reportJson
     FROM import_report WHERE did = $did`,
  );
  const put = db.prepare(
    `INSERT INTO import_report (did, imported_at_ms, report_json)
     VALUES ($did, $importedAtMs, $reportJson)
     ON CONFLICT (did) DO UPDATE SET imported_at_ms = excluded.imported_at_ms,
       report_json = excluded.report_json`,
  );
  return {
    find: (did) => find.get({ did }),
    put: (row) => void put.run({ ...row }),
  };
}
