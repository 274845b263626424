import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Did, Handle } from "#repo/syntax.ts";
import {
  createTestHouse,
  type TestHouse,
} from "#contexts/accounts/test-house.ts";
import {
  createAuthenticator,
  type Authenticator,
} from "./authenticator-fixture.ts";

const ORIGIN = "https://pds.test";
const DEVICE = "dev-1";
const MINUTE_MS = 60_000;

let house: TestHouse;
let did: Did;
beforeEach(async () => {
  house = createTestHouse();
  did = await join("alice");
});
afterEach(() => house.remove());

async function join(name: string): Promise<Did> {
  const handle = `${name}.test` as Handle;
  const { did } = await house.accounts.createAccount(
    { handle, email: `${name}@mail.test`, password: "password" },
    { kind: "anonymous" },
  );
  return did;
}

const owner = (who = did) =>
  ({ kind: "session", did: who, scope: "access", sessionId: DEVICE }) as const;
const settings = () => house.factors.settings;

async function register(authenticator: Authenticator, who = did) {
  const options = await settings().beginPasskey(who, DEVICE);
  const response = authenticator.create({ options, origin: ORIGIN });
  const name = "Phone";
  return settings().addPasskey(owner(who), {
    deviceId: DEVICE,
    response,
    name,
  });
}

const beginSignIn = (deviceId = DEVICE) =>
  house.factors.passkeys.beginSignIn(deviceId);
const signIn = (response: string, deviceId = DEVICE) =>
  house.factors.check.checkPasskey(response, { deviceId, from: null });

describe("a passkey", () => {
  test("signs in by itself, as often as it is asked", async () => {
    const phone = createAuthenticator();
    const added = await register(phone);
    expect(added?.backupCodes).toHaveLength(10);
    for (let i = 0; i < 2; i++) {
      const options = beginSignIn();
      expect(await signIn(phone.get({ options, origin: ORIGIN }))).toBe(did);
    }
    const [key] = settings().getSignInSettings(did).passkeys;
    expect(key).toMatchObject({ name: "Phone", isBackedUp: true });
    expect(key!.lastUsedAtMs).toBe(house.clock.nowMs());
  });

  test("is asked to know its owner and to be found without a name", async () => {
    const options = await settings().beginPasskey(did, DEVICE);
    expect(options).toMatchObject({
      rp: { id: "pds.test" },
      attestation: "none",
      authenticatorSelection: {
        residentKey: "required",
        userVerification: "required",
      },
    });
    expect(beginSignIn()).toMatchObject({
      rpId: "pds.test",
      userVerification: "required",
      allowCredentials: [],
    });
  });

  test("of somebody else signs somebody else in", async () => {
    const bob = await join("bob");
    const [hers, his] = [createAuthenticator(), createAuthenticator()];
    await register(hers);
    await register(his, bob);
    const options = beginSignIn();
    expect(await signIn(his.get({ options, origin: ORIGIN }))).toBe(bob);
  });

  test("that is gone signs nobody in", async () => {
    const phone = createAuthenticator();
    await register(phone);
    const [key] = settings().getSignInSettings(did).passkeys;
    settings().removePasskey(owner(), key!.id);
    const options = beginSignIn();
    expect(await signIn(phone.get({ options, origin: ORIGIN }))).toBeNull();
  });
});

describe("an answer is refused", () => {
  let phone: Authenticator;
  beforeEach(async () => {
    phone = createAuthenticator();
    await register(phone);
  });

  test("a second time", async () => {
    const answer = phone.get({ options: beginSignIn(), origin: ORIGIN });
    expect(await signIn(answer)).toBe(did);
    expect(await signIn(answer)).toBeNull();
  });

  test("to a challenge that was answered before", async () => {
    const options = beginSignIn();
    await signIn(phone.get({ options, origin: ORIGIN }));
    expect(await signIn(phone.get({ options, origin: ORIGIN }))).toBeNull();
  });

  test("to the challenge of another browser", async () => {
    const options = beginSignIn("dev-2");
    expect(await signIn(phone.get({ options, origin: ORIGIN }))).toBeNull();
  });

  test("to a challenge for making keys", async () => {
    const options = await settings().beginPasskey(did, DEVICE);
    expect(await signIn(phone.get({ options, origin: ORIGIN }))).toBeNull();
  });

  test("to a challenge that we never made", async () => {
    const challenge = Buffer.alloc(38).toString("base64url");
    const options = { challenge };
    expect(await signIn(phone.get({ options, origin: ORIGIN }))).toBeNull();
  });

  test("after five minutes", async () => {
    const options = beginSignIn();
    house.clock.advance(5 * MINUTE_MS);
    expect(await signIn(phone.get({ options, origin: ORIGIN }))).toBeNull();
  });

  for (const origin of [
    "https://evil.test",
    "https://pds.test:8443",
    "http://pds.test",
    "https://sub.pds.test",
  ]) {
    test(`from ${origin}`, async () => {
      const answer = phone.get({
        ...{ options: beginSignIn(), origin, rpId: "pds.test" },
      });
      expect(await signIn(answer)).toBeNull();
    });
  }

  test("for another host", async () => {
    const options = beginSignIn();
    const answer = phone.get({ options, origin: ORIGIN, rpId: "evil.test" });
    expect(await signIn(answer)).toBeNull();
  });

  test("of a device that did not make sure of its owner", async () => {
    const options = beginSignIn();
    const answer = phone.get({ options, origin: ORIGIN, isVerified: false });
    expect(await signIn(answer)).toBeNull();
  });

  test("of a copy of the device, which has counted less", async () => {
    for (let i = 0; i < 3; i++) {
      await signIn(phone.get({ options: beginSignIn(), origin: ORIGIN }));
    }
    phone.counter = 1;
    const answer = phone.get({ options: beginSignIn(), origin: ORIGIN });
    expect(await signIn(answer)).toBeNull();
  });

  test("that another key signed", async () => {
    const options = beginSignIn();
    const mine = JSON.parse(phone.get({ options, origin: ORIGIN }));
    const other = JSON.parse(
      createAuthenticator().get({ options, origin: ORIGIN }),
    );
    mine.response.signature = other.response.signature;
    expect(await signIn(JSON.stringify(mine))).toBeNull();
  });

  for (const [what, text] of [
    ["that is empty", ""],
    ["that is no object", "7"],
    ["without a signature", '{"id":"x","response":{}}'],
    ["that is only half there", '{"id":'],
  ] as const) {
    test(what, async () => expect(await signIn(text)).toBeNull());
  }

  test("about a key that is there already", async () => {
    expect(await register(phone)).toBeNull();
  });

  test("about a new key, from another browser", async () => {
    const options = await settings().beginPasskey(did, "dev-2");
    const other = createAuthenticator();
    const response = other.create({ options, origin: ORIGIN });
    const answer = { deviceId: DEVICE, response, name: "" };
    expect(await settings().addPasskey(owner(), answer)).toBeNull();
  });

  test("about a new key, for another account", async () => {
    const bob = await join("bob");
    const options = await settings().beginPasskey(did, DEVICE);
    const other = createAuthenticator();
    const response = other.create({ options, origin: ORIGIN });
    const answer = { deviceId: DEVICE, response, name: "" };
    expect(await settings().addPasskey(owner(bob), answer)).toBeNull();
  });
});
