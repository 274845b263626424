import type { LiveSource } from "#edge/http/live-streams.ts";
import { livePart } from "#edge/web/live.tsx";
import {
  type Column,
  Field,
  SearchForm,
  State,
  type Tone,
} from "#edge/web/parts.tsx";
import { LiveTable } from "./live.tsx";
import {
  adminRoom,
  numberAsked,
  type Handler,
  numberedPage,
  type Visit,
} from "./page.tsx";

const PATH = "/admin/logs";
const LEVELS = ["debug", "info", "warn", "error"] as const;
const TONES: Record<(typeof LEVELS)[number], Tone> = {
  debug: "plain",
  info: "plain",
  warn: "warn",
  error: "bad",
};
const LINES = 100;
const LIVE_LINES = 50;

type Line = ReturnType<Visit["contexts"]["console"]["logs"]["list"]>[number];

function askedOf({ query }: Visit) {
  const level = LEVELS.find((one) => one === query("level")) ?? "info";
  return { level, text: query("q") };
}

/** The last lines of the log, and those that come. */
export const showLogs: Handler = (visit) => {
  const { contexts, words } = visit;
  const own = words.logs;
  const { logs } = contexts.console;
  const asked = askedOf(visit);
  const before = numberAsked(visit);
  const rows = logs.list({ ...asked, before, limit: LINES });
  return adminRoom(
    visit,
    { title: own.title, scripts: ["live.client.js"] },
    <>
      <SearchForm action={PATH} submit={own.find}>
        <label class="field">
          {own.level}
          <select name="level">
            {LEVELS.map((one) => (
              <option value={one} selected={one === asked.level}>
                {own.levels[one]}
              </option>
            ))}
          </select>
        </label>
        <Field label={own.search} name="q" type="search" value={asked.text} />
      </SearchForm>
      <section class="card">
        <h2 class="hidden">{own.title}</h2>
        <LiveTable
          {...{ visit, path: PATH, caption: own.caption }}
          query={{ level: asked.level, q: asked.text }}
          columns={columnsOf(visit)}
          list={{
            ...numberedPage(rows, before, LINES),
            last: newestOf(visit),
          }}
        />
      </section>
      <LevelForm visit={visit} />
    </>,
  );
};

function columnsOf({ words }: Visit): Column<Line>[] {
  const own = words.logs;
  return [
    {
      label: own.time,
      cell: ({ time }) => (
        <time class="once" datetime={time} title={time}>
          {time.slice(5, 19).replace("T", " ")}
        </time>
      ),
    },
    {
      label: own.level,
      cell: ({ level }) => <State tone={TONES[level]}>{level}</State>,
    },
    { label: own.event, cell: ({ event }) => event },
    {
      label: own.fields,
      cell: ({ fields }) =>
        Object.keys(fields).length === 0 ? "–" : <code>{shorten(fields)}</code>,
    },
  ];
}

const MOST_SHOWN = 600;

function shorten(fields: object): string {
  const all = JSON.stringify(fields);
  return all.length <= MOST_SHOWN ? all : `${all.slice(0, MOST_SHOWN)}…`;
}

/** How much is written. */
function LevelForm({ visit: { contexts, words } }: { visit: Visit }) {
  const own = words.logs;
  const { logs, settings } = contexts.console;
  const mayChange = settings.list().some(({ live }) => live === "logLevel");
  return (
    <section class="card">
      <h2>{own.written}</h2>
      <p>{own.writtenHint(logs.level())}</p>
      {mayChange && (
        <form class="filter" method="post" action="/admin/settings">
          <input type="hidden" name="key" value="logLevel" />
          <input type="hidden" name="back" value={PATH} />
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
  );
}

/** The newest line of any level: what follows it is new. */
function newestOf({ contexts }: Visit): string {
  const all = { level: "debug", limit: 1 } as const;
  return String(contexts.console.logs.list(all)[0]?.id ?? 0);
}

export function followLogs(visit: Visit): LiveSource {
  const { logs } = visit.contexts.console;
  const asked = askedOf(visit);
  const columns = columnsOf(visit);
  return {
    newest: () => newestOf(visit),
    read(mark) {
      if (!/^\d{1,15}$/.test(mark)) return null;
      // Numbers begin anew with the program.
      const after = Number(mark) > Number(newestOf(visit)) ? 0 : Number(mark);
      const found = logs.list({ ...asked, after, limit: LIVE_LINES + 1 });
      if (found.length === 0) return null;
      const rows = found.slice(0, LIVE_LINES);
      const hasMore = found.length > LIVE_LINES;
      return livePart(columns, { rows, hasMore, last: String(rows[0]!.id) });
    },
  };
}
