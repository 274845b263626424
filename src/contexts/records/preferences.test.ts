import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { openAccountDb, type AccountDb } from "#storage/account/account-db.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import type { Caller, SessionScope } from "#contexts/security/caller.ts";
import { createPreferences, type Preferences } from "./preferences.ts";

const alice = "did:plc:alice" as Did;
const bob = "did:plc:bob" as Did;
const FEED = { $type: "app.bsky.actor.defs#feedViewPref", feed: "home" };
const ADULT = { $type: "app.bsky.actor.defs#adultContentPref", enabled: true };
const LABEL_A = { $type: "app.bsky.actor.defs#contentLabelPref", label: "a" };
const LABEL_B = { $type: "app.bsky.actor.defs#contentLabelPref", label: "b" };
const BIRTH = {
  $type: "app.bsky.actor.defs#personalDetailsPref",
  birthDate: "2010-06-15T00:00:00.000Z",
};
const AGE = "app.bsky.actor.defs#declaredAgePref";

let folder: string;
let accountDb: AccountDb;
let preferences: Preferences;
const clock = createFakeClock();

beforeEach(() => {
  clock.set(Date.parse("2026-06-14T12:00:00Z"));
  folder = mkdtempSync(join(tmpdir(), "tempest-preferences-"));
  accountDb = openAccountDb(join(folder, "account.sqlite"));
  for (const did of [alice, bob]) {
    accountDb.accounts.insert({
      did,
      handle: `${did.slice(8)}.test` as Handle,
      email: null,
      emailConfirmedAtMs: null,
      emailFactorAtMs: null,
      passwordHash: null,
      generation: 1,
      creationState: null,
      createdAtMs: 0,
      deactivatedAtMs: null,
      deleteAfterMs: null,
      suspendedAtMs: null,
      takedownAtMs: null,
      takedownRef: null,
      deletingAtMs: null,
      invitesDisabledAtMs: null,
      inviteNote: null,
    } satisfies AccountRow);
  }
  preferences = createPreferences({ accountDb, clock });
});

afterEach(() => {
  accountDb.close();
  rmSync(folder, { recursive: true });
});

const as = (scope: SessionScope, did = alice): Caller => ({
  kind: "session",
  did,
  scope,
  sessionId: "s",
});
const owner = as("access");
const app = as("appPass");
const put = (list: unknown[], caller: Caller = owner) =>
  preferences.putPreferences({ preferences: list }, caller);
const get = (caller: Caller = owner) =>
  preferences.getPreferences(caller).preferences;

describe("what is stored", () => {
  test("comes back as it was, in order, several of a type included", () => {
    put([LABEL_B, FEED, LABEL_A]);
    expect(get()).toEqual([LABEL_B, FEED, LABEL_A]);
    expect(get(as("access", bob))).toEqual([]);
  });

  test("takes the place of all that was there", () => {
    put([FEED, LABEL_A, LABEL_B]);
    put([ADULT]);
    expect(get()).toEqual([ADULT]);
    put([]);
    expect(get()).toEqual([]);
  });

  test("is left as it was when a later part is refused", () => {
    put([FEED]);
    expect(() => put([ADULT, { enabled: true }])).toThrow(XrpcError);
    expect(get()).toEqual([FEED]);
  });

  test("can be written while deactivated, and read while taken down", () => {
    put([FEED]);
    accountDb.accounts.update(alice, { deactivatedAtMs: 1 });
    put([ADULT]);
    accountDb.accounts.update(alice, { takedownAtMs: 1 });
    expect(get(as("takendown"))).toEqual([ADULT]);
  });
});

describe("the birth date", () => {
  test("is for the account's own password only; the age is for all", () => {
    put([FEED, BIRTH]);
    const age = {
      $type: AGE,
      isOverAge13: true,
      isOverAge16: false,
      isOverAge18: false,
    };
    expect(get()).toEqual([FEED, BIRTH, age]);
    expect(get(app)).toEqual([FEED, age]);
    expect(get(as("appPassPrivileged"))).toEqual([FEED, age]);
    expect(get(as("takendown"))).toEqual([FEED, age]);
  });

  test("survives what an app password writes", () => {
    put([FEED, BIRTH]);
    put([ADULT], app);
    expect(get()).toEqual([
      BIRTH,
      ADULT,
      expect.objectContaining({ $type: AGE }),
    ]);
  });

  test("goes when the owner leaves it out", () => {
    put([BIRTH]);
    put([FEED]);
    expect(get()).toEqual([FEED]);
  });

  test("the age can't be set, and setting it is no error", () => {
    put([FEED, { $type: AGE, isOverAge18: true }], app);
    expect(get()).toEqual([FEED]);
  });

  test("an unreadable date tells no age", () => {
    const details = { ...BIRTH, birthDate: "yesterday" };
    put([details]);
    expect(get()).toEqual([details]);
  });

  const birthdays: [string, string, number][] = [
    ["2008-06-15T00:00:00Z", "2026-06-14T23:59:59Z", 17],
    ["2008-06-15T00:00:00Z", "2026-06-15T00:00:00Z", 18],
    ["2008-02-29T00:00:00Z", "2026-02-28T00:00:00Z", 17],
    ["2008-02-29T00:00:00Z", "2026-03-01T00:00:00Z", 18],
    ["2013-01-01T00:00:00Z", "2025-12-31T00:00:00Z", 12],
  ];
  for (const [birthDate, now, years] of birthdays) {
    test(`${birthDate} is ${years} at ${now}`, () => {
      clock.set(Date.parse(now));
      put([{ ...BIRTH, birthDate }]);
      expect(get(app)).toEqual([
        {
          $type: AGE,
          isOverAge13: years >= 13,
          isOverAge16: years >= 16,
          isOverAge18: years >= 18,
        },
      ]);
    });
  }
});

describe("refused", () => {
  const rows: [string, () => unknown, number, string][] = [
    ["no $type", () => put([{ a: 1 }]), 400, "InvalidRequest"],
    ["no object", () => put([5]), 400, "InvalidRequest"],
    ["null", () => put([null]), 400, "InvalidRequest"],
    [
      "another namespace",
      () => put([{ $type: "com.example.pref" }]),
      400,
      "InvalidRequest",
    ],
    [
      "a namespace that begins alike",
      () => put([{ $type: "app.bskyish.pref" }]),
      400,
      "InvalidRequest",
    ],
    [
      "a birth date from an app",
      () => put([BIRTH], app),
      400,
      "InvalidRequest",
    ],
    ["nobody", () => put([], { kind: "anonymous" }), 403, "Forbidden"],
    [
      "the operator's write",
      () => put([], { kind: "admin" }),
      403,
      "Forbidden",
    ],
    ["nobody's read", () => get({ kind: "anonymous" }), 403, "Forbidden"],
    ["the operator's read", () => get({ kind: "admin" }), 403, "Forbidden"],
    [
      "an unknown account",
      () => get(as("access", "did:plc:none" as Did)),
      403,
      "AccountNotFound",
    ],
    [
      "a taken-down account",
      () => {
        accountDb.accounts.update(alice, { takedownAtMs: 1 });
        put([]);
      },
      401,
      "AccountTakedown",
    ],
  ];
  for (const [name, act, status, error] of rows) {
    test(`${name}: ${status} ${error}`, () => {
      try {
        act();
        expect.unreachable();
      } catch (thrown) {
        expect(thrown).toMatchObject({ name: "XrpcError", status, error });
      }
    });
  }
});
