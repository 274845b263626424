import { type CsvPage, csvResponse } from "#edge/http/csv.ts";
import type { AdminList } from "./list-path.ts";
import { accountsAsked } from "./accounts.tsx";
import { eventsAsked } from "./events.tsx";
import { stateAsked } from "./mail.tsx";
import type { Visit } from "./page.tsx";
import { listInvites } from "./registration.tsx";

/** Rows that are read at a time. */
const PAGE = 200;
const EVENT_PAGE = 100;

/** A list that is read by the number of its last row. */
function byNumber<Row extends { id: number }>(
  cursor: string | null,
  read: (before: number | null, limit: number) => Row[],
): CsvPage<Row> {
  const rows = read(cursor === null ? null : Number(cursor), PAGE);
  const last = rows.length === PAGE ? rows.at(-1) : undefined;
  return { rows, next: last === undefined ? null : String(last.id) };
}

const iso = (atMs: number | null) =>
  atMs === null ? null : new Date(atMs).toISOString();

/** Nothing, for an account that nobody has measured yet: it would look empty. */
const asMeasured = (row: { measuredAtMs: number | null }, size: number) =>
  row.measuredAtMs === null ? null : size;

/** The table of lists that the operator can take along, each whole. */
export const ADMIN_LISTS = {
  accounts: (visit) =>
    csvResponse({
      name: "accounts",
      page(cursor) {
        const { lines, next } = visit.contexts.console.accounts.list({
          ...accountsAsked(visit.query),
          ...{ cursor, limit: PAGE },
        });
        return { rows: lines, next };
      },
      columns: {
        did: ({ did }) => did,
        handle: ({ handle }) => handle,
        email: ({ email }) => email,
        status: ({ status }) => status,
        created_at: (line) => iso(line.createdAtMs),
        records: (line) => line.recordCount,
        bytes: (line) => line.totalBytes,
      },
    }),
  acts: ({ contexts }) =>
    csvResponse({
      name: "acts",
      page: (cursor) => byNumber(cursor, contexts.console.accounts.listActs),
      columns: {
        id: ({ id }) => id,
        at: (act) => iso(act.createdAtMs),
        actor: ({ actor }) => actor,
        action: ({ action }) => action,
        subject: ({ subject }) => subject,
        detail: ({ detailJson }) => detailJson,
      },
    }),
  events: (visit) =>
    csvResponse({
      name: "security-log",
      page(cursor) {
        const { filter } = eventsAsked(visit);
        const options = { cursor, limit: EVENT_PAGE };
        const found =
          filter === null
            ? { events: [], cursor: null }
            : visit.contexts.events.listAll(filter, options);
        return { rows: found.events, next: found.cursor };
      },
      columns: {
        id: ({ id }) => id,
        first: ({ at }) => at,
        last: ({ lastAt }) => lastAt,
        did: ({ did }) => did,
        handle: ({ handle }) => handle,
        kind: ({ kind }) => kind,
        count: ({ count }) => count,
        actor: ({ actor }) => actor,
        application: ({ clientId }) => clientId,
        ip_address: ({ ipAddress }) => ipAddress,
        device: ({ device }) => device,
        user_agent: ({ userAgent }) => userAgent,
        detail: ({ detail }) => JSON.stringify(detail),
      },
    }),
  sessions: ({ contexts }) =>
    csvResponse({
      name: "operator-sessions",
      page: () => ({ rows: contexts.admins.listAdminSessions(), next: null }),
      columns: {
        actor: ({ actor }) => actor,
        device: ({ device }) => device,
        user_agent: ({ userAgent }) => userAgent,
        ip_address: ({ ipAddress }) => ipAddress,
        created_at: ({ createdAt }) => createdAt,
        last_seen_at: ({ lastSeenAt }) => lastSeenAt,
        expires_at: ({ expiresAt }) => expiresAt,
      },
    }),
  invites: ({ contexts }) =>
    csvResponse({
      name: "invites",
      async page(cursor) {
        const { codes, cursor: next } = await listInvites(contexts, {
          ...{ cursor, limit: PAGE },
        });
        return { rows: codes, next: next ?? null };
      },
      columns: {
        code: ({ code }) => code,
        uses: ({ uses }) => uses.length,
        available: ({ available }) => available,
        disabled: ({ disabled }) => disabled,
        for_account: ({ forAccount }) => forAccount,
        created_by: ({ createdBy }) => createdBy,
        created_at: ({ createdAt }) => createdAt,
        used_by: ({ uses }) => uses.map(({ usedBy }) => usedBy).join(" "),
      },
    }),
  // Without codes and texts, which open accounts: a file gets about.
  letters: ({ contexts, query }) =>
    csvResponse({
      name: "letters",
      page: (cursor) =>
        byNumber(cursor, (before, limit) =>
          contexts.console.mail.list({
            ...{ state: stateAsked(query), before, limit },
          }),
        ),
      columns: {
        id: ({ id }) => id,
        written_at: (letter) => iso(letter.createdAtMs),
        kind: ({ kind }) => kind,
        subject: ({ subject }) => subject,
        to: ({ toAddress }) => toAddress,
        account: ({ did }) => did,
        state: ({ state }) => state,
        attempts: ({ attempts }) => attempts,
        sent_at: (letter) => iso(letter.sentAtMs),
        failed_at: (letter) => iso(letter.failedAtMs),
        last_error: ({ lastError }) => lastError,
      },
    }),
  storage: ({ contexts }) =>
    csvResponse({
      name: "storage",
      page(after) {
        const rows = contexts.console.listUsage({ after, limit: PAGE });
        const last = rows.length === PAGE ? rows.at(-1) : undefined;
        return { rows, next: last?.did ?? null };
      },
      columns: {
        did: ({ did }) => did,
        handle: ({ handle }) => handle,
        repository_bytes: (row) => asMeasured(row, row.repoBytes),
        file_bytes: ({ blobBytes }) => blobBytes,
        files: ({ blobCount }) => blobCount,
        records: (row) => asMeasured(row, row.recordCount),
        measured_at: (row) => iso(row.measuredAtMs),
      },
    }),
  jobs: ({ contexts }) =>
    csvResponse({
      name: "jobs",
      page: (cursor) => byNumber(cursor, contexts.console.jobs.list),
      columns: {
        id: ({ id }) => id,
        name: ({ name }) => name,
        state: ({ state }) => state,
        done: ({ progress }) => progress?.done ?? null,
        total: ({ progress }) => progress?.total ?? null,
        failed: ({ progress }) => progress?.failed ?? null,
        attempts: ({ attempts }) => attempts,
        last_error: ({ lastError }) => lastError,
        created_at: (job) => iso(job.createdAtMs),
        finished_at: (job) => iso(job.finishedAtMs),
      },
    }),
} as const satisfies Record<AdminList, (visit: Visit) => Response>;
