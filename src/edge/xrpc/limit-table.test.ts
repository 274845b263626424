import { expect, test } from "bun:test";
import type { Did } from "#repo/syntax.ts";
import * as rules from "./limit-rules.ts";
import type { Limit, LimitSubject } from "./limits.ts";
import { METHODS } from "./registry.ts";

/**
 * What the reference PDS allows, by its own tables; where it sets nothing for a
 * method that costs much, what we set. A method that is not here has no limit
 * but that of all methods.
 */
const EXPECTED: Record<string, string> = {
  "server.createAccount": "100/300 address",
  "server.createSession": "30/300 300/86400 address+name",
  "server.requestAccountDelete": "5/3600 15/86400 account",
  "server.deleteAccount": "50/300 address",
  "server.requestPasswordReset": "15/3600 50/86400 address",
  "server.resetPassword": "50/300 address",
  "server.requestEmailConfirmation": "5/3600 15/86400 account",
  "server.requestEmailUpdate": "5/3600 15/86400 account",
  "identity.requestPlcOperationSignature": "5/3600 15/86400 account",
  "identity.updateHandle": "10/300 50/86400 account",
  "repo.createRecord": "5000/3600 35000/86400 account",
  "repo.putRecord": "5000/3600 35000/86400 account",
  "repo.deleteRecord": "5000/3600 35000/86400 account",
  "repo.applyWrites": "5000/3600 35000/86400 account",
  "repo.uploadBlob": "1000/86400 account",
  "sync.getRepo": "6000/300 address alone",
  // Ours.
  "server.reserveSigningKey": "20/300 address",
  "server.confirmEmail": "50/300 account",
  "server.updateEmail": "50/300 account",
  "server.createAppPassword": "30/300 300/86400 account",
  "server.activateAccount": "20/300 100/86400 account",
  "server.deactivateAccount": "20/300 100/86400 account",
  "identity.signPlcOperation": "50/300 account",
  "identity.submitPlcOperation": "10/300 50/86400 account",
  "identity.resolveDid": "600/300 address",
  "identity.resolveIdentity": "600/300 address",
  "identity.refreshIdentity": "60/300 address",
  "lexicon.resolveLexicon": "60/300 address",
  "temp.checkHandleAvailability": "300/300 address",
  "repo.importRepo": "20/3600 100/86400 account",
  "sync.requestCrawl": "60/300 address",
  "sync.notifyOfUpdate": "60/300 address",
  "sync.getCheckout": "6000/300 address alone",
};

const subject: LimitSubject = {
  caller: {
    kind: "session",
    did: "did:plc:alice" as Did,
    scope: "access",
    sessionId: "s",
  },
  input: { identifier: "name" },
  network: "192.0.2.1",
};

function describeLimit(limit: Limit): string {
  const keyed: Record<string, string> = {
    "192.0.2.1": "address",
    "did:plc:alice": "account",
    "name 192.0.2.1": "address+name",
  };
  return [
    ...limit.windows.map(({ points, windowSec }) => `${points}/${windowSec}`),
    keyed[limit.keyOf(subject)],
    ...(limit.standsAlone ? ["alone"] : []),
  ].join(" ");
}

test("every method has the limit that it should", () => {
  const found: Record<string, string> = {};
  for (const [nsid, { limit }] of Object.entries(METHODS)) {
    if (limit === undefined || limit === rules.SYNC_READ) continue;
    found[nsid.replace("com.atproto.", "")] = describeLimit(limit);
  }
  expect(found).toEqual(EXPECTED);
});

test("all that relays read counts apart", () => {
  expect(describeLimit(rules.SYNC_READ)).toBe("6000/300 address alone");
  const open = Object.entries(METHODS)
    .filter(([nsid]) => nsid.startsWith("com.atproto.sync."))
    .filter(([, { limit }]) => limit?.standsAlone !== true)
    .map(([nsid]) => nsid);
  expect(open).toEqual([
    "com.atproto.sync.requestCrawl",
    "com.atproto.sync.notifyOfUpdate",
  ]);
});

test("all methods together have one for accounts and one for addresses", () => {
  expect(describeLimit(rules.ALL_METHODS)).toBe("3000/300 address");
  expect(describeLimit(rules.ACCOUNT_METHODS)).toBe("3000/300 account");
});

test("limits of one name are one limit", () => {
  const byName = new Map<string, string>();
  for (const { limit } of Object.values(METHODS)) {
    if (limit === undefined) continue;
    const known = byName.get(limit.name) ?? describeLimit(limit);
    expect(describeLimit(limit)).toBe(known);
    byName.set(limit.name, known);
  }
});
