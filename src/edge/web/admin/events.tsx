import { isDid } from "#repo/syntax.ts";
import {
  EVENT_GROUPS,
  EVENT_KINDS,
  type EventKind,
  kindsOf,
} from "#contexts/security/event-kinds.ts";
import type { EventFilter, HostEvent } from "#contexts/security/events.ts";
import { EventWords, whereOf, whoOf } from "#edge/web/account/events.tsx";
import {
  type Column,
  EXACT,
  Field,
  hrefWith,
  Moment,
  PagedTable,
  SearchForm,
} from "#edge/web/parts.tsx";
import { listPath } from "./list-path.ts";
import { adminRoom, daysOf, type Handler, type Visit } from "./page.tsx";

const PATH = "/admin/events";

/** What the address of the page asks for; no filter where it names an account that is not here. */
export function eventsAsked({ query, contexts }: Visit) {
  const [kind, from, to] = [query("kind"), query("from"), query("to")];
  const account = query("account").trim().replace(/^@/, "");
  const fields = { account, kind, from, to };
  const { fromMs, toMs } = daysOf(from, to);
  const did = isDid(account)
    ? account
    : contexts.accounts.findByHandle(account as never)?.did;
  const kinds = kindsAsked(kind);
  const filter: EventFilter = {
    ...(did !== undefined && { did }),
    ...(kinds !== null && { kinds }),
    ...(fromMs !== null && { fromMs }),
    ...(toMs !== null && { toMs }),
  };
  const isNobody = account !== "" && did === undefined;
  return { fields, filter: isNobody ? null : filter };
}

/** Nonsense narrows nothing. */
function kindsAsked(kind: string): readonly EventKind[] | null {
  const group = EVENT_GROUPS.find((one) => one === kind);
  if (group !== undefined) return kindsOf(group);
  return Object.hasOwn(EVENT_KINDS, kind) ? [kind as EventKind] : null;
}

/** What happened to all accounts, the newest first. */
export const showEvents: Handler = (visit) => {
  const { contexts, words, text } = visit;
  const own = words.events;
  const cursor = visit.query("cursor") || null;
  const { fields, filter } = eventsAsked(visit);
  const page =
    filter === null
      ? { events: [], cursor: null }
      : contexts.events.listAll(filter, { cursor });
  return adminRoom(
    visit,
    { title: own.title, ...(filter === null && { fault: own.nobody }) },
    <>
      <p>{own.intro}</p>
      <FilterForm visit={visit} fields={fields} />
      <section class="card">
        <h2 class="hidden">{own.title}</h2>
        <PagedTable
          {...{ text, path: PATH, query: fields, caption: own.caption }}
          columns={columnsOf(visit)}
          list={{ rows: page.events, cursor, next: page.cursor }}
          csv={hrefWith(listPath("events"), fields)}
        />
      </section>
    </>,
  );
};

function columnsOf({ text, words }: Visit): Column<HostEvent>[] {
  const own = words.events;
  const shared = text.account.events;
  const kinds = wordsOfKinds(text);
  return [
    {
      label: own.ofAccount,
      cell: ({ did, handle }) => (
        <a href={`/admin/accounts/${did}`}>{`@${handle}`}</a>
      ),
    },
    {
      label: shared.what,
      cell: (event) => <EventWords {...{ text, event, kinds }} />,
    },
    {
      label: shared.who,
      cell: (event) => whoOf(text, event, own.owner),
    },
    { label: shared.from, cell: (event) => whereOf(text, event) || "–" },
    {
      label: shared.when,
      cell: ({ at, lastAt, count }) => (
        <>
          <Moment atMs={Date.parse(at)} />
          {count > 1 && (
            <div class="quiet">
              {own.last} <Moment atMs={Date.parse(lastAt)} />
            </div>
          )}
        </>
      ),
    },
  ];
}

const wordsOfKinds = ({ account, admin }: Visit["text"]) => ({
  ...account.events.kinds,
  ...admin.events.kinds,
});

function FilterForm({
  visit: { text, words },
  fields,
}: {
  visit: Visit;
  fields: ReturnType<typeof eventsAsked>["fields"];
}) {
  const own = words.events;
  const names = wordsOfKinds(text);
  return (
    <SearchForm action={PATH} submit={own.find}>
      <Field
        label={own.account}
        name="account"
        type="search"
        value={fields.account}
        {...EXACT}
      />
      <label class="field">
        {own.kind}
        <select name="kind">
          <option value="">{own.any}</option>
          {EVENT_GROUPS.map((group) => (
            <optgroup label={own.groups[group]}>
              <option value={group} selected={fields.kind === group}>
                {own.allOf(own.groups[group])}
              </option>
              {kindsOf(group).map((kind) => (
                <option value={kind} selected={fields.kind === kind}>
                  {names[kind]}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      <Field label={own.from} name="from" type="date" value={fields.from} />
      <Field label={own.to} name="to" type="date" value={fields.to} />
    </SearchForm>
  );
}
