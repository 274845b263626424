import type {
  AccountFilter,
  AccountLine,
  AccountSort,
  AccountStatus,
} from "#contexts/admin/account-console.ts";
import { BULK_ACTS, type BulkAct } from "#contexts/admin/bulk-acts.ts";
import {
  EXACT,
  Field,
  hrefWith,
  isTypedName,
  type Listed,
  Moment,
  PagedTable,
  SearchForm,
  State,
  type Tone,
  Bytes,
} from "#edge/web/parts.tsx";
import { toldFault } from "#edge/web/refusal-words.ts";
import { seeOther } from "#edge/http/pages.ts";
import { listPath } from "./list-path.ts";
import {
  adminRoom,
  confirmPage,
  daysOf,
  type Handler,
  type Visit,
} from "./page.tsx";

const PATH = "/admin/accounts";
const STATUSES = [
  "active",
  "deactivated",
  "suspended",
  "takendown",
] as const satisfies AccountStatus[];
const SORTS = [
  "newest",
  "oldest",
  "handle",
  "largest",
] as const satisfies AccountSort[];

export const TONE_OF_STATUS: Record<AccountStatus, Tone> = {
  active: "good",
  deactivated: "plain",
  suspended: "warn",
  takendown: "bad",
  creating: "plain",
  deleted: "plain",
};

type Fields = Record<"q" | "status" | "from" | "to", string>;

function fieldsOf(read: (name: string) => string): Fields {
  return {
    ...{ q: read("q"), status: read("status") },
    ...{ from: read("from"), to: read("to") },
  };
}

/** Nonsense in a field narrows nothing. */
function filterOf({ q, status, from, to }: Fields): AccountFilter {
  const known = STATUSES.find((one) => one === status);
  const { fromMs, toMs } = daysOf(from, to);
  return {
    ...(q.trim() !== "" && { search: q }),
    ...(known !== undefined && { status: known }),
    ...(fromMs !== null && { createdAfterMs: fromMs }),
    ...(toMs !== null && { createdBeforeMs: toMs }),
  };
}

/** Which accounts the address of the page asks for, and in which order. */
export function accountsAsked(read: (name: string) => string): {
  filter: AccountFilter;
  sort: AccountSort;
} {
  const sort = SORTS.find((one) => one === read("sort")) ?? "newest";
  return { filter: filterOf(fieldsOf(read)), sort };
}

export const showAccounts: Handler = (visit) => {
  const { contexts, words } = visit;
  const own = words.accounts;
  const fields = fieldsOf(visit.query);
  const { filter, sort } = accountsAsked(visit.query);
  const cursor = visit.query("cursor") || null;
  const { accounts } = contexts.console;
  const page = accounts.list({ filter, sort, cursor });
  const counts = accounts.countByStatus();
  const isNarrow = Object.keys(filter).length > 0;
  return adminRoom(
    visit,
    { title: own.title },
    <>
      <p>
        {own.counts(counts.active, counts.deactivated, counts.takendown)}{" "}
        <a href="/admin/accounts/new">{own.make}</a>
      </p>
      <FilterForm visit={visit} fields={fields} sort={sort} />
      <section class="card">
        <h2 class="hidden">{own.list}</h2>
        <AccountTable
          visit={visit}
          list={{ rows: page.lines, cursor, next: page.next }}
          query={{ ...fields, sort }}
        />
      </section>
      {isNarrow && page.lines.length > 0 && (
        <BulkForm visit={visit} fields={fields} />
      )}
    </>,
  );
};

function AccountTable({
  visit: { text, words },
  ...listed
}: {
  visit: Visit;
  list: Listed<AccountLine>;
  query: Readonly<Record<string, string>>;
}) {
  const own = words.accounts;
  return (
    <PagedTable
      {...{ text, path: PATH, ...listed }}
      caption={own.list}
      csv={hrefWith(listPath("accounts"), listed.query)}
      columns={[
        {
          label: own.handle,
          cell: ({ did, handle }) => (
            <a href={`${PATH}/${did}`}>{`@${handle}`}</a>
          ),
        },
        { label: own.email, cell: ({ email }) => email ?? "–" },
        {
          label: own.status,
          cell: ({ status }) => (
            <State tone={TONE_OF_STATUS[status]}>{own.statuses[status]}</State>
          ),
        },
        {
          label: own.records,
          isNumber: true,
          cell: (line) => line.recordCount ?? "–",
        },
        {
          label: own.size,
          isNumber: true,
          // Both come from the same measuring.
          cell: (line) =>
            line.recordCount === null ? "–" : <Bytes of={line.totalBytes} />,
        },
        {
          label: own.created,
          cell: (line) => <Moment atMs={line.createdAtMs} />,
        },
      ]}
    />
  );
}

function FilterForm({
  visit,
  fields,
  sort,
}: {
  visit: Visit;
  fields: Fields;
  sort: AccountSort;
}) {
  const own = visit.words.accounts;
  return (
    <SearchForm action={PATH} submit={own.find}>
      <Field label={own.search} name="q" type="search" value={fields.q} />
      <label class="field">
        {own.status}
        <select name="status">
          <option value="">{own.any}</option>
          {STATUSES.map((status) => (
            <option value={status} selected={status === fields.status}>
              {own.statuses[status]}
            </option>
          ))}
        </select>
      </label>
      <Field label={own.from} name="from" type="date" value={fields.from} />
      <Field label={own.to} name="to" type="date" value={fields.to} />
      <label class="field">
        {own.sort}
        <select name="sort">
          {SORTS.map((one) => (
            <option value={one} selected={one === sort}>
              {own.sorts[one]}
            </option>
          ))}
        </select>
      </label>
    </SearchForm>
  );
}

function BulkForm({ visit, fields }: { visit: Visit; fields: Fields }) {
  const own = visit.words.accounts;
  return (
    <section class="card">
      <h2>{own.bulk}</h2>
      <p>{own.bulkHint}</p>
      <form class="filter" method="get" action={`${PATH}/bulk`}>
        {Object.entries(fields).map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <label class="field">
          {own.act}
          <select name="act">
            {BULK_ACTS.map((act) => (
              <option value={act}>{own.acts[act]}</option>
            ))}
          </select>
        </label>
        <button type="submit" class="plain">
          {own.preview}
        </button>
      </form>
    </section>
  );
}

/** Shows whom it would be, before it is done. */
export const showBulk: Handler = (visit) =>
  bulkPreview(visit, fieldsOf(visit.query), visit.query("act"), null);

function bulkPreview(
  visit: Visit,
  fields: Fields,
  name: string,
  fault: string | null,
): Response {
  const { contexts, words } = visit;
  const own = words.accounts;
  const act = BULK_ACTS.find((one) => one === name);
  if (act === undefined) return seeOther(PATH);
  const { count, handles, others } = contexts.console.bulk.preview(
    act,
    filterOf(fields),
  );
  return confirmPage(visit, {
    title: own.acts[act],
    consequences: [
      own.bulkCount(count),
      ...(count === 0
        ? []
        : [
            handles.map((handle) => `@${handle}`).join(", ") +
              (count > handles.length ? " …" : ""),
          ]),
      ...(others > 0 ? [own.bulkOthers(others)] : []),
      own.consequences[act],
      own.bulkLogged,
    ],
    action: `${PATH}/bulk`,
    fields: { ...fields, act, count: String(count) },
    back: hrefWith(PATH, fields),
    isGrave: act === "delete" || act === "takeDown",
    typed: own.typeCount(count),
    fault,
  });
}

export const doBulk: Handler = (visit) => {
  const { form, contexts, caller, words } = visit;
  const read = (name: string) => form.get(name) ?? "";
  const fields = fieldsOf(read);
  const act = read("act") as BulkAct;
  const count = Number(read("count"));
  if (!isTypedName(form, String(count))) {
    return bulkPreview(visit, fields, act, words.confirm.mistyped);
  }
  try {
    const id = contexts.console.bulk.start(
      { act, filter: filterOf(fields), expectedCount: count },
      caller,
    );
    return seeOther(`/admin/jobs/${id}`);
  } catch (error) {
    return bulkPreview(visit, fields, act, toldFault(visit.text, error));
  }
};

export const showNewAccount: Handler = (visit) => newAccountPage(visit, null);

function newAccountPage(visit: Visit, fault: string | null): Response {
  const { words, settings, form } = visit;
  const own = words.newAccount;
  return adminRoom(
    visit,
    { title: own.title, fault },
    <section class="card">
      <p>{own.intro}</p>
      <form method="post" action={`${PATH}/new`}>
        <Field
          label={own.handle}
          name="handle"
          value={form.get("handle") ?? ""}
          hint={own.handleHint(settings.handleDomains.join(", "))}
          required
          {...EXACT}
        />
        <Field
          label={own.email}
          name="email"
          type="email"
          value={form.get("email") ?? ""}
          autocomplete="off"
          required
        />
        <Field
          label={own.password}
          name="password"
          type="password"
          autocomplete="new-password"
          hint={own.passwordHint}
          required
        />
        <button type="submit">{own.submit}</button>
      </form>
    </section>,
  );
}

export const doNewAccount: Handler = async (visit) => {
  const { form, contexts, caller } = visit;
  try {
    const { did } = await contexts.console.accounts.create(
      {
        handle: form.get("handle") ?? "",
        email: form.get("email") ?? "",
        password: form.get("password") ?? "",
      },
      caller,
    );
    return seeOther(hrefWith(`${PATH}/${did}`, { done: "made" }));
  } catch (error) {
    return newAccountPage(visit, toldFault(visit.text, error));
  }
};
