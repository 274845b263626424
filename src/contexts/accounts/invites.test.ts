import { describe, expect, test } from "bun:test";
import type { Did } from "#repo/syntax.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { TokenPair } from "#contexts/security/sessions.ts";
import { alice, house, refusal, useHouse } from "./accounts-fixture.ts";

const DAY_MS = 24 * 3_600_000;

useHouse();

const callerOf = ({ accessJwt }: TokenPair): Caller =>
  house.accounts.authenticateAccess(accessJwt);

describe("invite codes", () => {
  test("have the host's name and are made for the operator or an account", () => {
    const { code } = house.accounts.createInviteCode({ useCount: 1 });
    expect(code).toMatch(/^pds-test-[a-z2-7]{5}-[a-z2-7]{5}$/);
    expect(house.db.inviteCodes.find(code)).toMatchObject({
      forAccount: "admin",
      availableUses: 1,
    });
    const { codes } = house.accounts.createInviteCodes({
      codeCount: 2,
      useCount: 3,
      forAccounts: [alice.did, "did:plc:bob"],
    });
    expect(codes.map((entry) => [entry.account, entry.codes.length])).toEqual([
      [alice.did, 2],
      ["did:plc:bob", 2],
    ]);
    const all = codes.flatMap((entry) => entry.codes);
    expect(new Set(all).size).toBe(4);
  });

  test("have sensible numbers", async () => {
    for (const input of [
      { useCount: 0 },
      { useCount: NaN },
      { useCount: 1.5 },
      { useCount: -1 },
      { useCount: 1, codeCount: 0 },
      { useCount: 1, codeCount: 100_000 },
    ]) {
      expect(await refusal(() => house.accounts.createInviteCodes(input))).toBe(
        "400 InvalidRequest",
      );
    }
  });

  test("are earned with time, at most five open at once", async () => {
    house.restart({ inviteIntervalMs: 7 * DAY_MS });
    const caller = callerOf(alice);
    const list = (params = {}) =>
      house.accounts.getAccountInviteCodes(params, caller).codes;
    expect(list()).toEqual([]);
    house.clock.advance(14 * DAY_MS);
    expect(list({ createAvailable: false })).toEqual([]);
    expect(list()).toHaveLength(2);
    expect(list()).toHaveLength(2);
    house.clock.advance(365 * DAY_MS);
    const five = list();
    expect(five).toHaveLength(5);
    expect(five[0]).toMatchObject({
      available: 1,
      disabled: false,
      forAccount: alice.did,
      createdBy: alice.did,
      uses: [],
    });
    house.db.inviteCodes.use({
      code: five[0]!.code,
      usedBy: "did:plc:bob" as Did,
      usedAtMs: house.clock.nowMs(),
    });
    const six = list();
    expect(six).toHaveLength(6);
    expect(list({ includeUsed: false })).toHaveLength(5);
  });

  test("are not earned by those who may not invite", () => {
    house.restart({ inviteIntervalMs: 7 * DAY_MS });
    house.clock.advance(30 * DAY_MS);
    house.db.accounts.update(alice.did, { invitesDisabledAtMs: 1 });
    const session = house.db.sessions.list(alice.did)[0]!;
    const caller: Caller = {
      kind: "session",
      did: alice.did,
      scope: "access",
      sessionId: session.id,
    };
    expect(house.accounts.getAccountInviteCodes({}, caller).codes).toEqual([]);
  });

  test("are switched off by whom they belong to, and nobody else", async () => {
    const make = (forAccount: string) =>
      house.accounts.createInviteCode({ useCount: 1, forAccount }).code;
    const off = (code: string) =>
      refusal(() =>
        house.accounts.disableOwnInviteCode({ code }, callerOf(alice)),
      );
    const [mine, theirs, used] = [
      make(alice.did),
      make("did:plc:bob"),
      make(alice.did),
    ];
    const use = (code: string) =>
      house.db.inviteCodes.use({
        ...{ code, usedAtMs: house.clock.nowMs() },
        usedBy: `did:plc:${code.slice(-5)}` as Did,
      });
    expect(use(used)).toBe(true);
    expect(await off(mine)).toBe("answered undefined");
    expect(use(mine)).toBe(false);
    expect(await off(mine)).toBe("answered undefined");
    for (const code of [theirs, used, "pds-test-none"]) {
      expect([code, await off(code)]).toEqual([code, "400 InvalidRequest"]);
    }
    expect(use(theirs)).toBe(true);
  });

  test("that were switched off are not earned again", () => {
    house.restart({ inviteIntervalMs: 7 * DAY_MS });
    house.clock.advance(15 * DAY_MS);
    const session = house.db.sessions.list(alice.did)[0]!;
    const caller: Caller = {
      kind: "session",
      did: alice.did,
      scope: "access",
      sessionId: session.id,
    };
    const list = () => house.accounts.getAccountInviteCodes({}, caller).codes;
    const [first] = list();
    expect(list()).toHaveLength(2);
    house.accounts.disableOwnInviteCode({ code: first!.code }, caller);
    expect(list().map(({ disabled }) => disabled)).toEqual([true, false]);
  });
});
