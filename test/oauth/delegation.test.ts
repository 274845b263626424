import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import type { SessionCaller } from "#contexts/security/caller.ts";
import type { GrantInput } from "#contexts/accounts/delegations.ts";
import type { Did } from "#repo/syntax.ts";
import {
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";
import { createPerson, type Person, type Screen } from "./person.ts";
import {
  createRawClient,
  expectRefused,
  type RawClient,
} from "./raw-client.ts";

/** Somebody acts for an account that is not their own, through an application. */

const SCOPE =
  "atproto transition:generic transition:chat.bsky transition:email";
const CREATE = "com.atproto.repo.createRecord";
const GET_SESSION = "com.atproto.server.getSession";
const HOUR_MS = 3_600_000;

let network: Network;
let alice: TestAccount;
let bob: TestAccount;
const clock = createFakeClock(Date.now());
beforeAll(async () => {
  network = await startNetwork({ deps: { clock } });
  alice = await network.createAccount("alice");
  bob = await network.createAccount("bob");
});
afterAll(() => network.stop());

const ownerOf = ({ did }: TestAccount): SessionCaller => ({
  ...{ kind: "session", scope: "access", sessionId: "page" },
  did: did as Did,
});

const grant = (level: GrantInput["level"], changes: Partial<GrantInput> = {}) =>
  network.app.contexts.delegations.grant(
    { delegate: bob.handle, level, expiresAtMs: null, ...changes },
    ownerOf(alice),
  );
const revoke = () =>
  network.app.contexts.delegations.revoke(
    { delegateDid: bob.did },
    ownerOf(alice),
  );

/** Bob signs in where an application asks for Alice. */
async function openAsDelegate(
  client: RawClient,
  who = bob,
): Promise<{ person: Person; page: Screen }> {
  const { body } = await client.push({ login_hint: alice.handle });
  const person = createPerson(network.url);
  const url = client.authorizeUrl(body.request_uri);
  const fixed = await person.open(url);
  expect(fixed.html).toContain("as=other");
  const form = await person.open(`${url}&as=other`);
  const page = await person.submit(form, {
    identifier: who.handle,
    password: who.password,
  });
  return { person, page };
}

async function signInAsDelegate() {
  const client = createRawClient(network.url, SCOPE);
  const { person, page } = await openAsDelegate(client);
  const back = await person.submit(page, { decision: "allow" });
  const code = new URL(back.url).searchParams.get("code") ?? "";
  const { status, body } = await client.exchange(code);
  expect(status).toBe(200);
  return { client, page, tokens: body };
}

const post = (client: RawClient, token: string) =>
  client.call(CREATE, token, {
    input: {
      ...{ repo: alice.did, collection: "app.bsky.feed.post" },
      record: { text: "by hand", createdAt: new Date().toISOString() },
    },
  });

describe("somebody who may act for an account", () => {
  test("signs in as themselves, and writes in its name", async () => {
    await grant("editor");
    const { client, page, tokens } = await signInAsDelegate();
    expect(page.html).toContain("You act for");
    expect(page.html).toContain("@bob.test");
    expect(tokens.sub).toBe(alice.did);
    // What the level has nothing of is not granted.
    expect(tokens.scope).toBe("atproto transition:generic");
    const session = await client.call(GET_SESSION, tokens.access_token);
    expect(session.body).toMatchObject({ did: alice.did });
    expect(session.body.email).toBeUndefined();
    expect((await post(client, tokens.access_token)).status).toBe(200);
    const next = await client.refresh(tokens.refresh_token);
    expect((await post(client, next.body.access_token)).status).toBe(200);
  });

  test("is asked for whom, where the application asks for nobody", async () => {
    await grant("viewer");
    const client = createRawClient(network.url, SCOPE);
    const { body } = await client.push();
    const person = createPerson(network.url);
    const form = await person.open(client.authorizeUrl(body.request_uri));
    const chooser = await person.submit(form, {
      identifier: bob.handle,
      password: bob.password,
    });
    expect(chooser.html).toContain("@alice.test as @bob.test");
    const page = await person.open(`${chooser.url}&account=${alice.did}`);
    expect(page.html).toContain("You act for");
  });

  test("may do what the level says, and no more at once when it says less", async () => {
    await grant("manager");
    const { client, tokens } = await signInAsDelegate();
    expect((await post(client, tokens.access_token)).status).toBe(200);
    await grant("viewer");
    const refused = await post(client, tokens.access_token);
    expectRefused(refused, 403, "ScopeMissingError");
    const preferences = await client.call(
      "app.bsky.actor.getPreferences",
      tokens.access_token,
    );
    expect(preferences.status).toBe(200);
  });

  test.each([
    ["com.atproto.server.createAppPassword", { name: "x" }],
    ["com.atproto.server.revokeAppPassword", { name: "x" }],
    ["com.atproto.server.deactivateAccount", {}],
    ["com.atproto.server.requestAccountDelete", undefined],
    ["com.atproto.server.requestEmailUpdate", undefined],
    ["com.atproto.server.updateEmail", { email: "bob@mail.test" }],
    ["com.atproto.identity.requestPlcOperationSignature", undefined],
    ["com.atproto.identity.signPlcOperation", { token: "x" }],
    ["com.atproto.identity.submitPlcOperation", { operation: {} }],
    ["com.atproto.identity.updateHandle", { handle: "evil.test" }],
  ])("reaches %s by no level", async (nsid, input) => {
    await grant("manager");
    const client = createRawClient(
      network.url,
      `${SCOPE} identity:* account:email?action=manage account:repo?action=manage`,
    );
    const { person, page } = await openAsDelegate(client);
    const back = await person.submit(page, { decision: "allow" });
    const code = new URL(back.url).searchParams.get("code") ?? "";
    const { body } = await client.exchange(code);
    const answer = await client.call(nsid, body.access_token, {
      method: "POST",
      ...(input !== undefined && { input }),
    });
    expect(answer.status).toBe(403);
  });

  test("gets no token for moving the account away, nor an open one", async () => {
    await grant("manager");
    const { client, tokens } = await signInAsDelegate();
    const ask = (params: Record<string, string>) =>
      client.call("com.atproto.server.getServiceAuth", tokens.access_token, {
        params: { aud: "did:web:other.test", ...params },
      });
    for (const params of [{}, { lxm: "com.atproto.server.createAccount" }]) {
      expectRefused(await ask(params as never), 403, "ScopeMissingError");
    }
    const { status } = await ask({ lxm: "app.bsky.feed.getTimeline" });
    expect(status).toBe(200);
  });

  test("is out at once when it is taken back, and both are told", async () => {
    await grant("editor");
    const { client, tokens } = await signInAsDelegate();
    expect(revoke()).toBe(true);
    expect(revoke()).toBe(false);
    expectRefused(
      await post(client, tokens.access_token),
      401,
      "invalid_token",
    );
    const refreshed = await client.refresh(tokens.refresh_token);
    expectRefused(refreshed, 400, "invalid_grant");
    const kindsOf = ({ did }: TestAccount) =>
      network.app.contexts.events
        .list(did as Did, { limit: 100 })
        .events.map(({ kind }) => kind);
    expect(kindsOf(alice)).toContainValues([
      "delegationGranted",
      "delegationRevoked",
      "applicationAllowed",
    ]);
    expect(kindsOf(bob)).toContainValues([
      "delegationReceived",
      "delegationEnded",
      "actedAsDelegate",
    ]);
  });

  test("is out when the time is over, between two calls and at a refresh", async () => {
    await grant("editor", { expiresAtMs: clock.nowMs() + HOUR_MS });
    const { client, tokens } = await signInAsDelegate();
    expect((await post(client, tokens.access_token)).status).toBe(200);
    clock.advance(HOUR_MS);
    expectRefused(
      await post(client, tokens.access_token),
      401,
      "invalid_token",
    );
    const refreshed = await client.refresh(tokens.refresh_token);
    expectRefused(refreshed, 400, "invalid_grant");
  });

  test("is out with a new password of their own", async () => {
    await grant("editor");
    const { client, tokens } = await signInAsDelegate();
    await network.call("com.atproto.admin.updateAccountPassword", {
      token: `Basic ${btoa("admin:admin-password-of-tests")}`,
      input: { did: bob.did, password: bob.password },
    });
    expectRefused(
      await post(client, tokens.access_token),
      401,
      "invalid_token",
    );
  });
});

describe("nobody else", () => {
  test("signs in where an application asks for the account", async () => {
    const eve = await network.createAccount("eve");
    const client = createRawClient(network.url, SCOPE);
    const { page } = await openAsDelegate(client, eve);
    expect(page.status).toBe(400);
    expect(page.html).toContain("another account");
  });

  test("acts for it by a form that names it", async () => {
    revoke();
    const client = createRawClient(network.url, SCOPE);
    const { body } = await client.push();
    const person = createPerson(network.url);
    const form = await person.open(client.authorizeUrl(body.request_uri));
    const page = await person.submit(form, {
      identifier: bob.handle,
      password: bob.password,
    });
    const back = await person.submit(page, {
      ...{ decision: "allow", account: alice.did },
    });
    expect(new URL(back.url).searchParams.get("error")).toBe("access_denied");
  });

  test("becomes one by what the application says", async () => {
    const client = createRawClient(network.url, SCOPE);
    const pushed = await client.push({ tempest_controller: bob.did });
    const person = createPerson(network.url);
    const form = await person.open(
      client.authorizeUrl(pushed.body.request_uri),
    );
    const page = await person.submit(form, {
      identifier: alice.handle,
      password: alice.password,
    });
    const back = await person.submit(page, { decision: "allow" });
    const code = new URL(back.url).searchParams.get("code") ?? "";
    const { body } = await client.exchange(code);
    expect((await post(client, body.access_token)).status).toBe(200);
  });

  test("hands on what they were given, or grants by less than the whole account", async () => {
    const { grant: give } = network.app.contexts.delegations;
    const input = { delegate: "eve.test", level: "viewer", expiresAtMs: null };
    for (const caller of [
      { ...ownerOf(alice), scope: "appPass" },
      { ...ownerOf(alice), scope: "appPassPrivileged" },
      { kind: "oauth", did: alice.did, permissions: {}, scopes: [] },
      { kind: "admin" },
    ]) {
      const refused = give(input as never, caller as never);
      await expect(refused).rejects.toMatchObject({ error: "Forbidden" });
    }
  });
});

test("what makes no sense is not granted", async () => {
  for (const changes of [
    { delegate: alice.handle },
    { delegate: "nobody.test" },
    { delegate: "did:plc:nobodynobodynobodynobody" },
    { delegate: "not a name" },
    { level: "owner" as never },
    { level: "custom", scopes: [] },
    { level: "custom", scopes: ["everything"] },
    { expiresAtMs: clock.nowMs() },
    { expiresAtMs: clock.nowMs() + 20_000 * 24 * HOUR_MS },
  ] as Partial<GrantInput>[]) {
    await expect(grant("viewer", changes)).rejects.toMatchObject({
      error: "InvalidRequest",
    });
  }
});
