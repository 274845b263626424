import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Secret, TOTP } from "otpauth";
import type { Did } from "#repo/syntax.ts";
import {
  createTestHouse,
  type TestHouse,
} from "#contexts/accounts/test-house.ts";

const HOUR_MS = 3_600_000;
const NAMES = { identifier: "alice.test", password: "password" };

let house: TestHouse;
let did: Did;
let code: () => string;
beforeEach(async () => {
  house = createTestHouse();
  ({ did } = await house.accounts.createAccount(
    { handle: "alice.test", email: "alice@mail.test", password: "password" },
    { kind: "anonymous" },
  ));
  const { secret } = house.factors.settings.beginTotp(did);
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  code = () => totp.generate({ timestamp: house.clock.nowMs() });
  house.factors.settings.confirmTotp(owner(), code());
});
afterEach(() => house.remove());

const owner = () =>
  ({ kind: "session", did, scope: "access", sessionId: "dev-1" }) as const;
const recoveries = () => house.factors.recoveries;
const signIn = (authFactorToken?: string) =>
  house.accounts.createSession({
    ...NAMES,
    ...(authFactorToken !== undefined && { authFactorToken }),
  });
const lastLetter = () => house.db.mails.list({ before: null, limit: 1 })[0]!;

describe("the operator's way to remove factors", () => {
  test("takes a day, and is mailed when it begins and when it is done", async () => {
    recoveries().beginFactorRecovery(did, { kind: "admin" });
    expect(lastLetter().textBody).toContain("/account/keep-factors?token=");
    house.clock.advance(24 * HOUR_MS - 1);
    recoveries().finishFactorRecoveries();
    await expect(signIn()).rejects.toMatchObject({
      error: "AuthFactorTokenRequired",
    });
    house.clock.advance(1);
    recoveries().finishFactorRecoveries();
    await signIn();
    expect(lastLetter().subject).toBe(
      "The second factors of your account are gone",
    );
  });

  test("signs everything out when it is done", async () => {
    house.clock.advance(60_000);
    const { accessJwt } = await signIn(code());
    recoveries().beginFactorRecovery(did, { kind: "admin" });
    house.clock.advance(24 * HOUR_MS);
    recoveries().finishFactorRecoveries();
    expect(() => house.accounts.authenticateAccess(accessJwt)).toThrow();
  });

  test("goes on after a restart", async () => {
    const { dueAtMs } = recoveries().beginFactorRecovery(did, {
      kind: "admin",
    });
    house.restart();
    expect(recoveries().beginFactorRecovery(did, { kind: "admin" })).toEqual({
      dueAtMs,
    });
    house.clock.set(dueAtMs);
    recoveries().finishFactorRecoveries();
    await signIn();
  });

  test("is stopped by the link of the letter, once", () => {
    recoveries().beginFactorRecovery(did, { kind: "admin" });
    const token = /token=([\w-]+)/.exec(lastLetter().textBody)![1]!;
    expect(recoveries().findRecoveryByLink(token)).toMatchObject({
      handle: "alice.test",
    });
    expect(recoveries().stopRecoveryByLink("guess", null)).toBe(false);
    expect(recoveries().stopRecoveryByLink(token, null)).toBe(true);
    expect(recoveries().stopRecoveryByLink(token, null)).toBe(false);
    house.clock.advance(48 * HOUR_MS);
    recoveries().finishFactorRecoveries();
    expect(house.factors.settings.getSignInSettings(did).totp).not.toBeNull();
  });

  test("is stopped by who signs in with a factor, not by who has the password only", async () => {
    recoveries().beginFactorRecovery(did, { kind: "admin" });
    await signIn().catch(() => {});
    const due = () =>
      house.factors.settings.getSignInSettings(did).recoveryDueAtMs;
    expect(due()).not.toBeNull();
    house.clock.advance(60_000);
    await signIn(code());
    expect(due()).toBeNull();
    expect(lastLetter().subject).toBe(
      "The second factors of your account stay",
    );
  });

  test("is for accounts that have one", () => {
    house.factors.settings.removeTotp(owner());
    expect(() =>
      recoveries().beginFactorRecovery(did, { kind: "admin" }),
    ).toThrow("no second factor");
  });
});
