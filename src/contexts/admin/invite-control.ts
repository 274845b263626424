import type { Clock } from "#lib/clock.ts";
import { invalidRequest } from "#lib/errors.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import {
  OPERATOR,
  viewInviteCode,
  type InviteCodeView,
} from "#contexts/accounts/invites.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { RecordAct } from "./audit.ts";
import { getHosted } from "./hosted.ts";

export interface InviteControl {
  /**
   * All codes, a page at a time: the newest first, or the most used. The
   * cursor is there as long as the page is full.
   * @throws XrpcError InvalidRequest for another order or a malformed cursor.
   */
  getInviteCodes(params: { sort?: string; limit?: number; cursor?: string }): {
    codes: InviteCodeView[];
    cursor?: string;
  };
  /**
   * Makes codes worthless: those named, and all of the accounts named. Unknown
   * ones are passed over.
   * @throws XrpcError InvalidRequest for the account `admin`.
   */
  disableInviteCodes(
    input: { codes?: string[]; accounts?: string[] },
    caller: Caller,
  ): void;
  /** The account earns no more codes; those it has stay good. @throws XrpcError NotFound (400) */
  disableAccountInvites(input: AccountInvites, caller: Caller): void;
  /** @throws XrpcError NotFound (400) */
  enableAccountInvites(input: AccountInvites, caller: Caller): void;
}

interface AccountInvites {
  account: string;
  /** Why; kept with the account. */
  note?: string;
}

const DEFAULT_LIMIT = 100;
/** Between the number and the code of a cursor. */
const SEPARATOR = "::";

export function createInviteControl({
  db,
  clock,
  record,
}: {
  db: AccountDb;
  clock: Clock;
  record: RecordAct;
}): InviteControl {
  function listPage(sort: string, cursor: Cursor | null, limit: number) {
    switch (sort) {
      case "recent": {
        const before = cursor && { createdAtMs: cursor.value, ...cursor };
        return db.inviteCodes.list({ before, limit });
      }
      case "usage": {
        const before = cursor && { uses: cursor.value, ...cursor };
        return db.inviteCodes.listByUse({ before, limit });
      }
      default:
        throw invalidRequest(`Unknown sort method: ${sort}`);
    }
  }

  function setInvites(
    { account, note }: AccountInvites,
    invitesDisabledAtMs: number | null,
    caller: Caller,
  ): void {
    db.transaction(() => {
      const { did } = getHosted(db, account);
      const inviteNote = note ?? null;
      db.accounts.update(did, { invitesDisabledAtMs, inviteNote });
      const verb = invitesDisabledAtMs === null ? "enable" : "disable";
      const action = `${verb}AccountInvites`;
      record(caller, { action, subject: did, detail: { note } });
    });
  }

  return {
    getInviteCodes({ sort = "recent", limit = DEFAULT_LIMIT, cursor }) {
      const before = cursor === undefined ? null : parseCursor(cursor);
      const rows = listPage(sort, before, limit);
      const codes = rows.map((row) => viewInviteCode(db, row));
      const last = rows.length === limit ? rows.at(-1) : undefined;
      if (last === undefined) return { codes };
      const value =
        sort === "usage" ? codes.at(-1)!.uses.length : last.createdAtMs;
      return { codes, cursor: `${value}${SEPARATOR}${last.code}` };
    },
    disableInviteCodes({ codes = [], accounts = [] }, caller) {
      if (accounts.includes(OPERATOR)) {
        throw invalidRequest("Cannot disable admin invite codes");
      }
      const nowMs = clock.nowMs();
      db.transaction(() => {
        for (const code of codes) db.inviteCodes.disable(code, nowMs);
        for (const account of accounts) {
          db.inviteCodes.disableFor(account, nowMs);
        }
        const detail = { codes, accounts };
        const action = "disableInviteCodes";
        record(caller, { action, subject: "invite codes", detail });
      });
    },
    disableAccountInvites: (input, caller) =>
      setInvites(input, clock.nowMs(), caller),
    enableAccountInvites: (input, caller) => setInvites(input, null, caller),
  };
}

interface Cursor {
  value: number;
  code: string;
}

function parseCursor(text: string): Cursor {
  const [value = "", code = "", ...rest] = text.split(SEPARATOR);
  if (!/^\d{1,15}$/.test(value) || code === "" || rest.length > 0) {
    throw invalidRequest("Malformed cursor").because("cursorForm");
  }
  return { value: Number(value), code };
}
