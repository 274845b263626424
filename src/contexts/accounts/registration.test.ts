import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Did, Handle } from "#repo/syntax.ts";
import { silentLogger } from "#lib/log.ts";
import { createMail } from "#contexts/mail/mail.ts";
import type { Caller } from "#contexts/security/caller.ts";
import { createLiveSettings } from "#contexts/settings/live-settings.ts";
import { liveRows } from "#contexts/settings/live-rows-fixture.ts";
import { createApplications, type Applications } from "./applications.ts";
import { createPuzzleCheck, solvePuzzle } from "./human-check.ts";
import { createRegistration, type Registration } from "./registration.ts";
import { createTestHouse, type TestHouse } from "./test-house.ts";

const ANYBODY: Caller = { kind: "anonymous" };
const NOTHING = { inviteCode: null, verificationCode: null };

let house: TestHouse;
let registration: Registration;
let applications: Applications;

beforeEach(() => {
  house = createTestHouse();
});
afterEach(() => house.remove());

/** A registration on the house's database, as a start would make it. */
function open(settings: Parameters<typeof liveRows>[0]): void {
  const { db, clock } = house;
  const live = createLiveSettings({ db, clock, rows: liveRows(settings) });
  const mail = createMail({
    ...{ outbox: db.mails, transport: null, clock, log: silentLogger },
    ...{ from: "pds@pds.test", serviceName: "Test" },
  });
  const publicUrl = "https://pds.test";
  registration = createRegistration({
    ...{ db, live, mail, clock, publicUrl, log: silentLogger },
    humanCheck: createPuzzleCheck({
      ...{ clock, bits: 4, key: new Uint8Array(32) },
      random: (sizeBytes) => crypto.getRandomValues(new Uint8Array(sizeBytes)),
    }),
  });
  applications = createApplications({
    ...{ db, live, mail, clock, publicUrl },
    checkNewHandle: (text) => ({ handle: text as Handle, isOurs: true }),
    createInviteCode: (input) => house.accounts.createInviteCode(input),
  });
}

async function refusalOf(entry = NOTHING as Partial<typeof NOTHING>) {
  try {
    const whole = { ...NOTHING, ...entry };
    registration.checkEntry(whole, ANYBODY);
    registration.checkCode(whole, ANYBODY);
    return await registration.admit(whole, ANYBODY);
  } catch (error) {
    const { error: name, message } = error as {
      error: string;
      message: string;
    };
    return `${name}: ${message}`;
  }
}

function addAccounts(count: number): void {
  for (let i = 0; i < count; i++) {
    house.db.accounts.insert({
      ...{ did: `did:web:a${i}.test` as Did, handle: `a${i}.test` as Handle },
      ...{ email: null, emailConfirmedAtMs: null, emailFactorAtMs: null },
      ...{ passwordHash: null, generation: 1, creationState: null },
      createdAtMs: house.clock.nowMs(),
      ...{ deactivatedAtMs: null, deleteAfterMs: null, suspendedAtMs: null },
      ...{ takedownAtMs: null, takedownRef: null, deletingAtMs: null },
      ...{ invitesDisabledAtMs: null, inviteNote: null },
    });
  }
}

describe("each policy", () => {
  test("closed takes nobody, with a code or without", async () => {
    open({ registration: "closed" });
    house.invite("code", 1);
    const words = "InvalidRequest: This server takes no new accounts";
    expect(await refusalOf()).toBe(words);
    expect(await refusalOf({ inviteCode: "code" as never })).toBe(words);
  });

  test("captcha takes an answer once, or a code", async () => {
    open({ registration: "captcha" });
    expect(registration.view().check).toEqual({ kind: "puzzle" });
    expect(await refusalOf()).toStartWith("InvalidRequest: Verification");
    const answer = solvePuzzle(registration.newPuzzle()!) as never;
    expect(await refusalOf({ verificationCode: answer })).toEqual({
      mustUseInvite: false,
    });
    expect(await refusalOf({ verificationCode: answer })).toStartWith(
      "InvalidRequest: Could not verify",
    );
    house.invite("code", 1);
    expect(await refusalOf({ inviteCode: "code" as never })).toEqual({
      mustUseInvite: true,
    });
  });

  test("the operator passes them all", async () => {
    for (const policy of ["closed", "invite", "captcha", "approval"] as const) {
      open({ registration: policy });
      const admin: Caller = { kind: "admin" };
      registration.checkEntry(NOTHING, admin);
      registration.checkCode(NOTHING, admin);
      expect(await registration.admit(NOTHING, admin)).toEqual({
        mustUseInvite: false,
      });
    }
  });

  test("opening to everybody takes a typed word, and outlives a restart", () => {
    open({ registration: "invite" });
    expect(() => registration.choose("open")).toThrow("Type the word");
    expect(registration.view().policy).toBe("invite");
    registration.choose("open", " Open ");
    open({ registration: "invite" });
    expect(registration.view().policy).toBe("open");
    expect(() => registration.choose("anything")).toThrow("must be");
  });
});

describe("too many accounts in an hour", () => {
  test("switch to invite, once, and tell the operator", async () => {
    const settings = { registration: "open", signUpsPerHour: 3 } as const;
    open({ ...settings, contactEmail: "op@pds.test" });
    addAccounts(2);
    expect(await refusalOf()).toEqual({ mustUseInvite: false });
    house.clock.advance(1);
    addAccounts(0);
    house.db.accounts.insert({
      ...house.db.accounts.find("did:web:a0.test" as Did)!,
      ...{ did: "did:web:b.test" as Did, handle: "b.test" as Handle },
    });
    expect(() => registration.checkRate()).toThrow("not available");
    expect(await refusalOf()).toStartWith("InvalidInviteCode");
    expect(registration.view()).toMatchObject({
      ...{ policy: "invite", chosen: "open", tripped: { count: 3 } },
    });
    registration.watch();
    const letters = house.db.mails.list({ before: null, limit: 9 });
    expect(letters.map(({ toAddress, kind }) => [toAddress, kind])).toEqual([
      ["op@pds.test", "registrationGuard"],
    ]);
    open(settings);
    expect(registration.view().policy).toBe("invite");
    registration.resume();
    expect(registration.view()).toMatchObject({
      policy: "open",
      tripped: null,
    });
    expect(await refusalOf()).toEqual({ mustUseInvite: false });
  });

  test("do not matter where codes are needed anyway", () => {
    open({ registration: "invite", signUpsPerHour: 1 });
    addAccounts(5);
    registration.watch();
    expect(registration.view().tripped).toBeNull();
  });
});

describe("applications", () => {
  const wish = { handle: "new.test", email: "New@mail.test", reason: "hello" };
  const page = { state: "waiting", after: null, limit: 10 } as const;

  test("are approved once, which mails a code that makes one account", async () => {
    open({ registration: "approval" });
    expect(await refusalOf()).toContain("https://pds.test/apply");
    applications.apply(wish);
    applications.apply({ ...wish, email: "new@MAIL.test", reason: "again" });
    const [row, ...more] = applications.list(page);
    expect(more).toEqual([]);
    expect(row).toMatchObject({ reason: "again", state: "waiting" });
    applications.approve(row!.id, "admin");
    expect(() => applications.approve(row!.id, "admin")).toThrow("approved");
    expect(() => applications.refuse(row!.id, "admin")).toThrow("approved");
    const [letter, none] = house.db.mails.list({ before: null, limit: 9 });
    expect(none).toBeUndefined();
    const code = /invite\/(\S+)/.exec(letter!.textBody)![1] as never;
    expect(await refusalOf({ inviteCode: code })).toEqual({
      mustUseInvite: true,
    });
    house.db.inviteCodes.use({
      ...{ code, usedBy: "did:web:new.test" as Did, usedAtMs: 1 },
    });
    expect(applications.list({ ...page, state: "approved" })).toMatchObject([
      { usedBy: "did:web:new.test", decidedBy: "admin" },
    ]);
  });

  test("are refused with a word, and taken only where somebody decides", () => {
    open({ registration: "approval" });
    applications.apply(wish);
    const [row] = applications.list(page);
    applications.refuse(row!.id, "admin", "We are full.");
    const [letter] = house.db.mails.list({ before: null, limit: 1 });
    expect(letter!.textBody).toContain("We are full.");
    expect(applications.countWaiting()).toBe(0);
    open({ registration: "invite" });
    expect(() => applications.apply(wish)).toThrow("takes no applications");
  });
});
