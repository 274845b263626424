import { afterEach, beforeEach, expect, test } from "bun:test";
import { XrpcError } from "#lib/errors.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { SignUpForm } from "./sign-up.ts";
import { createTestHouse, type TestHouse } from "./test-house.ts";

const ANYBODY: Caller = { kind: "anonymous" };
const GOOD: SignUpForm = {
  handle: "alice.test",
  email: "alice@example.com",
  password: "correct horse",
  inviteCode: "",
  verificationCode: "",
};

let house: TestHouse;
beforeEach(() => {
  house = createTestHouse();
});
afterEach(() => house.remove());

const signUp = (over: Partial<SignUpForm> = {}) =>
  house.accounts.signUp({ ...GOOD, ...over }, ANYBODY);

async function faultsOf(over: Partial<SignUpForm> = {}) {
  const result = await signUp(over);
  return "faults" in result ? result.faults : result;
}

test("an account is made, and its address asked to be confirmed", async () => {
  const made = await signUp({ handle: " @Alice.TEST ", email: " a@b.test " });
  expect(made).toEqual({ did: expect.stringMatching(/^did:plc:/) as never });
  expect(house.accounts.findByHandle("alice.test" as never)?.did).toBe(
    (made as { did: never }).did,
  );
  const { did } = made as { did: never };
  const token = house.lastCode();
  expect(house.accounts.confirmEmailByCode({ token })).toBe(did);
  expect(house.db.accounts.find(did)!.emailConfirmedAtMs).not.toBeNull();
  expect(() => house.accounts.confirmEmailByCode({ token })).toThrow(XrpcError);
});

test("letters come in the language of the page, from the first one on", async () => {
  const languages: (string | null)[] = [];
  for (const language of ["de", "fr", undefined] as const) {
    const name = `in-${language ?? "none"}`;
    const form = { handle: `${name}.test`, email: `${name}@b.test`, language };
    const { did } = (await signUp(form)) as { did: never };
    languages.push(house.db.languages.find(did));
  }
  expect(languages).toEqual(["de", "fr", null]);
});

test("all that is wrong is told at once, and nothing is made", async () => {
  await signUp();
  expect(
    await faultsOf({ handle: "x.test", email: "nobody", password: "short" }),
  ).toEqual({ handle: "form", email: "form", password: "form" });
  expect(await faultsOf({ password: "other horse" })).toEqual({
    handle: "taken",
    email: "taken",
  });
  expect(
    await faultsOf({ handle: "alice.example.com", email: "c@d.test" }),
  ).toEqual({ handle: "foreign" });
  expect(house.db.accounts.count()).toBe(1);
});

test("which addresses are known is told to nobody who has no way in", async () => {
  await signUp();
  house.restart({ inviteRequired: true });
  const wanted = { handle: "bob.test" };
  expect(await faultsOf(wanted)).toEqual({ inviteCode: "missing" });
  expect(await faultsOf({ ...wanted, inviteCode: "nonsense" })).toEqual({
    inviteCode: "unusable",
  });
  house.invite("good-code", 1);
  expect(await faultsOf({ ...wanted, inviteCode: "good-code" })).toEqual({
    email: "taken",
  });
});

test("what the directory interrupts goes on when the form is sent again", async () => {
  house.restart({ inviteRequired: true });
  house.invite("good-code", 1);
  const form = { inviteCode: "good-code" };
  house.plc.failure = new XrpcError("UpstreamTimeout", "no answer");
  expect(await faultsOf(form)).toEqual({ whole: "later" });
  house.plc.failure = null;
  const stranger = { ...form, password: "another horse" };
  expect(await faultsOf(stranger)).toMatchObject({ handle: "taken" });
  expect(await faultsOf(form)).toMatchObject({ did: expect.any(String) });
});

test("a check for people counts once, and an invite code spares it", async () => {
  house.restart({ settings: { registration: "captcha" } });
  expect(await faultsOf()).toEqual({ verificationCode: "missing" });
  expect(await faultsOf({ verificationCode: "p1.4.9.x.y:1" })).toEqual({
    verificationCode: "wrong",
  });
  house.invite("good-code", 1);
  expect(await faultsOf({ inviteCode: "good-code" })).toHaveProperty("did");
});

test("nobody comes in where nobody may", async () => {
  house.restart({ settings: { registration: "closed" } });
  expect(await faultsOf()).toEqual({ whole: "closed" });
});

test("an invitation says whose it is, and whether it is good", async () => {
  const made = (await signUp()) as { did: never };
  const { code } = house.accounts.createInviteCode({
    ...{ useCount: 1, forAccount: made.did },
  });
  const describe = (text: string) => house.accounts.describeInvite(text);
  expect(describe(` ${code} `)).toEqual({
    ...{ isUsable: true, invitedBy: "alice.test" as never },
  });
  await signUp({ handle: "bob.test", email: "b@b.test", inviteCode: code });
  expect(describe(code)?.isUsable).toBe(false);
  house.invite("operators", 1);
  expect(describe("operators")).toEqual({ isUsable: true, invitedBy: null });
  expect(describe("nonsense")).toBeNull();
});
