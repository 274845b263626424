import { bytesInWords } from "#lib/languages.ts";
import type { LiveKey } from "#contexts/settings/live-settings.ts";
import { METHODS, SUBSCRIPTIONS } from "#edge/xrpc/registry.ts";
import { seeOther } from "#edge/http/pages.ts";
import {
  Act,
  Facts,
  Field,
  hrefWith,
  Moment,
  PagedTable,
  SearchForm,
  State,
  Table,
  Bytes,
} from "#edge/web/parts.tsx";
import { toldFault } from "#edge/web/refusal-words.ts";
import { BarPlot } from "#edge/web/row-plot.tsx";
import { listPath } from "./list-path.ts";
import { PlotsOf } from "./overview.tsx";
import { nameIn } from "#edge/web/text/catalogue.ts";
import { adminRoom, type Handler, type Visit } from "./page.tsx";

const MOST_PLOTTED = 12;

/** What is stored, and for how long there is room. */
export const showStorage: Handler = (visit) => {
  const { contexts, words, text } = visit;
  const own = words.storage;
  const view = contexts.console.storage();
  const { growthPerDay, daysToFull, totals, largest } = view;
  const plotted = largest
    .filter(({ repoBytes, blobBytes }) => repoBytes + blobBytes > 0)
    .slice(0, MOST_PLOTTED);
  return adminRoom(
    visit,
    { title: own.title },
    <>
      <section class="card">
        <h2>{own.space}</h2>
        <Facts
          rows={[
            [
              own.free,
              own.freeOf(
                bytesInWords(view.freeBytes, text.lang),
                bytesInWords(view.totalBytes, text.lang),
              ),
            ],
            [
              own.growth,
              growthPerDay === null
                ? own.unknown
                : own.perDay(
                    bytesInWords(Math.max(0, growthPerDay), text.lang),
                  ),
            ],
            [
              own.forecast,
              daysToFull === null ? own.noForecast : own.days(daysToFull),
            ],
            [
              own.blobs,
              own.blobsOf(
                totals.blobs,
                bytesInWords(totals.blobBytes, text.lang),
              ),
            ],
            [own.repos, <Bytes of={totals.repoBytes} />],
            [own.accountDb, <Bytes of={view.accountDbBytes} />],
            [own.sequencerDb, <Bytes of={view.sequencerDbBytes} />],
          ]}
        />
        <Act action="/admin/storage/measure">{own.measure}</Act>
      </section>
      <Checks visit={visit} />
      {plotted.length > 0 && (
        <section class="card">
          <BarPlot
            title={own.plot}
            description={plotted
              .map(({ handle, repoBytes, blobBytes }) =>
                own.plotSays(
                  handle,
                  bytesInWords(repoBytes + blobBytes, text.lang),
                ),
              )
              .join(" ")}
            axis={own.account}
            rows={plotted.map(({ handle, repoBytes, blobBytes }) => ({
              label: `@${handle}`,
              values: [repoBytes, blobBytes],
            }))}
            series={[own.repo, own.blobs]}
            format={(value) => bytesInWords(value, text.lang)}
            tableLabel={words.plots.table}
          />
        </section>
      )}
      <section class="card">
        <h2>{own.largest}</h2>
        <PagedTable
          text={text}
          caption={own.largestHint}
          list={{ rows: largest, cursor: null, next: null }}
          path="/admin/storage"
          csv={listPath("storage")}
          columns={[
            {
              label: own.account,
              cell: ({ did, handle }) => (
                <a href={`/admin/accounts/${did}`}>{`@${handle}`}</a>
              ),
            },
            {
              label: own.repo,
              isNumber: true,
              cell: (row) =>
                row.measuredAtMs === null ? "–" : <Bytes of={row.repoBytes} />,
            },
            {
              label: own.blobs,
              isNumber: true,
              cell: (row) => <Bytes of={row.blobBytes} />,
            },
            { label: own.files, isNumber: true, cell: (row) => row.blobCount },
            {
              label: own.records,
              isNumber: true,
              cell: (row) =>
                row.measuredAtMs === null ? "–" : row.recordCount,
            },
          ]}
        />
      </section>
      <PlotsOf visit={visit} names={["storage", "blobs"]} />
    </>,
  );
};

/** Whether all repositories are whole, as far as was looked. */
function Checks({ visit: { contexts, words } }: { visit: Visit }) {
  const own = words.storage;
  const last = contexts.console.checks.lastOfAll();
  const { all, open, failed } = last?.counts ?? { all: 0, open: 0, failed: 0 };
  return (
    <section class="card">
      <h2>{own.checks}</h2>
      <p>{own.checksHint}</p>
      {last === null ? (
        <p class="quiet">{own.checkNever}</p>
      ) : (
        <p>
          <State tone={failed > 0 ? "bad" : open > 0 ? "plain" : "good"}>
            {words.jobs.states[last.state]}
          </State>{" "}
          {failed > 0
            ? own.checkBad(failed, all - open)
            : own.checkGood(all - open, all)}{" "}
          {last.finishedAtMs !== null && <Moment atMs={last.finishedAtMs} />}{" "}
          <a href={`/admin/jobs/${last.id}`}>{own.checkLook}</a>
        </p>
      )}
      <Act action="/admin/storage/check">{own.checkAll}</Act>
    </section>
  );
}

export const checkAll: Handler = ({ contexts, caller }) =>
  seeOther(`/admin/jobs/${contexts.console.checks.startAll(caller)}`);

export const measure: Handler = ({ contexts }) =>
  seeOther(`/admin/jobs/${contexts.console.jobs.measureAccounts()}`);

/** Every setting with where its value comes from. */
export const showSettings: Handler = (visit) => settingsPage(visit, null);

function settingsPage(visit: Visit, fault: string | null): Response {
  const { contexts, words, text } = visit;
  const own = words.settings;
  const all = contexts.console.settings.list();
  const groups = Map.groupBy(all, ({ group }) => group);
  const live = all.filter((one) => one.live !== null);
  return adminRoom(
    visit,
    { title: own.title, fault },
    <>
      <p>{own.intro}</p>
      <section class="card">
        <h2>{own.here}</h2>
        {live.map((one) => (
          <form method="post" action="/admin/settings">
            <input type="hidden" name="key" value={one.live!} />
            <Field
              label={one.name}
              name={one.live!}
              value={one.value ?? ""}
              hint={nameIn(text.named.settings, one.live!)}
            />
            <button
              type="submit"
              class="plain small"
              aria-label={own.saveOne(one.name)}
            >
              {own.save}
            </button>
          </form>
        ))}
      </section>
      {[...groups].map(([group, rows]) => (
        <section class="card">
          <h2>{nameIn(text.named.settingGroups, group)}</h2>
          <Table
            text={text}
            caption={own.caption}
            rows={rows}
            columns={[
              { label: own.name, cell: ({ name }) => <code>{name}</code> },
              {
                label: own.value,
                cell: ({ value, isSecret }) =>
                  isSecret ? (
                    own.secret
                  ) : value === null ? (
                    "–"
                  ) : (
                    <code>{value}</code>
                  ),
              },
              {
                label: own.origin,
                cell: ({ origin }) => (
                  <State tone={origin === "page" ? "good" : "plain"}>
                    {own.origins[origin]}
                  </State>
                ),
              },
            ]}
          />
        </section>
      ))}
    </>,
  );
}

export const changeSetting: Handler = (visit) => {
  const { contexts, form, caller } = visit;
  const key = form.get("key") ?? "";
  const { settings } = contexts.console;
  const isLive = settings.list().some(({ live }) => live === key);
  if (!isLive || key === "registration") return seeOther("/admin/settings");
  try {
    settings.change(key as LiveKey, form.get(key) ?? "", caller);
  } catch (error) {
    return settingsPage(visit, toldFault(visit.text, error));
  }
  const back =
    form.get("back") === "/admin/logs" ? "/admin/logs" : "/admin/settings";
  return seeOther(hrefWith(back, { done: "saved" }));
};

/** The registry as a table: what this server answers itself. */
export const showCompatibility: Handler = (visit) => {
  const { words, text } = visit;
  const own = words.compatibility;
  const search = visit.query("q").trim().toLowerCase();
  const rows = [
    ...Object.entries(METHODS).map(([nsid, { auth }]) => ({
      nsid,
      auth: auth.kind,
    })),
    ...Object.keys(SUBSCRIPTIONS).map((nsid) => ({ nsid, auth: "none" })),
  ]
    .filter(({ nsid }) => nsid.toLowerCase().includes(search))
    .toSorted((a, b) => (a.nsid < b.nsid ? -1 : 1));
  return adminRoom(
    visit,
    { title: own.title },
    <>
      <p>
        {own.intro(
          Object.keys(METHODS).length + Object.keys(SUBSCRIPTIONS).length,
        )}
      </p>
      <SearchForm action="/admin/compatibility" submit={own.find}>
        <Field
          label={own.search}
          name="q"
          type="search"
          value={visit.query("q")}
        />
      </SearchForm>
      <section class="card">
        <h2 class="hidden">{own.title}</h2>
        <Table
          text={text}
          caption={own.caption}
          rows={rows}
          columns={[
            {
              label: own.method,
              cell: ({ nsid }) => <a href={`/api/${nsid}`}>{nsid}</a>,
            },
            { label: own.who, cell: ({ auth }) => <code>{auth}</code> },
            {
              label: own.state,
              cell: () => <State tone="good">{own.here}</State>,
            },
          ]}
        />
      </section>
    </>,
  );
};
