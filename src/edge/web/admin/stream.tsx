import type { EventFilter, HostEvent } from "#contexts/sync/activity.ts";
import { isDid } from "#repo/syntax.ts";
import type { LiveSource } from "#edge/http/live-streams.ts";
import { seeOther } from "#edge/http/pages.ts";
import { What } from "#edge/web/account/activity.tsx";
import { livePart } from "#edge/web/live.tsx";
import {
  Act,
  type Column,
  EXACT,
  Facts,
  Field,
  Moment,
  SearchForm,
  Table,
} from "#edge/web/parts.tsx";
import { LiveTable } from "./live.tsx";
import { PlotsOf } from "./overview.tsx";
import { adminRoom, type Handler, type Visit } from "./page.tsx";

const PATH = "/admin/stream";
const KINDS = ["commit", "identity", "account", "sync"] as const;

/** What the network is told, who reads it, and how far each is. */
export const showStream: Handler = (visit) => {
  const { contexts, words, text } = visit;
  const own = words.stream;
  const stream = contexts.console.stream();
  return adminRoom(
    visit,
    { title: own.title, scripts: ["live.client.js"] },
    <>
      <Events visit={visit} />
      <section class="card">
        <h2>{own.log}</h2>
        <Facts
          rows={[
            [own.newest, String(stream.seq)],
            [
              own.oldest,
              stream.oldestAtMs === null ? (
                own.empty
              ) : (
                <Moment atMs={stream.oldestAtMs} />
              ),
            ],
            [own.window, own.hours(Math.round(stream.windowMs / 3_600_000))],
          ]}
        />
      </section>
      <section class="card">
        <h2>{own.readers}</h2>
        <Table
          text={text}
          caption={own.caption}
          rows={stream.subscribers}
          columns={[
            { label: own.address, cell: ({ ip }) => ip },
            {
              label: own.since,
              cell: (one) => <Moment atMs={one.connectedAtMs} />,
            },
            {
              label: own.lag,
              isNumber: true,
              cell: ({ lagMs }) => own.seconds(Math.round(lagMs / 1000)),
            },
            {
              label: own.cursor,
              isNumber: true,
              cell: ({ lastSeq }) => lastSeq,
            },
            {
              label: own.buffered,
              isNumber: true,
              cell: ({ bufferedBytes }) => bufferedBytes,
            },
            {
              label: own.end,
              cell: ({ id, ip }) => (
                <Act
                  action="/admin/stream/disconnect"
                  fields={{ id: String(id) }}
                  name={own.endOf(ip)}
                >
                  {own.end}
                </Act>
              ),
            },
          ]}
        />
      </section>
      <PlotsOf visit={visit} names={["events", "lag"]} />
    </>,
  );
};

export const disconnect: Handler = ({ contexts, form, caller }) => {
  contexts.console.disconnect(Number(form.get("id")), caller);
  return seeOther("/admin/stream?done=disconnected");
};

/** What is told at this moment, and what was before. */
function Events({ visit }: { visit: Visit }) {
  const { contexts, words, text } = visit;
  const own = words.stream;
  const filter = filterOf(visit);
  const cursor = visit.query("cursor");
  const before = /^\d{1,16}$/.test(cursor) ? Number(cursor) : null;
  const found = filter && contexts.console.events.listAll(filter, before);
  const { events: rows, hasOlder } = found ?? { events: [], hasOlder: false };
  const newest = Math.max(contexts.console.stream().seq, rows[0]?.seq ?? 0);
  return (
    <section class="card wide">
      <h2>{own.told}</h2>
      <SearchForm action={PATH} submit={own.find}>
        <label class="field">
          {own.kind}
          <select name="kind">
            <option value="">{own.all}</option>
            {KINDS.map((kind) => (
              <option value={kind} selected={kind === visit.query("kind")}>
                {text.account.activity.kinds[kind]}
              </option>
            ))}
          </select>
        </label>
        <Field
          label={own.account}
          name="account"
          value={visit.query("account")}
          {...EXACT}
        />
      </SearchForm>
      {filter === null ? (
        <p class="alert">{words.account.noneHint}</p>
      ) : (
        <LiveTable
          {...{ visit, path: PATH, caption: own.toldCaption }}
          query={{ kind: visit.query("kind"), account: visit.query("account") }}
          columns={columnsOf(visit)}
          list={{
            ...{ rows, last: String(newest) },
            cursor: before === null ? null : cursor,
            next: hasOlder ? String(rows.at(-1)!.seq) : null,
          }}
        />
      )}
    </section>
  );
}

/** null when no account here has the name that was asked for. */
function filterOf({ contexts, query }: Visit): EventFilter | null {
  const kind = KINDS.find((one) => one === query("kind"));
  const name = query("account").trim().toLowerCase().replace(/^@/, "");
  // Also one that is gone: the log still tells of it.
  const did = isDid(query("account").trim())
    ? query("account").trim()
    : contexts.accounts.findByHandle(name as never)?.did;
  if (name !== "" && did === undefined) return null;
  return {
    ...(kind !== undefined && { kind }),
    ...(name !== "" && { did: did as NonNullable<EventFilter["did"]> }),
  };
}

function columnsOf({ words, text }: Visit): Column<HostEvent>[] {
  const own = words.stream;
  return [
    { label: own.number, cell: ({ seq }) => <code class="once">{seq}</code> },
    {
      label: own.account,
      cell: ({ did }) => <a href={`/admin/accounts/${did}`}>{did}</a>,
    },
    {
      label: own.what,
      cell: (event) => <What {...{ text, event }} hrefOf={() => null} />,
    },
    { label: own.when, cell: ({ atMs }) => <Moment atMs={atMs} /> },
  ];
}

export function followStream(visit: Visit): LiveSource {
  const { events, stream } = visit.contexts.console;
  const filter = filterOf(visit);
  const columns = columnsOf(visit);
  const newest = () => String(stream().seq);
  return {
    newest,
    read(after) {
      if (filter === null || !/^\d{1,16}$/.test(after)) return null;
      const found = events.listNew(filter, Number(after));
      if (found.events.length === 0) return null;
      const { events: rows, hasOlder: hasMore } = found;
      return livePart(columns, { rows, hasMore, last: String(rows[0]!.seq) });
    },
  };
}
