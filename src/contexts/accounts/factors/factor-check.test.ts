import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Secret, TOTP } from "otpauth";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import {
  createTestHouse,
  type TestHouse,
} from "#contexts/accounts/test-house.ts";

const MINUTE_MS = 60_000;
const STEP_MS = 30_000;
const EMAIL = "alice@mail.test";
const NAMES = { identifier: "alice.test", password: "password" };

let house: TestHouse;
let did: Did;
beforeEach(async () => {
  house = createTestHouse();
  ({ did } = await house.accounts.createAccount(
    { handle: "alice.test", email: EMAIL, password: "password" },
    { kind: "anonymous" },
  ));
});
afterEach(() => house.remove());

const settings = () => house.factors.settings;
const row = () => house.db.accounts.find(did)!;
const owner = (who = did) =>
  ({ kind: "session", did: who, scope: "access", sessionId: "dev-1" }) as const;
const subjects = () =>
  house.db.mails
    .list({ before: null, limit: 100 })
    .map(({ subject }) => subject);

/** An authenticator app. */
function createApp(secret: string) {
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  return (offsetMs = 0) =>
    totp.generate({ timestamp: house.clock.nowMs() + offsetMs });
}

/** Adds an app; what it shows, and the codes that come with it. */
function addApp() {
  const code = createApp(settings().beginTotp(did).secret);
  const { backupCodes } = settings().confirmTotp(owner(), code())!;
  house.clock.advance(STEP_MS);
  return { code, backupCodes: backupCodes! };
}

const signIn = (authFactorToken?: string) =>
  house.accounts.createSession({
    ...NAMES,
    ...(authFactorToken !== undefined && { authFactorToken }),
  });

const refused = (call: Promise<unknown>, error: string) =>
  expect(call).rejects.toMatchObject({ error });

describe("an authenticator app", () => {
  test("is asked for once it has shown a code", async () => {
    const code = createApp(settings().beginTotp(did).secret);
    await signIn();
    expect(settings().confirmTotp(owner(), "000000")).toBeNull();
    await signIn();
    expect(settings().confirmTotp(owner(), code())).not.toBeNull();
    await refused(signIn(), "AuthFactorTokenRequired");
    house.clock.advance(STEP_MS);
    expect(await signIn(code())).toMatchObject({ did });
  });

  test("is told apart by server and account, and in a form for typing", () => {
    const { uri, secret } = settings().beginTotp(did);
    expect(uri).toStartWith("otpauth://totp/Test:alice.test?");
    expect(uri).toContain(`secret=${secret}`);
    expect(settings().beginTotp(did)).toEqual({ uri, secret });
    house.names.service = "Our: place";
    const renamed = settings().beginTotp(did);
    expect(renamed.secret).toBe(secret);
    const { pathname, searchParams } = new URL(renamed.uri);
    expect(decodeURIComponent(pathname)).toEndWith("Our  place:alice.test");
    expect(searchParams.get("issuer")).toBe("Our  place");
  });

  test("is good for each code once, and for none before it", async () => {
    const { code } = addApp();
    const [before, now] = [code(-STEP_MS), code()];
    await signIn(now);
    await refused(signIn(now), "InvalidToken");
    await refused(signIn(before), "InvalidToken");
  });

  test("may be a step ahead or behind, no more", async () => {
    const { code } = addApp();
    house.clock.advance(10 * STEP_MS);
    await refused(signIn(code(-2 * STEP_MS)), "InvalidToken");
    await refused(signIn(code(2 * STEP_MS)), "InvalidToken");
    await signIn(code(-STEP_MS));
    await signIn(code());
    await signIn(code(STEP_MS));
  });

  test("can't be used for its first code again", async () => {
    const code = createApp(settings().beginTotp(did).secret);
    const first = code();
    settings().confirmTotp(owner(), first);
    await refused(signIn(first), "InvalidToken");
  });

  test("stays in use until the one in its place has shown a code", async () => {
    const old = addApp().code;
    const next = createApp(settings().beginTotp(did).secret);
    await signIn(old());
    house.clock.advance(STEP_MS);
    settings().confirmTotp(owner(), next());
    house.clock.advance(STEP_MS);
    await refused(signIn(old()), "InvalidToken");
    await signIn(next());
  });

  test("has a secret that is nowhere in clear", () => {
    const { secret } = settings().beginTotp(did);
    const bytes = Buffer.from(Secret.fromBase32(secret).bytes);
    const { sealed } = house.db.factors.totps.findWaiting(did)!;
    expect(Buffer.from(sealed).includes(bytes)).toBe(false);
  });

  test("is not asked for any more once it is removed", async () => {
    addApp();
    settings().removeTotp(owner());
    expect(await signIn()).toMatchObject({ did });
    expect(settings().getSignInSettings(did)).toMatchObject({
      ...{ totp: null, isFactorRequired: false, backupCodesLeft: 0 },
    });
    expect(subjects()).toContain(
      "A second factor was removed from your account",
    );
  });

  test("outlives the process", async () => {
    const { code } = addApp();
    house.restart();
    await refused(signIn(), "AuthFactorTokenRequired");
    await signIn(code());
  });
});

describe("backup codes", () => {
  test("sign in once each, however they are typed", async () => {
    const [first, second] = addApp().backupCodes;
    await signIn(first);
    await refused(signIn(first), "InvalidToken");
    await signIn(second!.toUpperCase().replace("-", " "));
    expect(settings().getSignInSettings(did).backupCodesLeft).toBe(8);
    expect(subjects()[0]).toBe("A backup code of your account was used");
  });

  test("are worthless once there are new ones", async () => {
    const [old] = addApp().backupCodes;
    const [fresh] = settings().makeBackupCodes(owner());
    await refused(signIn(old), "InvalidToken");
    await signIn(fresh);
  });

  test("are of one account", async () => {
    const [code] = addApp().backupCodes;
    const bob = await house.accounts.createAccount(
      { handle: "bob.test", email: "bob@mail.test", password: "password" },
      { kind: "anonymous" },
    );
    const app = createApp(settings().beginTotp(bob.did).secret);
    settings().confirmTotp(owner(bob.did), app());
    const names = { identifier: "bob.test", password: "password" };
    const call = house.accounts.createSession({
      ...{ ...names, authFactorToken: code! },
    });
    await refused(call, "InvalidToken");
  });
});

describe("guessing", () => {
  test("ends after five tries in five minutes, for right ones too", async () => {
    const { code } = addApp();
    for (let i = 0; i < 5; i++) await refused(signIn("000000"), "InvalidToken");
    await refused(signIn(code()), "RateLimitExceeded");
    house.clock.advance(5 * MINUTE_MS);
    await signIn(code());
  });

  test("ends after thirty tries in a day, and the owner is told once", async () => {
    addApp();
    for (let i = 0; i < 30; i++) {
      await refused(signIn("000000"), "InvalidToken");
      house.clock.advance(MINUTE_MS);
    }
    for (let i = 0; i < 2; i++) {
      await refused(signIn("000000"), "RateLimitExceeded");
      house.clock.advance(60 * MINUTE_MS);
    }
    const told = subjects().filter((one) => one.startsWith("Somebody guesses"));
    expect(told).toHaveLength(1);
  });

  test("is for who knows the password; nobody else can shut the owner out", async () => {
    const { code } = addApp();
    for (let i = 0; i < 20; i++) {
      const call = house.accounts.createSession({
        ...{ identifier: "alice.test", password: "wrong" },
        authFactorToken: "000000",
      });
      await refused(call, "AuthenticationRequired");
    }
    await signIn(code());
  });

  test("is forgiven by a right code", async () => {
    const { code } = addApp();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 4; i++) {
        await refused(signIn("000000"), "InvalidToken");
      }
      await signIn(code());
      house.clock.advance(STEP_MS);
    }
  });
});

describe("mail alone", () => {
  /** Both an app and codes by mail. */
  function guardTwice() {
    house.db.accounts.update(did, { emailConfirmedAtMs: 1 });
    settings().setEmailFactor(owner(), true);
    return addApp();
  }

  async function resetPassword(): Promise<void> {
    house.accounts.requestPasswordReset({ email: EMAIL });
    const token = house.lastCode();
    await house.accounts.resetPassword({ token, password: "password" });
  }

  test("is a factor where it is wanted", async () => {
    guardTwice();
    await refused(signIn(), "AuthFactorTokenRequired");
    await signIn(house.lastCode());
  });

  test("removes no factor by resetting the password", async () => {
    const { code } = addApp();
    await resetPassword();
    await refused(signIn(), "AuthFactorTokenRequired");
    await signIn(code());
  });

  test("is no way in after it has reset the password, until a stronger factor was shown", async () => {
    const { code } = guardTwice();
    await signIn().catch(() => {});
    await resetPassword();
    const kinds = () => house.factors.check.listOffered(row());
    expect(kinds()).not.toContain("email");
    const letters = subjects().length;
    await refused(signIn(), "AuthFactorTokenRequired");
    expect(subjects()).toHaveLength(letters);
    await signIn(code());
    expect(kinds()).toContain("email");
  });
});

describe("an account may", () => {
  test("refuse programs with its main password, which only its owner is told", async () => {
    settings().setAppsRefused(owner(), true);
    await refused(signIn(), "Forbidden");
    const wrong = { ...NAMES, password: "wrong" };
    await refused(
      house.accounts.createSession(wrong),
      "AuthenticationRequired",
    );
    const { password } = house.accounts.createAppPassword(
      { name: "app" },
      owner(),
    );
    await house.accounts.createSession({ ...NAMES, password });
    settings().setAppsRefused(owner(), false);
    await signIn();
  });

  test("not leave itself without any way in", async () => {
    const remove = () => house.accounts.removePassword(owner(), "dev-1");
    expect(remove).toThrow("Without a passkey");
    expect(row().passwordHash).not.toBeNull();
  });

  test("not ask for a factor that it has not", () => {
    expect(() => settings().setFactorRequired(owner(), true)).toThrow("first");
    expect(() => settings().setEmailFactor(owner(), true)).toThrow("Confirm");
  });
});

describe("a recovery key", () => {
  const DEVICE = "dev-1";
  const own = createSigner("k256", generatePrivateKey("k256"));

  beforeEach(async () => {
    addApp();
    const last = await house.plc.client.getLastOp(did);
    const { rotationKeys } = last as { rotationKeys: string[] };
    house.plc.client.getLastOp = async () =>
      ({ ...last, rotationKeys: [own.didKey, ...rotationKeys] }) as never;
  });

  async function prove(
    signer = own,
    changes: { sentence?: string; deviceId?: string } = {},
  ): Promise<boolean> {
    const given = house.factors.recoveryKeys.begin(did, DEVICE);
    const sentence = changes.sentence ?? given;
    const signature = await signer.sign(Buffer.from(sentence));
    return house.factors.check.check(
      row(),
      {
        ...{ kind: "recovery-key", sentence },
        signature: Buffer.from(signature).toString("base64"),
      },
      { deviceId: changes.deviceId ?? DEVICE, from: null },
    );
  }

  test("stands for a factor that was lost, and the owner is told", async () => {
    expect(await prove()).toBe(true);
    expect(subjects()[0]).toBe("The recovery key of your account was used");
  });

  test("is none of the server's, nor of somebody else", async () => {
    expect(await prove(house.rotationSigner)).toBe(false);
    const stranger = createSigner("p256", generatePrivateKey("p256"));
    expect(await prove(stranger)).toBe(false);
  });

  test("signs what it was given, in the same browser, once", async () => {
    expect(await prove(own, { deviceId: "dev-2" })).toBe(false);
    expect(await prove(own, { sentence: "something else" })).toBe(false);
    const sentence = house.factors.recoveryKeys.begin(did, DEVICE);
    expect(await prove(own, { sentence })).toBe(true);
    expect(await prove(own, { sentence })).toBe(false);
  });
});
