import { type Child, createContext, useContext } from "hono/jsx";
import {
  bytesInWords,
  type Language,
  LANGUAGES,
  momentInWords,
} from "#lib/languages.ts";
import type { Text } from "./text/catalogue.ts";

/** Pieces that pages are put together from. */

export type Tone = "good" | "warn" | "bad" | "plain";

/** A word on how something is, with a colour that repeats it. */
export function State({ tone, children }: { tone: Tone; children: Child }) {
  return <span class={`state ${tone}`}>{children}</span>;
}

/** Names with values. A row whose value is null is left out. */
export function Facts({
  rows,
}: {
  rows: readonly (readonly [name: Child, value: Child])[];
}) {
  return (
    <dl>
      {rows
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export interface Column<Row> {
  /** Empty over buttons, which say themselves what they do. */
  label: string;
  isNumber?: boolean;
  cell(row: Row): Child;
}

/** A table that becomes a list of cards on a phone. The first column names the row. */
export function Table<Row>({
  text,
  caption,
  columns,
  rows,
  isGrowing = false,
}: {
  text: Text;
  /** What the table holds; read out, and shown above it. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** Whether rows may come later: it is there without any then. */
  isGrowing?: boolean;
}) {
  if (rows.length === 0 && !isGrowing) {
    return <p class="quiet">{text.shell.none}</p>;
  }
  return (
    <div class="table folds">
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ label, isNumber }) =>
              label === "" ? (
                <td></td>
              ) : (
                <th scope="col" class={isNumber ? "number" : undefined}>
                  {label}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          <TableRows columns={columns} rows={rows} />
        </tbody>
      </table>
    </div>
  );
}

/** The rows alone, for a table that is there already. */
export function TableRows<Row>({
  columns,
  rows,
}: {
  columns: readonly Column<Row>[];
  rows: readonly Row[];
}) {
  return (
    <>
      {rows.map((row) => (
        <tr>
          {columns.map(({ label, isNumber, cell }, index) => {
            const look = isNumber ? "number" : undefined;
            return index === 0 ? (
              <th scope="row" class={look}>
                {cell(row)}
              </th>
            ) : (
              <td class={look} data-label={label || undefined}>
                {cell(row)}
              </td>
            );
          })}
        </tr>
      ))}
    </>
  );
}

/** The way through a list: on to the next page, and back to the first. */
export function Pager({
  text,
  path,
  query,
  cursor,
  next,
}: {
  text: Text;
  path: string;
  /** What the list is filtered by; goes along. */
  query: Readonly<Record<string, string>>;
  /** Where this page begins; null on the first. */
  cursor: string | null;
  next: string | null;
}) {
  if (cursor === null && next === null) return null;
  return (
    <nav class="pager" aria-label={text.shell.pages}>
      <span>
        {cursor !== null && (
          <a href={hrefWith(path, query)}>{text.shell.first}</a>
        )}
      </span>
      {next !== null && (
        <a href={hrefWith(path, { ...query, cursor: next })} rel="next">
          {text.shell.next}
        </a>
      )}
    </nav>
  );
}

/** One page of a list. */
export interface Listed<Row> {
  rows: readonly Row[];
  /** Where it begins; null on the first. */
  cursor: string | null;
  /** Where the next one begins; null on the last. */
  next: string | null;
}

/** One page of a list as a table, with the way on and the whole as a file. */
export function PagedTable<Row>({
  list: { rows, cursor, next },
  path,
  query = {},
  csv = null,
  ...table
}: {
  text: Text;
  caption: string;
  columns: readonly Column<Row>[];
  list: Listed<Row>;
  path: string;
  query?: Readonly<Record<string, string>>;
  /** Where the whole list is as a table for other programs. */
  csv?: string | null;
  /** See `Table`. */
  isGrowing?: boolean;
}) {
  const { text } = table;
  return (
    <>
      <Table {...table} rows={rows} />
      <Pager {...{ text, path, query, cursor, next }} />
      {csv !== null && rows.length > 0 && (
        <p>
          <a href={csv} download>
            {text.shell.csv}
          </a>
        </p>
      )}
    </>
  );
}

/** A path with a query; values that are empty are left out. */
export function hrefWith(
  path: string,
  query: Readonly<Record<string, string>>,
): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== "");
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs)}`;
}

/** A button that sends a form of its own, with what it is about. */
export function Act({
  action,
  fields = {},
  look = "plain small",
  children,
  name,
  id,
}: {
  action: string;
  fields?: Readonly<Record<string, string>>;
  look?: string;
  children: Child;
  /** For those who hear the page: what the button is about, where its words alone don't say. */
  name?: string;
  /** Of the form, for a script. */
  id?: string;
}) {
  return (
    <form class="inline" method="post" action={action} id={id}>
      {Object.entries(fields).map(([key, value]) => (
        <input type="hidden" name={key} value={value} />
      ))}
      <button type="submit" class={look} aria-label={name}>
        {children}
      </button>
    </form>
  );
}

/** A line of text to type, with its name, a hint and what is wrong with it. */
export function Field({
  label,
  name,
  type = "text",
  value,
  hint,
  fault = null,
  ...rest
}: {
  label: string;
  name: string;
  type?: string;
  value?: string;
  hint?: Child;
  fault?: string | null;
  [attribute: string]: unknown;
}) {
  const notes = [hint && `${name}-hint`, fault !== null && `${name}-fault`]
    .filter(Boolean)
    .join(" ");
  return (
    <div>
      <label class="field">
        {label}
        <input
          type={type}
          name={name}
          value={value}
          aria-invalid={fault === null ? undefined : "true"}
          aria-describedby={notes === "" ? undefined : notes}
          {...rest}
        />
      </label>
      {hint && (
        <p class="quiet" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {fault !== null && (
        <p class="alert" id={`${name}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}

/** What is exact, so that no browser completes or corrects it. */
export const EXACT = {
  autocomplete: "off",
  autocapitalize: "none",
  spellcheck: false,
} as const;

/** For the code that a letter has brought. */
export function MailedCode({ label }: { label: string }) {
  return (
    <Field
      label={label}
      name="code"
      required
      {...EXACT}
      autocomplete="one-time-code"
      autocapitalize="characters"
    />
  );
}

/** A name to be typed by who means it, before something that can't be undone. */
export function TypedName({ label }: { label: string }) {
  return <Field label={label} name="typed" required {...EXACT} />;
}

/** Whether the name that was typed is this one, however it is written. */
export function isTypedName(form: URLSearchParams, name: string): boolean {
  const typed = (form.get("typed") ?? "").trim().replace(/^@/, "");
  return typed.toLowerCase() === name.toLowerCase();
}

/**
 * What is wrong with a form, above it and with the focus on it. Each sentence
 * leads to its field; the name of a field that is no field is empty.
 */
export function Faults({
  text,
  faults,
}: {
  text: Text;
  faults: readonly (readonly [field: string, sentence: string])[];
}) {
  if (faults.length === 0) return null;
  return (
    <div class="alert" role="alert" id="faults" tabindex={-1} autofocus>
      <p>
        <strong>{text.shell.faults}</strong>
      </p>
      <ul>
        {faults.map(([field, sentence]) => (
          <li>
            {field === "" ? sentence : <a href={`#${field}`}>{sentence}</a>}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What narrows the list below it; the fields are the list's own. */
export function SearchForm({
  action,
  submit,
  children,
}: {
  /** Path of the page. */
  action: string;
  submit: string;
  children: Child;
}) {
  return (
    <form class="filter" method="get" action={action} role="search">
      {children}
      <button type="submit">{submit}</button>
    </form>
  );
}

/** Of the page that is being put together. */
export const PageLanguage = createContext<Language>(LANGUAGES[0]);

/** A number of bytes, in the page's language. */
export function Bytes({ of }: { of: number }) {
  return <>{bytesInWords(of, useContext(PageLanguage))}</>;
}

/** A moment: the day and the minute in UTC, exact for who looks closer. */
export function Moment({ atMs }: { atMs: number }) {
  const iso = new Date(atMs).toISOString();
  return (
    <time datetime={iso} title={iso}>
      {momentInWords(atMs, useContext(PageLanguage))}
    </time>
  );
}

const STEPS = [
  ["second", 1000],
  ["minute", 60_000],
  ["hour", 3_600_000],
  ["day", 86_400_000],
] as const;

/** Roughly when, in words: "in 3 hours". Less than a second is one. */
export function timeFromNow(lang: string, ms: number): string {
  const [unit, unitMs] = STEPS.findLast(([, step]) => ms >= step) ?? STEPS[0];
  const count = Math.max(1, Math.round(ms / unitMs));
  return new Intl.RelativeTimeFormat(lang).format(count, unit);
}
