import type { Clock } from "#lib/clock.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import type { InviteCodeRow } from "#storage/account/invite-codes.ts";
import type { Caller } from "#contexts/security/caller.ts";
import { randomBase32, type Random } from "#contexts/security/random.ts";
import { asSession } from "./session-methods.ts";

/** com.atproto.server.defs#inviteCode */
export interface InviteCodeView {
  code: string;
  /** Uses in all, those already made included. */
  available: number;
  disabled: boolean;
  forAccount: string;
  createdBy: string;
  /** ISO 8601. */
  createdAt: string;
  uses: { usedBy: Did; usedAt: string }[];
}

export interface Invites {
  /** For the operator. */
  createInviteCode(input: { useCount: number; forAccount?: string }): {
    code: string;
  };
  /** For the operator; `forAccounts` is `admin` unless said. */
  createInviteCodes(input: {
    codeCount?: number;
    useCount: number;
    forAccounts?: string[];
  }): { codes: { account: string; codes: string[] }[] };
  /**
   * An account's codes. With `createAvailable` those it has earned since are
   * made first: one for each interval, at most five unused at a time.
   */
  getAccountInviteCodes(
    params: { includeUsed?: boolean; createAvailable?: boolean },
    caller: Caller,
  ): { codes: InviteCodeView[] };
  /**
   * Makes a code of the account worthless; one that was earned is not earned
   * again. Accounts that came with it stay. No effect when it is already.
   * @throws XrpcError InvalidRequest for a code of somebody else, or one that is used up.
   */
  disableOwnInviteCode(input: { code: string }, caller: Caller): void;
}

export interface InviteDeps {
  db: AccountDb;
  hostname: string;
  /** null: accounts earn no codes. */
  inviteIntervalMs: number | null;
  /** Codes are earned from here on, or from the account's creation. */
  inviteEpochMs: number;
  clock: Clock;
  random: Random;
}

/** Who has the operator's codes. */
export const OPERATOR = "admin";
const MOST_UNUSED = 5;
const MOST_CODES = 1000;
const MOST_USES = 1_000_000;

export function createInvites(deps: InviteDeps): Invites {
  const { db, clock } = deps;

  const view = (row: InviteCodeRow) => viewInviteCode(db, row);

  function make(options: {
    account: string;
    createdBy: string;
    useCount: number;
    count: number;
  }): string[] {
    const codes = Array.from({ length: options.count }, () => makeCode(deps));
    for (const code of codes) {
      db.inviteCodes.insert({
        code,
        availableUses: options.useCount,
        forAccount: options.account,
        createdBy: options.createdBy,
        createdAtMs: clock.nowMs(),
        disabledAtMs: null,
      });
    }
    return codes;
  }

  function earn(account: AccountRow): void {
    if (
      deps.inviteIntervalMs === null ||
      account.invitesDisabledAtMs !== null
    ) {
      return;
    }
    const { did } = account;
    const since = Math.max(account.createdAtMs, deps.inviteEpochMs);
    const age = Math.max(0, clock.nowMs() - since);
    const earned = Math.floor(age / deps.inviteIntervalMs);
    const all = db.inviteCodes.listFor(did);
    const made = all.filter((row) => row.createdBy === did).length;
    const unused = all.map(view).filter(isOpen).length;
    const count = Math.min(earned - made, MOST_UNUSED - unused);
    if (count > 0) make({ account: did, createdBy: did, useCount: 1, count });
  }

  return {
    createInviteCode: ({ useCount, forAccount = OPERATOR }) => {
      checkCount("useCount", useCount, MOST_USES);
      const createdBy = OPERATOR;
      const [code] = make({
        account: forAccount,
        createdBy,
        useCount,
        count: 1,
      });
      return { code: code! };
    },
    createInviteCodes({ codeCount = 1, useCount, forAccounts }) {
      const accounts = forAccounts?.length ? forAccounts : [OPERATOR];
      checkCount("useCount", useCount, MOST_USES);
      checkCount("codeCount", codeCount * accounts.length, MOST_CODES);
      return db.transaction(() => ({
        codes: accounts.map((account) => ({
          account,
          codes: make({
            account,
            createdBy: OPERATOR,
            useCount,
            count: codeCount,
          }),
        })),
      }));
    },
    getAccountInviteCodes(
      { includeUsed = true, createAvailable = true },
      caller,
    ) {
      const { did } = asSession(caller);
      return db.transaction(() => {
        const account = db.accounts.find(did);
        if (account === null) {
          throw new XrpcError("AccountNotFound", "Account not found");
        }
        if (createAvailable) earn(account);
        const codes = db.inviteCodes.listFor(did).map(view);
        return { codes: codes.filter((code) => includeUsed || isOpen(code)) };
      });
    },
    disableOwnInviteCode({ code }, caller) {
      const { did } = asSession(caller);
      const row = db.inviteCodes.find(code);
      // Whoever guesses at codes learns nothing of those of others.
      if (row?.forAccount !== did) {
        throw invalidRequest("You have no such invitation").because(
          "inviteGone",
        );
      }
      if (row.disabledAtMs !== null) return;
      if (!isOpen(view(row))) {
        throw invalidRequest("That invitation is used up").because(
          "inviteUsed",
        );
      }
      db.inviteCodes.disable(code, clock.nowMs());
    },
  };
}

export function viewInviteCode(
  db: Pick<AccountDb, "inviteCodes">,
  row: InviteCodeRow,
): InviteCodeView {
  return {
    code: row.code,
    available: row.availableUses,
    disabled: row.disabledAtMs !== null,
    forAccount: row.forAccount,
    createdBy: row.createdBy,
    createdAt: iso(row.createdAtMs),
    uses: db.inviteCodes.listUses(row.code).map(({ usedBy, usedAtMs }) => ({
      usedBy,
      usedAt: iso(usedAtMs),
    })),
  };
}

function isOpen(code: InviteCodeView): boolean {
  return !code.disabled && code.uses.length < code.available;
}

/** The host's name with dashes, then two groups of five: 50 random bits. */
function makeCode({ hostname, random }: InviteDeps): string {
  const text = randomBase32(random, 10);
  const host = hostname.replaceAll(".", "-");
  return `${host}-${text.slice(0, 5)}-${text.slice(5)}`;
}

function checkCount(name: string, count: number, most: number): void {
  // Forms bring whatever was typed: NaN is neither too small nor too large.
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw invalidRequest(`${name} must be between 1 and ${most}`).because(
      "countOutside",
      { most },
    );
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
