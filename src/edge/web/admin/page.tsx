import type { Child } from "hono/jsx";
import type { AdminSession } from "#contexts/security/admin-sessions.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { Contexts } from "#edge/contexts.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import type { LiveSource } from "#edge/http/live-streams.ts";
import type { AssetName } from "#edge/web/assets.ts";
import { Act, type Listed, TypedName } from "#edge/web/parts.tsx";
import { type MenuSection, renderRoom } from "#edge/web/shell.tsx";
import type { Shown } from "#edge/web/sign-in.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";

/** The operator at one of their pages. */
export interface Visit {
  contexts: Contexts;
  settings: EdgeSettings;
  shown: Shown;
  text: Text;
  words: Text["admin"];
  /** Path as it was asked for. */
  path: string;
  /** The part of the path that the table calls `:name`. */
  param(name: string): string;
  /** "" for one that is missing. */
  query(name: string): string;
  /** Of a form that was sent; empty otherwise. */
  form: URLSearchParams;
  menu: readonly MenuSection[];
  session: AdminSession;
  /** In whose name things are done. */
  caller: Caller;
  nowMs: number;
}

export type Handler = (visit: Visit) => Response | Promise<Response>;

type Section = keyof Text["admin"]["sections"];

/** A page of the operator, and what can be done there. */
export interface AdminPage {
  path: string;
  /** Its place in the menu; null for a page that others lead to. */
  menu:
    readonly [section: Section, label: (words: Text["admin"]) => string] | null;
  show: Handler;
  /** What is added to the page while it is looked at; `/live` below its path. */
  live?: (visit: Visit) => LiveSource;
  /** Forms by the last part of their path; `""` is the page's own. */
  acts?: Readonly<Record<string, Handler>>;
}

/** A page of the operator, with its menu and the way out. */
export function adminRoom(
  visit: Visit,
  options: {
    title: string;
    titleLang?: string;
    scripts?: readonly AssetName[];
    /** What went wrong with a form; the page is shown again. */
    fault?: string | null;
    status?: number;
  },
  body: Child,
): Response {
  const { shown, path, menu, words, session, text } = visit;
  const { title, titleLang, scripts, fault = null } = options;
  const done = visit.query("done");
  const notices: Readonly<Record<string, string>> = words.done;
  const notice =
    fault === null && Object.hasOwn(notices, done) ? notices[done]! : null;
  return renderRoom(
    {
      ...{ ...shown, path, menu, notice, title, titleLang },
      ...(scripts && { scripts }),
      status: options.status ?? (fault === null ? 200 : 400),
      corner: (
        <>
          <span>{session.actor === "password" ? "admin" : session.actor}</span>
          <Act action="/admin/sign-out" look="plain">
            {text.shell.signOut}
          </Act>
        </>
      ),
    },
    <>
      {fault !== null && (
        <p class="alert" role="alert">
          {fault}
        </p>
      )}
      {body}
    </>,
  );
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 24 * 3_600_000;

/** From the beginning of one day to the end of another; null for what is no day. */
export function daysOf(
  from: string,
  to: string,
): { fromMs: number | null; toMs: number | null } {
  const startOf = (text: string) => (DAY.test(text) ? Date.parse(text) : NaN);
  const [fromMs, lastMs] = [startOf(from), startOf(to)];
  return {
    fromMs: Number.isNaN(fromMs) ? null : fromMs,
    toMs: Number.isNaN(lastMs) ? null : lastMs + DAY_MS,
  };
}

/** Where a list of numbered rows goes on; null at its beginning. */
export function numberAsked({ query }: Visit): number | null {
  const cursor = query("cursor");
  return /^\d{1,15}$/.test(cursor) ? Number(cursor) : null;
}

/** A page of such a list: a full one has another after it. */
export function numberedPage<Row extends { id: number }>(
  rows: readonly Row[],
  from: number | null,
  size: number,
): Listed<Row> {
  return {
    rows,
    cursor: from === null ? null : String(from),
    next: rows.length === size ? String(rows.at(-1)!.id) : null,
  };
}

/** Says what will happen, and asks once more. */
export function confirmPage(
  visit: Visit,
  given: {
    title: string;
    /** What follows from it, a sentence each. */
    consequences: readonly string[];
    action: string;
    fields?: Readonly<Record<string, string>>;
    back: string;
    isGrave?: boolean;
    /** Over the field for a name that has to be typed before it is done. */
    typed?: string | null;
    extra?: Child;
    fault?: string | null;
  },
): Response {
  const { words } = visit;
  const { typed = null, fault = null } = given;
  return adminRoom(
    visit,
    { title: given.title, fault },
    <section class="card">
      <h2>{words.confirm.heading}</h2>
      <ul>
        {given.consequences.map((line) => (
          <li>{line}</li>
        ))}
      </ul>
      <form method="post" action={given.action}>
        {Object.entries(given.fields ?? {}).map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        {given.extra}
        {typed !== null && <TypedName label={typed} />}
        <div class="actions">
          <button type="submit" class={given.isGrave ? "danger" : undefined}>
            {words.confirm.go}
          </button>
          <a class="button plain" href={given.back}>
            {words.confirm.back}
          </a>
        </div>
      </form>
    </section>,
  );
}

/** How far a piece of work is, for the page that waits for it. */
export function Progress({
  done,
  total,
  label,
}: {
  done: number;
  total: number | null;
  label: string;
}) {
  return total === null || total === 0 ? (
    <progress aria-label={label} />
  ) : (
    <progress aria-label={label} value={done} max={Math.max(done, total)} />
  );
}
