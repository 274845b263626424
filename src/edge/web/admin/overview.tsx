import type { Child } from "hono/jsx";
import { bytesInWords, dayInWords, numberInWords } from "#lib/languages.ts";
import type { Light } from "#contexts/admin/host-views.ts";
import type { Measurements, SeriesName } from "#contexts/admin/measurements.ts";
import { Bytes, State, type Tone } from "#edge/web/parts.tsx";
import { Plot } from "#edge/web/plot.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";
import { adminRoom, type Handler, type Visit } from "./page.tsx";

const TONES: Record<Light["state"], Tone> = {
  good: "good",
  warn: "warn",
  bad: "bad",
};

/** Where each light leads to: the page with the cause. */
const CAUSES: Record<Light["name"], string> = {
  storage: "/admin/storage",
  network: "/admin/relays",
  mail: "/admin/mail",
  jobs: "/admin/jobs",
  registration: "/admin/registration",
  errors: "/admin/logs?level=error",
};

/** The first page: how the server is, and the plots that one looks at each day. */
export const showOverview: Handler = (visit) => {
  const { contexts, words } = visit;
  const own = words.overview;
  const { console: admin } = contexts;
  const counts = admin.accounts.countByStatus();
  const { tripped } = contexts.registration.view();
  const { totals } = admin.storage();
  const { recordCount } = contexts.statistics.read().metrics;
  return adminRoom(
    visit,
    { title: own.title },
    <>
      {tripped !== null && (
        <p class="alert" role="alert">
          {own.tripped(tripped.count)}{" "}
          <a href="/admin/registration">{own.look}</a>
        </p>
      )}
      <h2 class="hidden">{own.lights}</h2>
      <div class="cards">
        {admin.lights().map((light) => (
          <section class="card">
            <h3>{own.names[light.name]}</h3>
            <p>
              <State tone={TONES[light.state]}>{own.states[light.state]}</State>
            </p>
            <p>{sentenceOf(visit.text, light)}</p>
            <p>
              <a href={CAUSES[light.name]}>
                {own.lookAt(own.names[light.name])}
              </a>
            </p>
          </section>
        ))}
      </div>
      <h2 class="hidden">{own.figures}</h2>
      <div class="cards">
        <Figure
          label={own.accounts}
          value={numberInWords(counts.active, visit.text.lang)}
          href="/admin/accounts"
        />
        <Figure
          label={own.records}
          value={numberInWords(recordCount, visit.text.lang)}
        />
        <Figure
          label={own.blobs}
          value={<Bytes of={totals.blobBytes} />}
          href="/admin/storage"
        />
        <Figure
          label={own.readers}
          value={String(admin.stream().subscribers.length)}
          href="/admin/stream"
        />
      </div>
      <PlotsOf visit={visit} names={["requests", "events", "signUps"]} />
      <p>
        <a href="/admin/metrics">{own.more}</a>
      </p>
    </>,
  );
};

function Figure({
  label,
  value,
  href,
}: {
  label: string;
  value: Child;
  href?: string;
}) {
  return (
    <section class="card">
      <h3>{href === undefined ? label : <a href={href}>{label}</a>}</h3>
      <p class="figure">{value}</p>
    </section>
  );
}

/** The words for a light, with its numbers. */
export function sentenceOf(
  { admin, lang }: Text,
  { name, fact, values }: Light,
): string {
  const words = admin.overview.facts as Record<
    string,
    Record<string, (values: Record<string, string>) => string>
  >;
  const shown = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      key.endsWith("Bytes") ? bytesInWords(Number(value), lang) : String(value),
    ]),
  );
  return words[name]?.[fact]?.(shown) ?? fact;
}

/** The plots that there are: what each shows, and in which unit. */
const PLOTS = {
  requests: ["requests", "clientErrors", "serverErrors"],
  events: ["commitEvents", "identityEvents", "accountEvents", "syncEvents"],
  commits: ["commitMs"],
  lag: ["subscriberLagMs"],
  signUps: ["signUps"],
  blobs: ["blobUploadBytes"],
  storage: ["blobBytes", "repoBytes"],
  mail: ["mailSent", "mailFailed"],
  limits: ["rateLimited"],
  memory: ["memoryBytes"],
  loop: ["loopDelayMs"],
  files: ["openFiles"],
} as const satisfies Record<string, readonly SeriesName[]>;

export type PlotName = keyof typeof PLOTS;
export const PLOT_NAMES = Object.keys(PLOTS) as PlotName[];

type Range = Parameters<Measurements["read"]>[1];
const RANGES = ["hour", "day", "month", "year"] as const satisfies Range[];

function rangeOf(visit: Visit): Range {
  const wanted = visit.query("range");
  return RANGES.find((range) => range === wanted) ?? "hour";
}

/** The chosen plots, with the choice of their time. */
export function PlotsOf({
  visit,
  names,
}: {
  visit: Visit;
  names: readonly PlotName[];
}) {
  const { contexts, path, words } = visit;
  const { measured } = contexts.console;
  const range = rangeOf(visit);
  const own = words.plots;
  return (
    <>
      <nav class="actions" aria-label={own.range}>
        {RANGES.map((one) => (
          <a
            class="button small plain"
            href={`${path}?range=${one}`}
            aria-current={one === range ? "true" : undefined}
          >
            {own.ranges[one]}
          </a>
        ))}
      </nav>
      {names.map((name) => {
        const series = PLOTS[name].map((one: SeriesName) => ({
          name: own.series[one],
          points: measured.read(one, range),
        }));
        const labels = series[0]!.points.map(({ atMs }) =>
          labelOf(visit.text, atMs, range),
        );
        const plotted = series.map(({ name: label, points }) => ({
          name: label,
          values: points.map(({ value }) => value),
        }));
        const format = (value: number) =>
          formatOf(visit.text, PLOTS[name][0], value);
        return (
          <section class="card">
            <Plot
              text={visit.text}
              title={`${own.titles[name]} ${own.per[range]}`}
              axis={own.time}
              labels={labels}
              series={plotted}
              kind={name === "signUps" || name === "mail" ? "bars" : "lines"}
              format={format}
              tableLabel={own.table}
            />
          </section>
        );
      })}
    </>
  );
}

function labelOf({ lang }: Text, atMs: number, range: Range): string {
  return range === "hour" || range === "day"
    ? new Date(atMs).toISOString().slice(11, 16)
    : dayInWords(atMs, lang);
}

function formatOf({ lang }: Text, name: SeriesName, value: number): string {
  if (name.endsWith("Bytes")) return bytesInWords(value, lang);
  const digits = Number.isInteger(value) ? 0 : 1;
  const number = numberInWords(value, lang, digits);
  return name.endsWith("Ms") ? `${number} ms` : number;
}
