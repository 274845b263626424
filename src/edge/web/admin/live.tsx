import { Following } from "#edge/web/live.tsx";
import { type Column, Pager, Table } from "#edge/web/parts.tsx";
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
        <Following {...{ path, query, last, words: visit.words.live }}>
          {body}
        </Following>
      ) : (
        body
      )}
      <Pager {...{ text, path, query, cursor, next }} />
    </>
  );
}
