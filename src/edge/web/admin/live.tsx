import type { Child } from "hono/jsx";
import type { LivePart } from "#edge/http/live-streams.ts";
import {
  type Column,
  hrefWith,
  Pager,
  Table,
  TableRows,
} from "#edge/web/parts.tsx";
import type { AdminPage, Visit } from "./page.tsx";

/** A table that the latest is added to while one looks; a link does the same without scripts. */
export function LiveTable<Row>({
  visit,
  path,
  query,
  list: { rows, cursor, next, last },
  ...table
}: {
  visit: Visit;
  path: AdminPage["path"];
  /** What the list is narrowed by. */
  query: Readonly<Record<string, string>>;
  caption: string;
  columns: readonly Column<Row>[];
  list: {
    rows: readonly Row[];
    cursor: string | null;
    next: string | null;
    /** Where what comes later begins. */
    last: string;
  };
}) {
  const { text } = visit;
  const body = <Table {...{ ...table, text, rows }} isGrowing />;
  return (
    <>
      {cursor === null ? (
        <Following {...{ visit, path, query, last }}>{body}</Following>
      ) : (
        body
      )}
      <Pager {...{ text, path, query, cursor, next }} />
    </>
  );
}

function Following({
  visit,
  path,
  query,
  last,
  children,
}: {
  visit: Visit;
  path: string;
  query: Readonly<Record<string, string>>;
  last: string;
  children: Child;
}) {
  const words = visit.words.live;
  return (
    <div
      data-live={hrefWith(`${path}/live`, query)}
      data-last={last}
      data-words={JSON.stringify(words)}
    >
      <div class="actions">
        <a class="button plain small" href={hrefWith(path, query)}>
          {words.refresh}
        </a>
        <button type="button" class="plain small" data-live-pause hidden>
          {words.pause}
        </button>
        <label class="tick" data-live-loud hidden>
          <input type="checkbox" />
          <span>{words.loud}</span>
        </label>
      </div>
      <p class="quiet" role="status" data-live-state></p>
      <div aria-live="off" data-live-rows>
        {children}
      </div>
    </div>
  );
}

/** What came later, as rows of that table. */
export function livePart<Row>(
  columns: readonly Column<Row>[],
  part: { rows: readonly Row[]; last: string; hasMore: boolean },
): LivePart {
  const { last, hasMore } = part;
  const html = (<TableRows columns={columns} rows={part.rows} />).toString();
  return { html, last, hasMore };
}
