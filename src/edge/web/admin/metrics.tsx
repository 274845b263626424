import { Table } from "#edge/web/parts.tsx";
import { DotPlot } from "#edge/web/row-plot.tsx";
import { PLOT_NAMES, PlotsOf } from "./overview.tsx";
import { adminRoom, type Handler } from "./page.tsx";

const MOST_METHODS = 40;
const MOST_PLOTTED = 10;
const QUANTILES = [0.5, 0.95, 0.99];

/** All that is measured, and how long each method takes. */
export const showMetrics: Handler = (visit) => {
  const { contexts, words, text } = visit;
  const own = words.metrics;
  const methods = contexts.console.measured.methods().slice(0, MOST_METHODS);
  const plotted = methods
    .filter(({ recent }) => recent.count > 0)
    .slice(0, MOST_PLOTTED);
  const inWords = (ms: number | null) =>
    ms === null ? "–" : Number.isFinite(ms) ? `≤ ${ms} ms` : "> 10 s";
  return adminRoom(
    visit,
    { title: own.title },
    <>
      <p>{own.intro}</p>
      {plotted.length > 0 && (
        <section class="card">
          <DotPlot
            title={own.plot}
            description={plotted
              .map(({ name, recent }) =>
                own.plotSays(
                  name,
                  inWords(recent.quantile(0.5)),
                  inWords(recent.quantile(0.99)),
                ),
              )
              .join(" ")}
            axis={own.method}
            rows={plotted.map(({ name, recent }) => ({
              label: name,
              values: QUANTILES.map((p) => recent.quantile(p)),
            }))}
            series={["p50", "p95", "p99"]}
            format={inWords}
            tableLabel={words.plots.table}
          />
        </section>
      )}
      <section class="card">
        <h2>{own.methods}</h2>
        <Table
          text={text}
          caption={own.caption}
          rows={methods}
          columns={[
            { label: own.method, cell: ({ name }) => <code>{name}</code> },
            { label: own.requests, isNumber: true, cell: (m) => m.requests },
            {
              label: own.clientErrors,
              isNumber: true,
              cell: (m) => m.clientErrors,
            },
            {
              label: own.serverErrors,
              isNumber: true,
              cell: (m) => m.serverErrors,
            },
            {
              label: "p50",
              isNumber: true,
              cell: (m) => inWords(m.recent.quantile(0.5)),
            },
            {
              label: "p95",
              isNumber: true,
              cell: (m) => inWords(m.recent.quantile(0.95)),
            },
            {
              label: "p99",
              isNumber: true,
              cell: (m) => inWords(m.recent.quantile(0.99)),
            },
          ]}
        />
      </section>
      <PlotsOf visit={visit} names={PLOT_NAMES} />
      <p class="quiet">{own.prometheus}</p>
    </>,
  );
};
