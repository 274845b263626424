import type { KeptReport } from "#contexts/migration/import-reports.ts";
import { Facts, type Listed, Moment, PagedTable } from "#edge/web/parts.tsx";
import { ToldWords } from "#edge/web/told.tsx";
import { hrefOfPath } from "./json.tsx";
import { accountRoom, type OwnerShown } from "./room.tsx";

export const IMPORT_REPORT = "/account/data/report";

/** What the last import has taken in, and which records don't fit. */
export function importReportPage(
  shown: OwnerShown,
  report: KeptReport,
  list: Listed<KeptReport["misfitExamples"][number]>,
): Response {
  const { text } = shown;
  const words = text.account.data;
  const count = (n: number) => n.toLocaleString(text.lang);
  const unnamed = report.misfits - report.misfitExamples.length;
  return accountRoom(
    shown,
    { title: words.report },
    <>
      <p>
        <a href="/account/data">{words.backToData}</a>
      </p>
      {list.cursor === null && (
        <section class="card">
          <Facts
            rows={[
              [words.importedAt, <Moment atMs={report.importedAtMs} />],
              [words.records, count(report.records)],
              [words.blocks, count(report.blocks)],
              [words.unreferenced, count(report.unreferencedBlocks)],
              [words.rev, <code>{report.rev}</code>],
              [words.misfits, count(report.misfits)],
            ]}
          />
        </section>
      )}
      {report.misfits > 0 && (
        <section class="card">
          <h2>{words.misfits}</h2>
          <p>{words.misfitsHint}</p>
          <PagedTable
            text={text}
            caption={words.misfits}
            columns={[
              {
                label: words.record,
                cell: ({ path }) => (
                  <a class="mono" href={hrefOfPath(path)}>
                    {path}
                  </a>
                ),
              },
              {
                label: words.reason,
                cell: ({ reason }) => (
                  <ToldWords sentences={text.misfits} told={reason} />
                ),
              },
            ]}
            list={list}
            path={IMPORT_REPORT}
          />
          {list.next === null && unnamed > 0 && <p>{words.unnamed(unnamed)}</p>}
        </section>
      )}
    </>,
  );
}
