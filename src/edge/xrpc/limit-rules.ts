import { plainIdentifier } from "#contexts/accounts/session-methods.ts";
import type { Limit, LimitSubject } from "./limits.ts";

/**
 * How often methods may be called. Figures are those of the reference PDS,
 * which clients and relays are built to.
 */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const byAddress = (subject: LimitSubject) => subject.network;
const byAccount = ({ caller, network }: LimitSubject) =>
  "did" in caller ? caller.did : network;

const ALL = [{ points: 3000, windowSec: 5 * MINUTE }];

/** Every method but those whose own limit stands alone, for who does not say who calls. */
export const ALL_METHODS: Limit = {
  name: "all",
  windows: ALL,
  keyOf: byAddress,
};

/** The same for who has proved to be an account: many people may share an address. */
export const ACCOUNT_METHODS: Limit = {
  name: "all-of-account",
  windows: ALL,
  keyOf: byAccount,
};

/** What one address may have us check of who calls. */
export const CREDENTIAL_CHECKS: Limit = {
  name: "credential-checks",
  windows: [{ points: 15_000, windowSec: 5 * MINUTE }],
  keyOf: byAddress,
};

export const ACCOUNT_CREATION: Limit = {
  name: "account-creation",
  windows: [{ points: 100, windowSec: 5 * MINUTE }],
  keyOf: byAddress,
};

/** Each call may leave a key behind, and nobody needs many. */
export const KEY_RESERVATION: Limit = {
  name: "key-reservation",
  windows: [{ points: 20, windowSec: 5 * MINUTE }],
  keyOf: byAddress,
};

/** Each call checks a password. */
export const ACCOUNT_DELETION: Limit = {
  name: "account-deletion",
  windows: [{ points: 50, windowSec: 5 * MINUTE }],
  keyOf: byAddress,
};

/** The address is part of the key, so that nobody can lock another out. */
export const SIGN_IN: Limit = {
  name: "sign-in",
  windows: [
    { points: 30, windowSec: 5 * MINUTE },
    { points: 300, windowSec: DAY },
  ],
  keyOf: ({ input, network }) => {
    const { identifier } = (input ?? {}) as { identifier?: unknown };
    // Or each way to write a name would have guesses of its own.
    const name = plainIdentifier(String(identifier)).toLowerCase();
    return `${name.slice(0, 320)} ${network}`;
  },
};

export const BLOB_UPLOAD: Limit = {
  name: "blob-upload",
  windows: [{ points: 1000, windowSec: DAY }],
  keyOf: byAccount,
};

/** Methods that write a letter to the account; each has its own counters. */
const letters = (name: string): Limit => ({
  name,
  windows: [
    { points: 5, windowSec: HOUR },
    { points: 15, windowSec: DAY },
  ],
  keyOf: byAccount,
});

export const EMAIL_CONFIRMATION = letters("email-confirmation");
export const EMAIL_UPDATE = letters("email-update");
export const ACCOUNT_DELETION_LETTER = letters("account-deletion-letter");
export const PLC_SIGNATURE = letters("plc-signature");

export const PASSWORD_RESET_LETTER: Limit = {
  name: "password-reset-letter",
  windows: [
    { points: 15, windowSec: HOUR },
    { points: 50, windowSec: DAY },
  ],
  keyOf: byAddress,
};

export const PASSWORD_RESET: Limit = {
  name: "password-reset",
  windows: [{ points: 50, windowSec: 5 * MINUTE }],
  keyOf: byAddress,
};

/** Each call may guess at a code that was mailed. */
const codes = (name: string): Limit => ({
  name,
  windows: [{ points: 50, windowSec: 5 * MINUTE }],
  keyOf: byAccount,
});

export const EMAIL_CODE = codes("email-code");
export const PLC_CODE = codes("plc-code");

/** Each call hashes a password. */
export const APP_PASSWORD: Limit = {
  name: "app-password",
  windows: [
    { points: 30, windowSec: 5 * MINUTE },
    { points: 300, windowSec: DAY },
  ],
  keyOf: byAccount,
};

/** Relays take few changes of accounts. */
export const STATUS_CHANGE: Limit = {
  name: "status-change",
  windows: [
    { points: 20, windowSec: 5 * MINUTE },
    { points: 100, windowSec: DAY },
  ],
  keyOf: byAccount,
};

/** Each time relays are told what they should know already, which slows down what is new. */
export const ANNOUNCEMENT: Limit = {
  name: "announcement",
  windows: [
    { points: 2, windowSec: HOUR },
    { points: 6, windowSec: DAY },
  ],
  keyOf: byAccount,
};

/** Each call reads and checks a whole repository. */
export const REPO_IMPORT: Limit = {
  name: "repo-import",
  windows: [
    { points: 20, windowSec: HOUR },
    { points: 100, windowSec: DAY },
  ],
  keyOf: byAccount,
};

/** Each reads all that an account has here. */
export const REPO_CHECK: Limit = {
  name: "repo-check",
  windows: [
    { points: 6, windowSec: HOUR },
    { points: 24, windowSec: DAY },
  ],
  keyOf: byAccount,
};

/** Each change is an operation in the PLC directory, which allows few. */
export const HANDLE_UPDATE: Limit = {
  name: "handle-update",
  windows: [
    { points: 10, windowSec: 5 * MINUTE },
    { points: 50, windowSec: DAY },
  ],
  keyOf: byAccount,
};

export const HANDLE_AVAILABILITY: Limit = {
  name: "handle-availability",
  windows: [{ points: 300, windowSec: 5 * MINUTE }],
  keyOf: byAddress,
};

/** Each call may make this server ask others. */
export const NETWORK_LOOKUP: Limit = {
  name: "network-lookup",
  windows: [{ points: 600, windowSec: 5 * MINUTE }],
  keyOf: byAddress,
};

/** Each call does make this server ask others. */
export const FORCED_LOOKUP: Limit = {
  name: "forced-lookup",
  windows: [{ points: 60, windowSec: 5 * MINUTE }],
  keyOf: byAddress,
};

/** Each call may make this server ask relays. */
export const CRAWL_REQUEST: Limit = {
  name: "crawl-request",
  windows: [{ points: 60, windowSec: 5 * MINUTE }],
  keyOf: byAddress,
};

/** Relays and mirrors read much; that must not use up the calls of people behind the same address. */
export const SYNC_READ: Limit = {
  name: "sync-read",
  windows: [{ points: 6000, windowSec: 5 * MINUTE }],
  keyOf: byAddress,
  standsAlone: true,
};

/** Relays fetch many repositories; that must not use up their other calls. */
export const REPO_EXPORT: Limit = {
  name: "repo-export",
  windows: [{ points: 6000, windowSec: 5 * MINUTE }],
  keyOf: byAddress,
  standsAlone: true,
};

const POINTS = { create: 3, update: 2, delete: 1 };

/** Writes of one account share their points, whichever method makes them. */
function repoWrites(costOf: (subject: LimitSubject) => number): Limit {
  return {
    name: "repo-writes",
    windows: [
      { points: 5000, windowSec: HOUR },
      { points: 35_000, windowSec: DAY },
    ],
    keyOf: byAccount,
    costOf,
  };
}

export const CREATE_RECORD = repoWrites(() => POINTS.create);
export const PUT_RECORD = repoWrites(() => POINTS.update);
export const DELETE_RECORD = repoWrites(() => POINTS.delete);
/** For jobs; the input is the number of records. */
export const BULK_DELETE = repoWrites(
  ({ input }) => Number(input) * POINTS.delete,
);
export const APPLY_WRITES = repoWrites(({ input }) => {
  const { writes } = input as { writes: { $type?: string }[] };
  return writes.reduce((sum, { $type }) => sum + pointsOf($type), 0);
});

function pointsOf(type: string | undefined): number {
  if (type?.endsWith("#create")) return POINTS.create;
  return type?.endsWith("#update") ? POINTS.update : POINTS.delete;
}
