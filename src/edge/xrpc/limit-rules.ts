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

/** Every method but those whose own limit stands alone. */
export const ALL_METHODS: Limit = {
  name: "all",
  windows: [{ points: 3000, windowSec: 5 * MINUTE }],
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
    return `${String(identifier).toLowerCase().slice(0, 320)} ${network}`;
  },
};

export const BLOB_UPLOAD: Limit = {
  name: "blob-upload",
  windows: [{ points: 1000, windowSec: DAY }],
  keyOf: byAddress,
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
export const APPLY_WRITES = repoWrites(({ input }) => {
  const { writes } = input as { writes: { $type?: string }[] };
  return writes.reduce((sum, { $type }) => sum + pointsOf($type), 0);
});

function pointsOf(type: string | undefined): number {
  if (type?.endsWith("#create")) return POINTS.create;
  return type?.endsWith("#update") ? POINTS.update : POINTS.delete;
}
