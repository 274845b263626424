import { expect, test } from "bun:test";
import { createSessionMethods } from "#contexts/accounts/session-methods.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/log.ts";
import { createSignIn } from "./sign-in.ts";

/**
 * Whether there is an account is told by nothing, the time least of all: what
 * is written down of a wrong password is written after the answer.
 */

const ALICE = {
  ...{ did: "did:plc:alice", handle: "alice.test", passwordHash: "x" },
  ...{ creationState: null, deletingAtMs: null, deactivatedAtMs: null },
  ...{ takedownAtMs: null, suspendedAtMs: null },
};
const NAMES = ["alice.test", "nobody.test"];

function stage() {
  const deferred: (() => void)[] = [];
  const recorded: string[] = [];
  const asked: (string | null)[] = [];
  const deps = {
    db: {
      accounts: {
        findByHandle: (name: string) => (name === ALICE.handle ? ALICE : null),
      },
      appPasswords: { findByHash: () => null },
    },
    passwords: {
      verify: async (_: string, hash: string | null) => {
        asked.push(hash);
        return { isCorrect: false, isOutdated: false };
      },
      for() {
        return this;
      },
    },
    events: { record: ({ kind }: { kind: string }) => recorded.push(kind) },
    clock: systemClock,
    log: silentLogger,
    defer: (fn: () => void) => deferred.push(fn),
  };
  return { deps: deps as never, deferred, recorded, asked };
}

const WAYS = {
  "on a page": (deps: never) => {
    const signIn = createSignIn(deps);
    return (identifier: string) =>
      signIn(
        {
          ...{ identifier, password: "wrong", passkey: "", factor: null },
          ...{ wantedFactor: null, isTrusted: false },
        },
        {
          deviceId: "dev-1",
          tryKey: "x",
          from: { ip: null },
          expected: null,
        } as never,
      );
  },
  "by a program": (deps: never) => {
    const { createSession } = createSessionMethods(deps);
    return (identifier: string) =>
      createSession({ identifier, password: "wrong" }).catch(
        ({ error, message }) => ({ error, message }),
      );
  },
};

for (const [where, way] of Object.entries(WAYS)) {
  test(`${where} a wrong password and a wrong name are answered alike`, async () => {
    const { deps, deferred, recorded, asked } = stage();
    const signIn = way(deps);
    const [first, second] = [await signIn(NAMES[0]!), await signIn(NAMES[1]!)];
    expect(first as object).toEqual(second as object);
    // A password is compared with something in either case.
    expect(asked).toEqual(["x", null]);
    expect(recorded).toEqual([]);
    for (const run of deferred) run();
    expect(recorded).toEqual(["signInFailed"]);
  });
}
