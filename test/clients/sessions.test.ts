import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  AtpAgent,
  type AtpSessionData,
  type AtpSessionEvent,
} from "@atproto/api";
import { verifySignature } from "@atproto/crypto";
import {
  ACCESS_TTL_MS,
  REFRESH_TTL_MS,
} from "#contexts/security/session-tokens.ts";
import { createFakeClock } from "#lib/clock.ts";
import { type Network, startNetwork } from "../support/network.ts";
import { PASSWORD, refusalOf, signingKeyOf, signUp } from "./agents.ts";

const clock = createFakeClock(Date.now());
let network: Network;
beforeAll(async () => {
  const settings = { TEMPEST_ENABLE_DID_DOC_WITH_SESSION: "true" };
  network = await startNetwork({ settings, deps: { clock } });
});
afterAll(() => network.stop());

const WRONG_LOGIN = { status: 401, error: "AuthenticationRequired" };

/** An agent whose session events are kept. */
async function signUpAndWatch(name: string) {
  const events: AtpSessionEvent[] = [];
  const agent = await signUp(network.url, name, (event) => {
    events.push(event);
  });
  return { agent, events };
}

function sessionOf(agent: AtpAgent): AtpSessionData {
  return JSON.parse(JSON.stringify(agent.session));
}

describe("an account", () => {
  test("is made, and its session is known", async () => {
    const { agent, events } = await signUpAndWatch("maker");
    expect(events).toEqual(["create"]);
    expect(agent.session).toMatchObject({ handle: "maker.test", active: true });
    const { data } = await agent.com.atproto.server.getSession();
    expect(data).toMatchObject({
      did: agent.did,
      handle: "maker.test",
      email: "maker@mail.test",
      emailConfirmed: false,
      active: true,
    });
    // The client found the server in the DID document.
    expect(agent.pdsUrl?.href).toBe(`${network.url}/`);
  });

  test("is refused where its handle is taken or not allowed", async () => {
    await signUp(network.url, "taken");
    const another = (handle: string) =>
      new AtpAgent({ service: network.url }).createAccount({
        handle,
        email: `another-${handle}@mail.test`,
        password: PASSWORD,
      });
    expect(await refusalOf(another("taken.test"))).toEqual({
      status: 400,
      error: "HandleNotAvailable",
    });
    expect(await refusalOf(another("name.example.com"))).toEqual({
      status: 400,
      error: "UnsupportedDomain",
    });
  });

  test("is described by the server", async () => {
    const agent = new AtpAgent({ service: network.url });
    const { data } = await agent.com.atproto.server.describeServer();
    expect(data.did).toBe(network.config.serviceDid);
    expect(data.availableUserDomains).toEqual([".test"]);
    expect(data.inviteCodeRequired).toBeFalsy();
  });
});

describe("signing in", () => {
  test("works by handle, DID and e-mail", async () => {
    const { did } = await signUp(network.url, "enterer");
    for (const identifier of ["enterer.test", did, "enterer@mail.test"]) {
      const agent = new AtpAgent({ service: network.url });
      await agent.login({ identifier, password: PASSWORD });
      expect(agent.did).toBe(did);
    }
  });

  test("is refused with a wrong password or name", async () => {
    await signUp(network.url, "guarded");
    const agent = new AtpAgent({ service: network.url });
    const wrong = agent.login({ identifier: "guarded.test", password: "no" });
    expect(await refusalOf(wrong)).toEqual(WRONG_LOGIN);
    const nobody = agent.login({
      identifier: "nobody.test",
      password: PASSWORD,
    });
    expect(await refusalOf(nobody)).toEqual(WRONG_LOGIN);
    expect(agent.hasSession).toBe(false);
  });
});

describe("a session", () => {
  test("is resumed from what the client stored", async () => {
    const agent = await signUp(network.url, "resumer");
    const events: AtpSessionEvent[] = [];
    const resumed = new AtpAgent({
      service: network.url,
      persistSession: (event) => {
        events.push(event);
      },
    });
    await resumed.resumeSession(sessionOf(agent));
    expect(events).toEqual(["update"]);
    expect(resumed.session).toMatchObject({
      handle: "resumer.test",
      email: "resumer@mail.test",
      emailConfirmed: false,
    });
    await resumed.post({ text: "Back again" });
  });

  test("is refreshed once by many calls after it has expired", async () => {
    const { agent, events } = await signUpAndWatch("sleeper");
    const before = sessionOf(agent);
    clock.advance(ACCESS_TTL_MS + 1000);
    expect(
      await refusalOf(
        agent.com.atproto.server.getSession(undefined, {
          headers: { authorization: `Bearer ${before.accessJwt}` },
        }),
      ),
    ).toEqual({ status: 400, error: "ExpiredToken" });
    const calls = Array.from({ length: 5 }, (_, index) =>
      agent.post({ text: `Awake ${index}` }),
    );
    expect((await Promise.all(calls)).length).toBe(5);
    expect(events).toEqual(["create", "update"]);
    expect(agent.session?.accessJwt).not.toBe(before.accessJwt);
    expect(agent.session?.refreshJwt).not.toBe(before.refreshJwt);
  });

  test("gets the same successor when two devices refresh it", async () => {
    const agent = await signUp(network.url, "twins");
    const stored = sessionOf(agent);
    const other = new AtpAgent({ service: network.url });
    await agent.resumeSession(stored);
    await other.resumeSession(stored);
    expect(other.session?.refreshJwt).toBe(agent.session!.refreshJwt);
  });

  test("ends with its refresh token", async () => {
    const { agent, events } = await signUpAndWatch("forgetful");
    clock.advance(REFRESH_TTL_MS + 1000);
    const answer = agent.post({ text: "Too late" });
    expect(await refusalOf(answer)).toEqual({
      status: 400,
      error: "ExpiredToken",
    });
    expect(events).toEqual(["create", "expired"]);
    expect(agent.hasSession).toBe(false);
  });

  test("ends when it is signed out", async () => {
    const agent = await signUp(network.url, "leaver");
    const stored = sessionOf(agent);
    await agent.logout();
    const again = new AtpAgent({ service: network.url });
    expect(await refusalOf(again.resumeSession(stored))).toEqual({
      status: 400,
      error: "ExpiredToken",
    });
  });
});

describe("an app password", () => {
  test("signs in, may write, may not change the account, and is revoked", async () => {
    const owner = await signUp(network.url, "keeper");
    const { data } = await owner.com.atproto.server.createAppPassword({
      name: "phone",
    });
    const app = new AtpAgent({ service: network.url });
    await app.login({ identifier: "keeper.test", password: data.password });
    await app.post({ text: "From the phone" });
    const create = app.com.atproto.server.createAppPassword({ name: "more" });
    expect(await refusalOf(create)).toEqual({
      status: 400,
      error: "InvalidToken",
    });
    const listed = await owner.com.atproto.server.listAppPasswords();
    expect(listed.data.passwords).toEqual([
      { name: "phone", createdAt: data.createdAt, privileged: false },
    ]);

    await owner.com.atproto.server.revokeAppPassword({ name: "phone" });
    const stored = sessionOf(app);
    await expect(app.resumeSession(stored)).rejects.toThrow();
    const login = app.login({
      identifier: "keeper.test",
      password: data.password,
    });
    expect(await refusalOf(login)).toEqual(WRONG_LOGIN);
  });
});

describe("a service token", () => {
  test("is signed by the account's own key", async () => {
    const agent = await signUp(network.url, "caller");
    const aud = "did:web:video.example.com";
    const lxm = "com.atproto.repo.uploadBlob";
    const { data } = await agent.com.atproto.server.getServiceAuth({
      aud,
      lxm,
    });
    const [header, claims, signature] = data.token.split(".");
    const nowSec = Math.floor(clock.nowMs() / 1000);
    expect(decode(claims!)).toMatchObject({ iss: agent.did, aud, lxm });
    expect(decode(claims!).exp).toBeLessThanOrEqual(nowSec + 60);
    const key = await signingKeyOf(network.plcUrl, agent.did);
    const isSigned = await verifySignature(
      key,
      Buffer.from(`${header}.${claims}`),
      Buffer.from(signature!, "base64url"),
    );
    expect(isSigned).toBe(true);
  });

  test("stands in for a session where the method allows it", async () => {
    const agent = await signUp(network.url, "standin");
    const { data } = await agent.com.atproto.server.getServiceAuth({
      aud: network.config.serviceDid,
      lxm: "com.atproto.repo.uploadBlob",
    });
    const other = new AtpAgent({ service: network.url });
    const headers = { authorization: `Bearer ${data.token}` };
    const upload = await other.uploadBlob(new Uint8Array([1, 2, 3]), {
      headers,
      encoding: "application/octet-stream",
    });
    expect(upload.data.blob.size).toBe(3);
    const write = other.com.atproto.repo.createRecord(
      { repo: agent.did, collection: "a.b.c", record: {} },
      { headers },
    );
    expect((await refusalOf(write)).status).toBe(400);
  });
});

test("preferences are kept", async () => {
  const agent = await signUp(network.url, "chooser");
  await agent.setAdultContentEnabled(true);
  await agent.addMutedWord({
    value: "spoiler",
    targets: ["content"],
    actorTarget: "all",
  });
  await agent.setPersonalDetails({ birthDate: new Date("1990-05-05") });
  const saved = await agent.addSavedFeeds([
    { type: "timeline", value: "following", pinned: true },
  ]);
  const again = new AtpAgent({ service: network.url });
  await again.login({ identifier: "chooser.test", password: PASSWORD });
  const preferences = await again.getPreferences();
  expect(preferences.moderationPrefs.adultContentEnabled).toBe(true);
  expect(
    preferences.moderationPrefs.mutedWords.map(({ value }) => value),
  ).toEqual(["spoiler"]);
  expect(preferences.birthDate?.toISOString()).toStartWith("1990-05-05");
  expect(preferences.savedFeeds).toEqual(saved);
});

function decode(part: string): Record<string, number | string> {
  return JSON.parse(Buffer.from(part, "base64url").toString());
}
