import { dayInWords, numberInWords } from "#lib/languages.ts";
import type { HostStatistics } from "#contexts/admin/statistics.ts";
import { Moment, Table } from "#edge/web/parts.tsx";
import { Plot } from "#edge/web/plot.tsx";
import { publicRoom, type PublicShown } from "./room.tsx";

/** The numbers of the host that everybody may know. */
export function statsPage(
  shown: PublicShown,
  statistics: HostStatistics,
): Response {
  const { text } = shown;
  const words = text.public.stats;
  const { metrics, commitWeeks, collections, generatedAt } = statistics;
  const whole = (value: number) => numberInWords(value, text.lang);
  const figures: [label: string, value: number][] = [
    [words.accounts, metrics.hostedAccountCount],
    [words.records, metrics.recordCount],
    [words.collections, metrics.collectionCount],
    [words.commits, metrics.commitCount],
  ];
  return publicRoom(
    shown,
    { title: words.title },
    <>
      <div class="cards">
        {figures.map(([label, value]) => (
          <section class="card">
            <p class="figure">{whole(value)}</p>
            <p class="quiet">{label}</p>
          </section>
        ))}
      </div>
      <section class="card">
        <Plot
          text={text}
          title={words.weeks}
          axis={words.week}
          labels={commitWeeks.map(({ startsAt }) =>
            dayInWords(Date.parse(startsAt), text.lang),
          )}
          series={[
            {
              name: words.commits,
              values: commitWeeks.map(({ commitCount }) => commitCount),
            },
          ]}
          kind="bars"
          format={whole}
          tableLabel={words.table}
        />
      </section>
      <section class="card">
        <Table
          text={text}
          caption={words.top}
          columns={[
            {
              label: words.collection,
              cell: ({ collection }) => <code>{collection}</code>,
            },
            {
              label: words.records,
              isNumber: true,
              cell: ({ recordCount }) => whole(recordCount),
            },
          ]}
          rows={collections}
        />
      </section>
      <p class="quiet">
        {`${words.asOf} `}
        <Moment atMs={Date.parse(generatedAt)} />
        {". "}
        <a href="/xrpc/_stats">{words.machine}</a>
      </p>
    </>,
  );
}
