import type { NoticeKind } from "#contexts/mail/notices.ts";

/** What the operator looks for first. */
export const EVENT_GROUPS = [
  "signIns",
  "failures",
  "grants",
  "changes",
] as const;

export type EventGroup = (typeof EVENT_GROUPS)[number];

interface EventRule {
  group: EventGroup;
  /** For how long the same thing from the same place is told as one. */
  mergeMs?: number;
  /** The letter that tells the owner at once. */
  letter?: NoticeKind;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Everything that is remembered of an account's security: one row each. */
export const EVENT_KINDS = {
  accountCreated: { group: "changes" },
  signedIn: { group: "signIns", mergeMs: HOUR_MS },
  signInFailed: { group: "failures", mergeMs: HOUR_MS },
  signedOut: { group: "signIns", mergeMs: HOUR_MS },
  allSignedOut: { group: "signIns" },
  sessionReused: { group: "failures", letter: "sessionReused" },
  passwordResetAsked: { group: "changes", mergeMs: DAY_MS },

  applicationAllowed: { group: "grants" },
  applicationRefused: { group: "failures", mergeMs: HOUR_MS },
  tokenIssued: { group: "signIns", mergeMs: HOUR_MS },
  tokenRefreshed: { group: "signIns", mergeMs: DAY_MS },
  tokenRevoked: { group: "signIns" },
  tokenReused: { group: "failures", letter: "tokenReused" },
  tokenWithOtherKey: { group: "failures", mergeMs: HOUR_MS },

  passwordChanged: { group: "changes", letter: "passwordChanged" },
  passwordRemoved: { group: "changes", letter: "passwordRemoved" },
  signInPolicyChanged: { group: "changes", letter: "signInPolicyChanged" },
  emailChanged: { group: "changes", letter: "emailChanged" },
  emailConfirmed: { group: "changes" },
  handleChanged: { group: "changes", letter: "handleChanged" },
  factorAdded: { group: "changes", letter: "factorAdded" },
  factorRemoved: { group: "changes", letter: "factorRemoved" },
  backupCodesReplaced: { group: "changes", letter: "backupCodesReplaced" },
  backupCodeUsed: { group: "changes", letter: "backupCodeUsed" },
  recoveryKeyUsed: { group: "changes", letter: "recoveryKeyUsed" },
  /** Codes were guessed by somebody who knows the password. */
  factorGuessed: { group: "failures", letter: "factorGuessed" },
  recoveryBegun: { group: "changes", letter: "recoveryBegun" },
  recoveryCancelled: { group: "changes", letter: "recoveryCancelled" },
  recoveryDone: { group: "changes", letter: "recoveryDone" },
  /** The owner chose which letters to get. */
  lettersChanged: { group: "changes", letter: "lettersChanged" },
  appPasswordCreated: { group: "grants", letter: "appPasswordCreated" },
  appPasswordRevoked: { group: "grants" },

  identitySigned: { group: "changes", letter: "identitySigned" },
  identityChanged: { group: "changes", letter: "identityChanged" },
  keyRotated: { group: "changes" },
  activated: { group: "changes" },
  deactivated: { group: "changes" },
  deletionAsked: { group: "changes" },

  delegationGranted: { group: "grants", letter: "delegationGranted" },
  delegationRevoked: { group: "grants" },
  /** The delegate's side of the two. */
  delegationReceived: { group: "grants" },
  delegationEnded: { group: "grants" },
  /** Somebody let an application act for the account, on their own side. */
  actedAsDelegate: { group: "signIns" },
  /** Somebody from elsewhere acted for the account by the word of their own server. */
  delegateCalled: { group: "signIns", mergeMs: DAY_MS },

  operatorActed: { group: "changes" },
} as const satisfies Record<string, EventRule>;

export type EventKind = keyof typeof EVENT_KINDS;

export function ruleOf(kind: EventKind): EventRule {
  return EVENT_KINDS[kind];
}

/** In the order of the table. */
export const kindsOf = (group: EventGroup): EventKind[] =>
  (Object.keys(EVENT_KINDS) as EventKind[]).filter(
    (kind) => ruleOf(kind).group === group,
  );
