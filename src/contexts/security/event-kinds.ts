import type { NoticeKind } from "#contexts/mail/notices.ts";

interface EventRule {
  /** For how long the same thing from the same place is told as one. */
  mergeMs?: number;
  /** The letter that tells the owner at once. */
  letter?: NoticeKind;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Everything that is remembered of an account's security: one row each. */
export const EVENT_KINDS = {
  accountCreated: {},
  signedIn: { mergeMs: HOUR_MS },
  signInFailed: { mergeMs: HOUR_MS },
  signedOut: { mergeMs: HOUR_MS },
  allSignedOut: {},
  sessionReused: { letter: "sessionReused" },
  passwordResetAsked: { mergeMs: DAY_MS },

  applicationAllowed: {},
  applicationRefused: { mergeMs: HOUR_MS },
  tokenIssued: { mergeMs: HOUR_MS },
  tokenRefreshed: { mergeMs: DAY_MS },
  tokenRevoked: {},
  tokenReused: { letter: "tokenReused" },
  tokenWithOtherKey: { mergeMs: HOUR_MS },

  passwordChanged: { letter: "passwordChanged" },
  passwordRemoved: { letter: "passwordRemoved" },
  signInPolicyChanged: { letter: "signInPolicyChanged" },
  emailChanged: { letter: "emailChanged" },
  emailConfirmed: {},
  handleChanged: { letter: "handleChanged" },
  factorAdded: { letter: "factorAdded" },
  factorRemoved: { letter: "factorRemoved" },
  backupCodesReplaced: { letter: "backupCodesReplaced" },
  backupCodeUsed: { letter: "backupCodeUsed" },
  recoveryKeyUsed: { letter: "recoveryKeyUsed" },
  /** Codes were guessed by somebody who knows the password. */
  factorGuessed: { letter: "factorGuessed" },
  recoveryBegun: { letter: "recoveryBegun" },
  recoveryCancelled: { letter: "recoveryCancelled" },
  recoveryDone: { letter: "recoveryDone" },
  /** The owner chose which letters to get. */
  lettersChanged: { letter: "lettersChanged" },
  appPasswordCreated: { letter: "appPasswordCreated" },
  appPasswordRevoked: {},

  identitySigned: { letter: "identitySigned" },
  identityChanged: { letter: "identityChanged" },
  keyRotated: {},
  activated: {},
  deactivated: {},
  deletionAsked: {},

  delegationGranted: { letter: "delegationGranted" },
  delegationRevoked: {},
  /** The delegate's side of the two. */
  delegationReceived: {},
  delegationEnded: {},
  /** Somebody let an application act for the account, on their own side. */
  actedAsDelegate: {},
  /** Somebody from elsewhere acted for the account by the word of their own server. */
  delegateCalled: { mergeMs: DAY_MS },

  operatorActed: {},
} as const satisfies Record<string, EventRule>;

export type EventKind = keyof typeof EVENT_KINDS;

export function ruleOf(kind: EventKind): EventRule {
  return EVENT_KINDS[kind];
}
