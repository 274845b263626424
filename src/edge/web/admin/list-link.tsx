import { hrefWith } from "#edge/web/parts.tsx";
import type { Visit } from "./page.tsx";

/** Lists that can be taken along; the table in `lists.ts` says what they hold. */
export type AdminList =
  "accounts" | "acts" | "invites" | "jobs" | "letters" | "sessions" | "storage";

export const listPath = (name: AdminList) => `/admin/lists/${name}.csv`;

/** Under a table: the whole list as a file. */
export function ListLink({
  visit,
  name,
  query = {},
}: {
  visit: Visit;
  name: AdminList;
  /** What the list is narrowed by. */
  query?: Readonly<Record<string, string>>;
}) {
  return (
    <p class="quiet">
      <a href={hrefWith(listPath(name), query)} download>
        {visit.words.csv[name]}
      </a>
    </p>
  );
}
