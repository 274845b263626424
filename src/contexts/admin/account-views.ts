import type { Did, Handle } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import {
  viewInviteCode,
  type InviteCodeView,
} from "#contexts/accounts/invites.ts";
import { findHosted, getHosted, isHosted } from "./hosted.ts";

/** com.atproto.admin.defs#accountView */
export interface AccountView {
  did: Did;
  handle: Handle;
  email?: string;
  /** When the account was made here, ISO 8601 like all times. */
  indexedAt: string;
  emailConfirmedAt?: string;
  deactivatedAt?: string;
  /** The code that the account was made with. */
  invitedBy?: InviteCodeView;
  /** The account's own codes, oldest first. */
  invites: InviteCodeView[];
  invitesDisabled: boolean;
  inviteNote?: string;
}

export interface AccountViews {
  /** Whatever the account's status. @throws XrpcError NotFound (400) */
  getAccountInfo(params: { did: string }): AccountView;
  /** Those of the accounts that are here, each once. */
  getAccountInfos(params: { dids: string[] }): { infos: AccountView[] };
  /** Accounts whose e-mail address holds a text, or all; ascending by DID. */
  searchAccounts(params: { email?: string; cursor?: string; limit?: number }): {
    accounts: AccountView[];
    cursor?: string;
  };
}

const DEFAULT_LIMIT = 50;

export function createAccountViews(db: AccountDb): AccountViews {
  const view = (row: AccountRow) => viewAccount(db, row);
  return {
    getAccountInfo: ({ did }) => view(getHosted(db, did)),
    getAccountInfos({ dids }) {
      const rows = [...new Set(dids)].map((did) => findHosted(db, did));
      return { infos: rows.filter((row) => row !== null).map(view) };
    },
    searchAccounts({ email, cursor, limit = DEFAULT_LIMIT }) {
      const page = { after: cursor ?? null, limit };
      const rows =
        email === undefined
          ? db.accounts.list(page)
          : db.accountPages
              .listDids({ email }, page.after, limit)
              .flatMap((did) => db.accounts.find(did) ?? []);
      const next = rows.length === limit ? rows.at(-1)!.did : undefined;
      return {
        accounts: rows.filter(isHosted).map(view),
        ...(next !== undefined && { cursor: next }),
      };
    },
  };
}

function viewAccount(
  db: Pick<AccountDb, "inviteCodes">,
  row: AccountRow,
): AccountView {
  const use = db.inviteCodes.findUseBy(row.did);
  const invitedBy = use && db.inviteCodes.find(use.code);
  const codes = db.inviteCodes.listFor(row.did);
  return {
    did: row.did,
    handle: row.handle,
    ...(row.email !== null && { email: row.email }),
    indexedAt: iso(row.createdAtMs),
    ...timeOf("emailConfirmedAt", row.emailConfirmedAtMs),
    ...timeOf("deactivatedAt", row.deactivatedAtMs),
    ...(invitedBy !== null && { invitedBy: viewInviteCode(db, invitedBy) }),
    invites: codes.map((code) => viewInviteCode(db, code)),
    invitesDisabled: row.invitesDisabledAtMs !== null,
    ...(row.inviteNote !== null && { inviteNote: row.inviteNote }),
  };
}

function timeOf<Name extends string>(
  name: Name,
  atMs: number | null,
): Partial<Record<Name, string>> {
  return atMs === null ? {} : ({ [name]: iso(atMs) } as Record<Name, string>);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
