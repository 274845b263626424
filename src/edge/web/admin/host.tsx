import { XrpcError } from "#lib/errors.ts";
import type { LiveKey } from "#contexts/settings/live-settings.ts";
import { METHODS, SUBSCRIPTIONS } from "#edge/xrpc/registry.ts";
import { seeOther } from "#edge/http/pages.ts";
import {
  Act,
  bytesInWords,
  Facts,
  Field,
  hrefWith,
  Pager,
  SearchForm,
  State,
  Table,
  type Tone,
} from "#edge/web/parts.tsx";
import { ListLink } from "./list-link.tsx";
import { PlotsOf } from "./overview.tsx";
import { adminRoom, type Handler, type Visit } from "./page.tsx";

/** What is stored, and for how long there is room. */
export const showStorage: Handler = (visit) => {
  const { contexts, words, text } = visit;
  const own = words.storage;
  const view = contexts.console.storage();
  const { growthPerDay, daysToFull, totals, largest } = view;
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
                bytesInWords(view.freeBytes),
                bytesInWords(view.totalBytes),
              ),
            ],
            [
              own.growth,
              growthPerDay === null
                ? own.unknown
                : own.perDay(bytesInWords(Math.max(0, growthPerDay))),
            ],
            [
              own.forecast,
              daysToFull === null ? own.noForecast : own.days(daysToFull),
            ],
            [
              own.blobs,
              own.blobsOf(totals.blobs, bytesInWords(totals.blobBytes)),
            ],
            [own.repos, bytesInWords(totals.repoBytes)],
            [own.accountDb, bytesInWords(view.accountDbBytes)],
            [own.sequencerDb, bytesInWords(view.sequencerDbBytes)],
          ]}
        />
        <Act action="/admin/storage/measure">{own.measure}</Act>
      </section>
      <section class="card">
        <h2>{own.largest}</h2>
        <Table
          text={text}
          caption={own.largestHint}
          rows={largest}
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
              cell: (row) => bytesInWords(row.repoBytes),
            },
            {
              label: own.blobs,
              isNumber: true,
              cell: (row) => bytesInWords(row.blobBytes),
            },
            { label: own.files, isNumber: true, cell: (row) => row.blobCount },
            {
              label: own.records,
              isNumber: true,
              cell: (row) => row.recordCount,
            },
          ]}
        />
        <ListLink visit={visit} name="storage" />
      </section>
      <PlotsOf visit={visit} names={["storage", "blobs"]} />
    </>,
  );
};

export const measure: Handler = ({ contexts }) =>
  seeOther(`/admin/jobs/${contexts.console.jobs.measureAccounts()}`);

const LEVELS = ["debug", "info", "warn", "error"] as const;
const LOG_TONES: Record<(typeof LEVELS)[number], Tone> = {
  debug: "plain",
  info: "plain",
  warn: "warn",
  error: "bad",
};
const LINES = 100;

/** The last lines of the log. */
export const showLogs: Handler = (visit) => {
  const { contexts, words, text } = visit;
  const own = words.logs;
  const { logs, settings } = contexts.console;
  const level = LEVELS.find((one) => one === visit.query("level")) ?? "info";
  const search = visit.query("q");
  const cursor = visit.query("cursor");
  const before = /^\d{1,15}$/.test(cursor) ? Number(cursor) : null;
  const lines = logs.list({ level, text: search, before, limit: LINES });
  const mayChange = settings.list().some(({ live }) => live === "logLevel");
  return adminRoom(
    visit,
    { title: own.title },
    <>
      <SearchForm action="/admin/logs" submit={own.find}>
        <label class="field">
          {own.level}
          <select name="level">
            {LEVELS.map((one) => (
              <option value={one} selected={one === level}>
                {own.levels[one]}
              </option>
            ))}
          </select>
        </label>
        <Field label={own.search} name="q" type="search" value={search} />
      </SearchForm>
      <section class="card">
        <h2 class="hidden">{own.title}</h2>
        <Table
          text={text}
          caption={own.caption}
          rows={lines}
          columns={[
            {
              label: own.time,
              cell: ({ time }) => (
                <time datetime={time} title={time}>
                  {time.slice(5, 19).replace("T", " ")}
                </time>
              ),
            },
            {
              label: own.level,
              cell: (line) => (
                <State tone={LOG_TONES[line.level]}>{line.level}</State>
              ),
            },
            { label: own.event, cell: ({ event }) => event },
            {
              label: own.fields,
              cell: ({ fields }) =>
                Object.keys(fields).length === 0 ? (
                  "–"
                ) : (
                  <code>{shorten(fields)}</code>
                ),
            },
          ]}
        />
        <Pager
          text={text}
          path="/admin/logs"
          query={{ level, q: search }}
          cursor={before === null ? null : cursor}
          next={lines.length === LINES ? String(lines.at(-1)!.id) : null}
        />
      </section>
      <section class="card">
        <h2>{own.written}</h2>
        <p>{own.writtenHint(logs.level())}</p>
        {mayChange && (
          <form class="filter" method="post" action="/admin/settings">
            <input type="hidden" name="key" value="logLevel" />
            <input type="hidden" name="back" value="/admin/logs" />
            <label class="field">
              {own.writeFrom}
              <select name="logLevel">
                {LEVELS.map((one) => (
                  <option value={one} selected={one === logs.level()}>
                    {own.levels[one]}
                  </option>
                ))}
              </select>
            </label>
            <button type="submit" class="plain">
              {own.change}
            </button>
          </form>
        )}
      </section>
    </>,
  );
};

const MOST_SHOWN = 600;

function shorten(fields: object): string {
  const all = JSON.stringify(fields);
  return all.length <= MOST_SHOWN ? all : `${all.slice(0, MOST_SHOWN)}…`;
}

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
              hint={one.about}
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
          <h2>{group}</h2>
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
    if (!(error instanceof XrpcError)) throw error;
    return settingsPage(visit, error.message);
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
