/** Lists that can be taken along; the table in `lists.ts` says what they hold. */
export type AdminList =
  | "accounts"
  | "acts"
  | "events"
  | "invites"
  | "jobs"
  | "letters"
  | "sessions"
  | "storage";

/** Where the whole list is as a file. */
export const listPath = (name: AdminList) => `/admin/lists/${name}.csv`;
