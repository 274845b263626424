import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Did } from "#repo/syntax.ts";
import type { SessionCaller } from "#contexts/security/caller.ts";
import {
  createTestHouse,
  type TestHouse,
} from "#contexts/accounts/test-house.ts";
import {
  type AccountChanges,
  createAccountChanges,
} from "./account-changes.ts";

/** What becomes of codes by mail when the address changes. */

const ADMIN = { kind: "admin" } as const;
const DAY_MS = 24 * 3_600_000;
const [OLD, NEW, NEWER] = ["old@mail.test", "new@mail.test", "newer@mail.test"];
const NAMES = { identifier: "alice.test", password: "password" };

let house: TestHouse;
let did: Did;
let changes: AccountChanges;
beforeEach(async () => {
  house = createTestHouse();
  ({ did } = await house.accounts.createAccount(
    { handle: "alice.test", email: OLD, password: "password" },
    { kind: "anonymous" },
  ));
  house.db.accounts.update(did, { emailConfirmedAtMs: 1 });
  house.factors.settings.setEmailFactor(owner(), true);
  changes = createAccountChanges({
    db: house.db,
    clock: house.clock,
    mail: { sendNote: () => 0 },
    passwords: { hash: async () => "hash" },
    deleteHosted: async () => {},
    changeHandle: async () => {},
    rotateKey: async () => {},
    events: house.events,
    record: () => {},
  });
});
afterEach(() => house.remove());

const owner = (): SessionCaller => ({
  ...{ kind: "session", did, scope: "access", sessionId: "dev-1" },
});
const letters = () => house.db.mails.list({ before: null, limit: 20 });

/** Where the code goes that a sign-in asks for; it opens the account. */
async function codeGoesTo(): Promise<string> {
  // Another is not mailed within a minute.
  house.clock.advance(61_000);
  const asked = house.accounts.createSession(NAMES);
  await expect(asked).rejects.toMatchObject({
    error: "AuthFactorTokenRequired",
  });
  const { toAddress } = letters()[0]!;
  const authFactorToken = house.lastCode();
  await house.accounts.createSession({ ...NAMES, authFactorToken });
  // The owner is told the same.
  expect(held()?.address ?? house.db.accounts.find(did)!.email).toBe(toAddress);
  return toAddress;
}

const held = () => house.factors.settings.getSignInSettings(did).heldCodes;

function confirm(): void {
  house.accounts.requestEmailConfirmation(owner());
  house.accounts.confirmEmailByCode({ token: house.lastCode() });
}

/** The owner changes the address, with the code that goes to the one before. */
function change(email: string, emailAuthFactor?: boolean): void {
  const { tokenRequired } = house.accounts.requestEmailUpdate(owner());
  house.accounts.updateEmail(
    {
      email,
      ...(tokenRequired && { token: house.lastCode() }),
      ...(emailAuthFactor !== undefined && { emailAuthFactor }),
    },
    owner(),
  );
}

describe("an operator's change of the address", () => {
  beforeEach(() =>
    changes.updateAccountEmail({ account: did, email: NEW }, ADMIN),
  );

  test("takes no factor away, and is told at both addresses", async () => {
    expect(
      letters()
        .map(({ toAddress }) => toAddress)
        .slice(0, 2)
        .toSorted(),
    ).toEqual([NEW, OLD]);
    expect(await codeGoesTo()).toBe(OLD);
    const [seen] = house.events
      .list(did, { limit: 50 })
      .events.filter(({ kind }) => kind === "emailChanged");
    expect(seen).toMatchObject({ actor: "admin", detail: { codesTo: OLD } });
  });

  test("passes the codes on after a day, once the new one is confirmed", async () => {
    const untilMs = house.clock.nowMs() + DAY_MS;
    expect(held()).toEqual({ address: OLD, toConfirm: NEW, untilMs });
    confirm();
    expect(held()).toEqual({ address: OLD, toConfirm: null, untilMs });
    expect(await codeGoesTo()).toBe(OLD);
    house.clock.advance(DAY_MS);
    expect(await codeGoesTo()).toBe(NEW);
  });

  test("passes them on to nobody who doesn't confirm it", async () => {
    house.clock.advance(2 * DAY_MS);
    expect(await codeGoesTo()).toBe(OLD);
    confirm();
    expect(await codeGoesTo()).toBe(NEW);
  });

  test("is not made quicker by another, of the owner's name or the operator's", async () => {
    confirm();
    change(NEWER);
    changes.updateAccountEmail({ account: did, email: NEW }, ADMIN);
    confirm();
    expect(await codeGoesTo()).toBe(OLD);
    house.clock.advance(DAY_MS);
    expect(await codeGoesTo()).toBe(NEW);
  });

  test("is undone by going back", async () => {
    changes.updateAccountEmail({ account: did, email: OLD }, ADMIN);
    expect(house.db.factors.policies.get(did).heldEmail).toBeNull();
    expect(await codeGoesTo()).toBe(OLD);
  });
});

describe("an owner's change of the address", () => {
  test("keeps the factor, and passes the codes on once the new one is confirmed", async () => {
    expect(held()).toBeNull();
    change(NEW);
    expect(held()).toEqual({ address: OLD, toConfirm: NEW, untilMs: null });
    expect(await codeGoesTo()).toBe(OLD);
    confirm();
    expect(await codeGoesTo()).toBe(NEW);
  });

  test("keeps it where that is said, and ends it only where that is said, with a letter", async () => {
    change(NEW, true);
    expect(await codeGoesTo()).toBe(OLD);
    change(NEWER, false);
    expect(await house.accounts.createSession(NAMES)).toMatchObject({ did });
    const subjects = letters().map(({ subject }) => subject);
    expect(subjects.some((one) => one.includes("factor was removed"))).toBe(
      true,
    );
    expect(house.db.factors.policies.get(did).heldEmail).toBeNull();
  });

  test("is nobody's business where no codes are asked for", () => {
    house.factors.settings.setEmailFactor(owner(), false);
    change(NEW);
    expect(held()).toBeNull();
  });

  test("begins none with an address that is not confirmed", () => {
    change(OLD, false);
    expect(() => change(NEW, true)).toThrow("has to be confirmed");
  });
});
