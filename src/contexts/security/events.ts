import type { Clock } from "#lib/clock.ts";
import { describeUserAgent } from "#lib/user-agent.ts";
import type { Logger } from "#lib/log.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type {
  HostEventFilter,
  HostEventRow,
} from "#storage/account/host-events.ts";
import type { SecurityEventRow } from "#storage/account/security-events.ts";
import type { Mail } from "#contexts/mail/mail.ts";
import type { NoticeKind } from "#contexts/mail/notices.ts";
import type { Caller, Origin } from "./caller.ts";
import { type EventKind, ruleOf } from "./event-kinds.ts";
import { topicOf } from "./letter-topics.ts";

export type EventDetail = Record<string, string | number | boolean | null>;

export interface NewEvent {
  did: Did;
  kind: EventKind;
  /** Who did it, where it was not the owner: a DID, or `admin`. */
  actor?: string | null;
  clientId?: string | null;
  from?: Origin | null;
  /** What else is worth knowing; no secrets. */
  detail?: EventDetail;
  /** What only the letter may say, such as a link that opens something; never stored. */
  letterDetail?: EventDetail;
  /** Addresses that are told beside the account's own, such as the one before. */
  alsoTo?: readonly (string | null)[];
}

/** As its owner sees it. */
export interface SecurityEvent {
  id: number;
  kind: EventKind;
  /** null for the owner; a DID, or `admin`. */
  actor: string | null;
  clientId: string | null;
  ipAddress: string | null;
  userAgent: string | null;
  /** What people know the browser or program by; null when none is known. */
  device: string | null;
  detail: EventDetail;
  /** How often it happened between the two times. */
  count: number;
  /** ISO 8601. */
  at: string;
  lastAt: string;
}

/** As the operator sees it, with the account that it happened to. */
export interface HostEvent extends SecurityEvent {
  did: Did;
  handle: Handle;
}

export interface EventFilter extends Omit<HostEventFilter, "kinds"> {
  kinds?: readonly EventKind[];
}

/**
 * What happened to accounts, for their owners. Things that repeat are counted
 * in one row, so that neither a guesser nor a busy program can fill the disk or
 * push anything else out. What matters at once is told by a letter, which is
 * written in the same transaction.
 */
export interface SecurityEvents {
  /**
   * Part of the caller's transaction, if there is one. No effect for an account
   * that is not here.
   */
  record(event: NewEvent): void;
  /** The same, in the name of whoever calls. */
  recordBy(
    caller: Extract<Caller, { did: Did }>,
    event: Omit<NewEvent, "did" | "actor" | "clientId" | "from">,
  ): void;
  /** Remembers a sign-in; a letter tells of one from where there was none before. */
  recordSignIn(event: Omit<NewEvent, "kind">): void;
  /** Newest first. `cursor` is that of the page before. */
  list(
    did: Did,
    options?: { cursor?: string | null; limit?: number },
  ): { events: SecurityEvent[]; cursor: string | null };
  /** Those of all accounts, for the operator; newest first. */
  listAll(
    filter: EventFilter,
    options?: { cursor?: string | null; limit?: number },
  ): { events: HostEvent[]; cursor: string | null };
  /** Forgets what is older than 90 days; returns the number of rows, `limit` at most. */
  forgetOld(limit: number): number;
}

export interface SecurityEventDeps {
  db: Pick<
    AccountDb,
    | "accounts"
    | "hostEvents"
    | "securityEvents"
    | "transaction"
    | "unwantedLetters"
  >;
  mail: Pick<Mail, "sendNotice">;
  /** Where owners look after their accounts; goes into letters. */
  publicUrl: string;
  clock: Clock;
  log: Pick<Logger, "info">;
}

const DAY_MS = 24 * 3_600_000;
export const EVENTS_KEPT_MS = 90 * DAY_MS;
/** Rows of one kind that a day may begin; what comes after counts in the last one. */
const MOST_ROWS_A_DAY = 50;
/** Rows of one kind that are kept. */
const MOST_ROWS = 1000;
/** Letters of one kind a day. A flood of them would hide the others. */
const MOST_LETTERS_A_DAY = 20;
const LONGEST_USER_AGENT = 300;
const PAGE = 50;
const LONGEST_PAGE = 100;

export function createSecurityEvents(deps: SecurityEventDeps): SecurityEvents {
  const { db, clock, log } = deps;
  const rows = db.securityEvents;
  const write = createLetters(deps);

  function isRepeated(event: NewEvent, mergeKey: string | null): boolean {
    const { did, kind } = event;
    const nowMs = clock.nowMs();
    const { mergeMs } = ruleOf(kind);
    const before =
      (mergeMs !== undefined && mergeKey !== null
        ? rows.findMergeable(did, { kind, mergeKey, sinceMs: nowMs - mergeMs })
        : null) ??
      rows.findCrowded(did, {
        kind,
        sinceMs: nowMs - DAY_MS,
        mostRows: MOST_ROWS_A_DAY,
      });
    if (before !== null) rows.repeat(before, nowMs);
    return before !== null;
  }

  function store(event: NewEvent, letter: NoticeKind | null): void {
    const { did, kind, actor = null, clientId = null, from = null } = event;
    const mergeKey = ruleOf(kind).mergeMs === undefined ? null : keyOf(event);
    db.transaction(() => {
      const account = db.accounts.find(did);
      if (account === null) return;
      if (letter !== null) write(event, letter, account);
      log.info("security.event", { did, kind, actor, ip: from?.ip ?? null });
      if (isRepeated(event, mergeKey)) return;
      rows.add({
        ...{ did, kind, mergeKey, actor, clientId },
        ipAddress: from?.ip ?? null,
        userAgent: from?.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null,
        deviceKey: from === null ? null : deviceKeyOf(from),
        detailJson: JSON.stringify(event.detail ?? {}),
        createdAtMs: clock.nowMs(),
      });
      rows.trim(did, kind, MOST_ROWS);
    });
  }

  const record: SecurityEvents["record"] = (event) =>
    store(event, ruleOf(event.kind).letter ?? null);

  return {
    record,
    recordBy: (caller, event) =>
      record({ ...event, did: caller.did, ...authorOf(caller) }),
    recordSignIn(event) {
      const { did, from = null } = event;
      const isNew =
        from !== null &&
        rows.hasAny(did, "signedIn") &&
        !rows.knowsDevice(did, deviceKeyOf(from));
      store({ ...event, kind: "signedIn" }, isNew ? "newDevice" : null);
    },
    list(did, asked) {
      const page = pageOf(asked, (options) => rows.list(did, options));
      return { events: page.rows.map(toView), cursor: page.cursor };
    },
    listAll(filter, asked) {
      const page = pageOf(asked, (options) =>
        db.hostEvents.list(filter, options),
      );
      return { events: page.rows.map(toHostView), cursor: page.cursor };
    },
    forgetOld: (limit) => rows.removeOld(clock.nowMs() - EVENTS_KEPT_MS, limit),
  };
}

/** Writes the letter of an event to whom it concerns, unless the owner wants none about it. */
function createLetters({ db, mail, publicUrl, clock }: SecurityEventDeps) {
  const rows = db.securityEvents;
  return (
    {
      did,
      kind,
      actor = null,
      from = null,
      detail = {},
      letterDetail = {},
      alsoTo = [],
    }: NewEvent,
    letter: NoticeKind,
    { email, handle }: { email: string | null; handle: string },
  ): void => {
    const topic = topicOf(letter);
    if (topic !== null && db.unwantedLetters.has(did, topic)) return;
    const sinceMs = clock.nowMs() - DAY_MS;
    const mostRows = MOST_LETTERS_A_DAY;
    if (rows.findCrowded(did, { kind, sinceMs, mostRows }) !== null) return;
    const addresses = new Set(
      [email, ...alsoTo].filter((address) => address !== null),
    );
    for (const to of addresses) {
      mail.sendNotice({
        kind: letter,
        ...{ did, to, handle },
        facts: {
          atMs: clock.nowMs(),
          by: actor,
          ip: from?.ip ?? null,
          userAgent: from?.userAgent ?? null,
          detail: { ...detail, ...letterDetail },
          page: `${publicUrl}/account`,
        },
      });
    }
  };
}

/** What a caller is remembered as. */
export function authorOf(
  caller: Caller,
): Pick<NewEvent, "actor" | "clientId" | "from"> {
  // Where operators sit is nothing for owners, who see all of this.
  if (caller.kind === "admin") return { actor: "admin", from: null };
  const from = caller.from ?? null;
  if (caller.kind !== "oauth") return { actor: null, from };
  const { clientId, controllerDid: actor = null } = caller;
  return { actor, clientId, from };
}

function keyOf({ actor, clientId, from, detail }: NewEvent): string {
  return JSON.stringify([
    actor ?? null,
    clientId ?? null,
    from?.ip ?? null,
    from?.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null,
    from?.deviceId ?? null,
    detail ?? {},
  ]);
}

/**
 * Browsers are known by their cookie. Programs have none: one of the same name
 * out of the same part of the network counts as the same, because their
 * versions and addresses change all the time.
 */
export function deviceKeyOf({ ip, userAgent, deviceId }: Origin): string {
  if (deviceId) return `browser ${deviceId}`;
  const parts = ip.includes(":") ? ip.split(":", 2) : ip.split(".", 2);
  const program = describeUserAgent(userAgent).replace(/[\d.]+/g, "");
  return `program ${program} ${parts.join(".")}`;
}

/** A page of rows, and where the next one begins. */
function pageOf<Row extends { id: number }>(
  asked: { cursor?: string | null; limit?: number } = {},
  read: (options: { before: number | null; limit: number }) => Row[],
): { rows: Row[]; cursor: string | null } {
  const { cursor = null, limit = PAGE } = asked;
  const before = cursor === null ? null : Number.parseInt(cursor, 10) || 0;
  const wanted = Math.min(Math.max(limit, 1), LONGEST_PAGE);
  const found = read({ before, limit: wanted + 1 });
  const rows = found.slice(0, wanted);
  const next = found.length > wanted ? String(rows.at(-1)!.id) : null;
  return { rows, cursor: next };
}

const toHostView = (row: HostEventRow): HostEvent => ({
  ...toView(row),
  ...{ did: row.did, handle: row.handle },
});

function toView(row: SecurityEventRow): SecurityEvent {
  const { id, actor, clientId, ipAddress, userAgent, count } = row;
  return {
    ...{ id, actor, clientId, ipAddress, userAgent, count },
    kind: row.kind as EventKind,
    device: ipAddress === null ? null : describeUserAgent(userAgent),
    detail: JSON.parse(row.detailJson),
    at: new Date(row.createdAtMs).toISOString(),
    lastAt: new Date(row.lastAtMs).toISOString(),
  };
}
