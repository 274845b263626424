import type { Child } from "hono/jsx";
import type { LivePart } from "#edge/http/live-streams.ts";
import { type Column, hrefWith, TableRows } from "./parts.tsx";
import type { Text } from "./text/catalogue.ts";

/** Tables that the latest is added to while one looks; a link does the same without scripts. */

/** What the page says of it. */
export type LiveWords = Text["account"]["activity"]["live"];

/** Around a table: adds the latest to it while one looks, from `/live` below the path. */
export function Following({
  words,
  path,
  query = {},
  last,
  children,
}: {
  words: LiveWords;
  path: string;
  query?: Readonly<Record<string, string>>;
  /** Where what comes later begins. */
  last: string;
  children: Child;
}) {
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
