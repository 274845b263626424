import type { EventKind } from "#contexts/security/event-kinds.ts";

/** What happened to accounts, as the operator sees it. */
export const adminEvents = {
  title: "Security log",
  intro:
    "What happened to accounts in the last 90 days. Owners see the same of their own. What repeats within an hour or a day is one line with a count.",
  account: "Handle or DID",
  nobody: "There is no such account here, so nothing is shown.",
  kind: "What",
  any: "Anything",
  groups: {
    signIns: "Sign-ins",
    failures: "Failures",
    grants: "Access given or taken back",
    changes: "Changes",
  },
  allOf: (group: string) => `${group}: all`,
  from: "Begun from",
  to: "Begun until",
  find: "Show",
  caption: "The newest first",
  ofAccount: "Account",
  owner: "the owner",
  last: "last",
  /** Where the words for owners speak to them. */
  kinds: {
    delegationGranted: "Somebody was allowed to act for the account",
    delegationRevoked: "Somebody may not act for the account any more",
    delegationReceived: "The account may act for somebody",
    delegationEnded: "The account may not act for somebody any more",
    actedAsDelegate: "The owner let an application in for somebody",
    delegateCalled: "Somebody from another server acted for the account",
  } satisfies Partial<Record<EventKind, string>>,
  link: "Its security log",
};
