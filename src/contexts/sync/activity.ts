import { invalidRequest } from "#lib/errors.ts";
import { BlockError } from "#repo/errors.ts";
import { decodeFrame } from "#repo/frame.ts";
import type { MstAction } from "#repo/mst/write.ts";
import type { Did, Tid } from "#repo/syntax.ts";
import type { EventKind, EventLog, EventRow } from "#storage/event-log.ts";

/** What the network was told of an account at one time. */
export interface ActivityEvent {
  seq: number;
  kind: EventKind;
  /** Revision after it; null where the repository has no part in it. */
  rev: Tid | null;
  atMs: number;
  /** What changed in the repository, in the order of the message. */
  ops: { action: MstAction; path: string }[];
  /** The handle that an identity event names, if it names one. */
  handle: string | null;
  /** The state that an account event tells; null for other events. */
  status: string | null;
  /** False when the message in the log is damaged. */
  isReadable: boolean;
}

export interface ActivityPage {
  /** Newest first. */
  events: ActivityEvent[];
  /** For the page after this; null on the last. */
  cursor: string | null;
}

/** An event of any account, for the operator. */
export interface HostEvent extends ActivityEvent {
  did: Did;
}

/** Which events are meant; what is left out does not narrow. */
export interface EventFilter {
  did?: Did;
  kind?: EventKind;
}

/** The rows that the log still holds, in words. */
export interface Activity {
  /**
   * Of one account, for its owner. `cursor` is null for the newest.
   * @throws XrpcError InvalidRequest for a cursor that is none of ours.
   */
  list(did: Did, options: { cursor: string | null }): ActivityPage;
  /** Of all accounts, newest first; `before` is the last seq of the page before. */
  listAll(
    filter: EventFilter,
    before: number | null,
  ): { events: HostEvent[]; hasOlder: boolean };
  /** The newest of those above a seq, and whether there were more than these. */
  listNew(
    filter: EventFilter,
    after: number,
  ): { events: HostEvent[]; hasOlder: boolean };
}

const PAGE_ROWS = 30;
/** A commit may take 2 MB of it, most take some KB. */
const PAGE_BYTES = 4 * 1024 * 1024;

export function createActivity({
  eventLog,
}: {
  eventLog: Pick<EventLog, "readBack">;
}): Activity {
  const bounds = { limit: PAGE_ROWS, maxBytes: PAGE_BYTES };
  const readAll = (options: Parameters<EventLog["readBack"]>[0]) => {
    const { rows, hasOlder } = eventLog.readBack(options);
    const events = rows.map((row) => ({ ...toEvent(row), did: row.did }));
    return { events, hasOlder };
  };
  return {
    list(did, { cursor }) {
      const before = parseCursor(cursor);
      const { rows, hasOlder } = eventLog.readBack({ did, before, ...bounds });
      return {
        events: rows.map(toEvent),
        cursor: hasOlder ? String(rows.at(-1)!.seq) : null,
      };
    },
    listAll: (filter, before) => readAll({ ...filter, ...bounds, before }),
    listNew: (filter, after) =>
      readAll({ ...filter, ...bounds, after, before: null }),
  };
}

function parseCursor(cursor: string | null): number | null {
  if (cursor === null) return null;
  const seq = Number(cursor);
  if (/^\d{1,16}$/.test(cursor) && Number.isSafeInteger(seq)) return seq;
  throw invalidRequest("Malformed cursor").because("cursorForm");
}

function toEvent(row: EventRow): ActivityEvent {
  const { seq, kind, rev, createdAtMs: atMs } = row;
  const bare = { seq, kind, rev, atMs, ops: [], handle: null, status: null };
  // Readers see nothing of an import but the event that follows it.
  if (kind === "import") return { ...bare, isReadable: true };
  try {
    return { ...bare, ...saidBy(row.frame), isReadable: true };
  } catch (error) {
    if (!(error instanceof BlockError)) throw error;
    return { ...bare, isReadable: false };
  }
}

/** @throws BlockError when it is no message. */
function saidBy(
  bytes: Uint8Array,
): Partial<Pick<ActivityEvent, "ops" | "rev" | "handle" | "status">> {
  const { t, payload } = decodeFrame(bytes);
  switch (t) {
    case "#commit":
      return { ops: payload.ops.map(({ action, path }) => ({ action, path })) };
    case "#sync":
      return { rev: payload.rev as Tid };
    case "#identity":
      return { handle: payload.handle ?? null };
    case "#account":
      return {
        status: payload.active ? "active" : (payload.status ?? "inactive"),
      };
    default:
      return {};
  }
}
