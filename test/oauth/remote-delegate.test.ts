import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  test,
} from "bun:test";
import type { GrantInput } from "#contexts/accounts/delegations.ts";
import type { SessionCaller } from "#contexts/security/caller.ts";
import type { Did } from "#repo/syntax.ts";
import type { TestAccount } from "../support/network.ts";
import { startTwoServers, type TwoServers } from "../support/two-servers.ts";
import { letIn } from "./application.ts";
import { createPerson, type Person, type Screen } from "./person.ts";
import {
  createRawClient,
  expectRefused,
  type RawClient,
  type TokenSet,
} from "./raw-client.ts";

/** Olga lives on another server, and acts for Alice's account on ours. */

const SCOPE =
  "atproto transition:generic transition:email identity:* account:email?action=manage account:repo?action=manage";
const CREATE = "com.atproto.repo.createRecord";
const HOUR_MS = 3_600_000;

let stage: TwoServers;
let alice: TestAccount;
beforeAll(async () => {
  stage = await startTwoServers();
  alice = await stage.ours.createAccount("alice");
});
afterAll(() => stage[Symbol.asyncDispose]());

const owner = (): SessionCaller => ({
  ...{ kind: "session", scope: "access", sessionId: "page" },
  did: alice.did as Did,
});
const grant = (changes: Partial<GrantInput> = {}) =>
  stage.ours.app.contexts.delegations.grant(
    {
      delegate: stage.olga.did,
      level: "editor",
      expiresAtMs: null,
      ...changes,
    },
    owner(),
  );
const revoke = (who = stage.olga) =>
  stage.ours.app.contexts.delegations.revoke({ delegateDid: who.did }, owner());
const newClient = () => createRawClient(stage.ours.url, SCOPE);

/** Opens the page of a request that asks for somebody from elsewhere. */
async function open(client: RawClient, hint?: string) {
  const { body } = await client.push(hint ? { login_hint: hint } : {});
  const person = createPerson(stage.ours.url);
  const url = client.authorizeUrl(body.request_uri);
  const first = await person.open(url);
  const page = await person.open(`${url}&as=elsewhere`);
  return { person, first, page };
}

/** Where their browser is led after they have named an account. */
function leftFor({ headers }: Screen): URL {
  const [, url = ""] = /0; url=(.*)/.exec(headers.get("refresh") ?? "") ?? [];
  return new URL(url);
}

const bring = (person: Person, params: URLSearchParams) =>
  person.open(`${stage.ours.url}/oauth/elsewhere/callback?${params}`);

/** Signs in there and comes back. */
async function comeBack(client: RawClient, hint?: string, who = stage.olga) {
  const { person, page } = await open(client, hint);
  const left = await person.submit(page, { identifier: who.did });
  const params = await letIn(stage.theirs, leftFor(left), who);
  return { person, params, screen: await bring(person, params) };
}

async function signIn(
  who = stage.olga,
): Promise<{ client: RawClient; tokens: TokenSet }> {
  const client = newClient();
  const { person, screen } = await comeBack(client, alice.handle, who);
  const back = await person.submit(screen, { decision: "allow" });
  const code = new URL(back.url).searchParams.get("code") ?? "";
  const { status, body } = await client.exchange(code);
  expect(status).toBe(200);
  return { client, tokens: body };
}

const post = (client: RawClient, token: string) =>
  client.call(CREATE, token, {
    input: {
      ...{ repo: alice.did, collection: "app.bsky.feed.post" },
      record: { text: "from afar", createdAt: new Date().toISOString() },
    },
  });

const eventsOf = (did: string) =>
  stage.ours.app.contexts.events.list(did as Did, { limit: 100 }).events;

describe("somebody who lives elsewhere, and whose account rests here too,", () => {
  beforeAll(async () => {
    await grant({ delegate: stage.eve.did });
    await moveHere(stage.eve);
  });

  test("signs in at their own server all the same, and acts", async () => {
    const { first } = await open(newClient());
    expect(first.html).toContain("as=elsewhere");
    const { client, tokens } = await signIn(stage.eve);
    expect((await post(client, tokens.access_token)).status).toBe(200);
    const next = await client.refresh(tokens.refresh_token);
    expect((await post(client, next.body.access_token)).status).toBe(200);
    // A grant that is changed does not forget it.
    await grant({ delegate: stage.eve.did, level: "viewer" });
    expectRefused(
      await post(client, next.body.access_token),
      403,
      "ScopeMissingError",
    );
    revoke(stage.eve);
    expectRefused(
      await post(client, next.body.access_token),
      401,
      "invalid_token",
    );
  });
});

/** Begins the move of somebody's account to our server, and leaves it there. */
async function moveHere({ did, accessJwt }: TestAccount): Promise<void> {
  const lxm = "com.atproto.server.createAccount";
  const aud = stage.ours.config.serviceDid;
  const { body } = await stage.theirs.call(
    "com.atproto.server.getServiceAuth",
    {
      ...{ params: { aud, lxm }, token: accessJwt },
    },
  );
  const made = await stage.ours.call(lxm, {
    token: body.token,
    input: {
      ...{ did, handle: "eve-here.test", email: "eve@here.test" },
      password: "eves-password",
    },
  });
  expect(made.status).toBe(200);
}

describe("somebody from another server who may act for an account", () => {
  beforeEach(async () => void (await grant()));

  test("signs in there, and the application goes on here in the account's name", async () => {
    const client = newClient();
    const { person, screen } = await comeBack(client, "alice.test");
    expect(screen.html).toContain("You act for");
    expect(screen.html).toContain("@alice.test");
    expect(screen.html).toContain(`as ${stage.olga.did}`);
    const back = await person.submit(screen, { decision: "allow" });
    const code = new URL(back.url).searchParams.get("code") ?? "";
    const { body: tokens } = await client.exchange(code);
    expect(tokens.sub).toBe(alice.did);
    // What no level has is not granted.
    expect(tokens.scope).toBe("atproto transition:generic");
    expect((await post(client, tokens.access_token)).status).toBe(200);
    const next = await client.refresh(tokens.refresh_token);
    expect((await post(client, next.body.access_token)).status).toBe(200);
    // The other server has nothing of ours to give back or to lose.
    const { access } = stage.theirs.app.contexts.oauth;
    expect(await access.listApps(stage.olga.did as Did)).toEqual([]);
    const seen = eventsOf(alice.did)
      .filter(({ actor }) => actor === stage.olga.did)
      .map(({ kind }) => kind);
    expect(seen).toContainValues(["applicationAllowed", "tokenIssued"]);
  });

  test("is asked for whom, where the application asks for nobody", async () => {
    const { person, screen } = await comeBack(newClient());
    expect(screen.html).toContain(`@alice.test as ${stage.olga.did}`);
    const page = await person.open(`${screen.url}&account=${alice.did}`);
    expect(page.html).toContain("You act for");
  });

  test("is offered the way on the page of sign-in, while there is anybody", async () => {
    const { first } = await open(newClient());
    expect(first.html).toContain("as=elsewhere");
    revoke();
    const { first: later } = await open(newClient());
    expect(later.html).not.toContain("as=elsewhere");
  });

  test("is no account of this server, and remembered nowhere", async () => {
    const client = newClient();
    const { person } = await comeBack(client, alice.handle);
    const pages = await person.open(`${stage.ours.url}/account`);
    expect(pages.url).toContain("/account/sign-in");
    // Another request, of the same browser, knows nobody.
    const { body } = await client.push({ login_hint: alice.handle });
    const again = await person.open(client.authorizeUrl(body.request_uri));
    expect(again.html).toContain('name="password"');
  });

  test.each([
    ["com.atproto.server.createAppPassword", { name: "x" }],
    ["com.atproto.server.deactivateAccount", {}],
    ["com.atproto.server.requestAccountDelete", undefined],
    ["com.atproto.server.updateEmail", { email: "olga@mail.test" }],
    ["com.atproto.identity.signPlcOperation", { token: "x" }],
    ["com.atproto.identity.updateHandle", { handle: "evil.test" }],
  ])("reaches %s by no level", async (nsid, input) => {
    await grant({ level: "manager" });
    const { client, tokens } = await signIn();
    const answer = await client.call(nsid, tokens.access_token, {
      method: "POST",
      ...(input !== undefined && { input }),
    });
    expect(answer.status).toBe(403);
  });

  test("may do less at once when the level says less", async () => {
    const { client, tokens } = await signIn();
    await grant({ level: "viewer" });
    const refused = await post(client, tokens.access_token);
    expectRefused(refused, 403, "ScopeMissingError");
  });

  test("is out at once when it is taken back", async () => {
    const { client, tokens } = await signIn();
    expect(revoke()).toBe(true);
    expectRefused(
      await post(client, tokens.access_token),
      401,
      "invalid_token",
    );
    const refreshed = await client.refresh(tokens.refresh_token);
    expectRefused(refreshed, 400, "invalid_grant");
  });

  test("is out when the time is over, between two calls and at a refresh", async () => {
    await grant({ expiresAtMs: Date.now() + HOUR_MS });
    const { client, tokens } = await signIn();
    expect((await post(client, tokens.access_token)).status).toBe(200);
    stage.wait(HOUR_MS);
    expectRefused(
      await post(client, tokens.access_token),
      401,
      "invalid_token",
    );
    const refreshed = await client.refresh(tokens.refresh_token);
    expectRefused(refreshed, 400, "invalid_grant");
  });

  test("is told when it was taken back meanwhile, and gets no code", async () => {
    const { person, screen } = await comeBack(newClient(), alice.handle);
    expect(screen.html).toContain("You act for");
    revoke();
    const back = await person.submit(screen, { decision: "allow" });
    expect(new URL(back.url).searchParams.get("error")).toBe("access_denied");
  });

  test("may think better of it there, and try again here", async () => {
    const { person, page } = await open(newClient(), alice.handle);
    const left = await person.submit(page, { identifier: stage.olga.did });
    const said = await letIn(stage.theirs, leftFor(left), stage.olga, "deny");
    const screen = await bring(person, said);
    expect(screen.status).toBe(400);
    expect(screen.html).toContain("access was refused");
    const again = await person.submit(screen, { identifier: stage.olga.did });
    const params = await letIn(stage.theirs, leftFor(again), stage.olga);
    expect((await bring(person, params)).html).toContain("You act for");
  });
});

describe("nobody acts for an account", () => {
  beforeEach(async () => void (await grant()));

  test("who may not, whatever they show; and nobody learns before who may", async () => {
    for (const hint of [alice.handle, undefined]) {
      const { screen } = await comeBack(newClient(), hint, stage.eve);
      expect(screen.status).toBe(400);
      expect(screen.html).toContain("may not act for the one");
    }
  });

  test("by the answer that was brought before, or in another browser", async () => {
    const { person, params } = await comeBack(newClient(), alice.handle);
    for (const one of [person, createPerson(stage.ours.url)]) {
      const screen = await bring(one, params);
      expect(screen.status).toBe(400);
      expect(screen.html).toContain("begun in another browser");
    }
  });

  test("by an answer that is meant for the other door", async () => {
    const { person, page } = await open(newClient(), alice.handle);
    const left = await person.submit(page, { identifier: stage.olga.did });
    const params = await letIn(stage.theirs, leftFor(left), stage.olga);
    const door = await person.open(
      `${stage.ours.url}/admin/oauth/callback?${params}`,
    );
    expect(door.status).toBe(400);
    const inside = await person.open(`${stage.ours.url}/admin`);
    expect(inside.url).toContain("/admin/sign-in");
    expect((await bring(person, params)).html).toContain("You act for");
  });

  test("by a name that is nobody's, or of somebody here", async () => {
    const bob = await stage.ours.createAccount("bob");
    // Rests, and lives nowhere else.
    const carl = await stage.ours.createAccount("carl");
    await stage.ours.call("com.atproto.server.deactivateAccount", {
      ...{ token: carl.accessJwt, input: {} },
    });
    const { person, page } = await open(newClient(), alice.handle);
    for (const [identifier, words] of [
      ["", "no account by that name"],
      ["no name", "no account by that name"],
      ["nobody.test", "no account by that name"],
      ["did:plc:nobodynobodynobodynobody", "could not be asked"],
      [bob.did, "is on this server"],
      [alice.handle, "is on this server"],
      [carl.did, "is on this server"],
    ] as const) {
      const screen = await person.submit(page, { identifier });
      expect(screen.headers.get("refresh")).toBeNull();
      expect(screen.status).toBe(400);
      expect(screen.html).toContain(words);
    }
  });

  test("by a form of another site, or without the browser's cookie", async () => {
    const { person, page } = await open(newClient(), alice.handle);
    const send = (headers: Record<string, string>) =>
      fetch(`${stage.ours.url}/oauth/elsewhere`, {
        method: "POST",
        headers,
        body: new URLSearchParams({ identifier: stage.olga.did }),
      });
    const cookie = [...person.cookies].map((pair) => pair.join("=")).join("; ");
    const foreign = { origin: "https://evil.test", cookie };
    expect((await send(foreign)).status).toBe(403);
    const stranger = createPerson(stage.ours.url);
    const screen = await stranger.submit(page, { identifier: stage.olga.did });
    expect(screen.html).toContain("did not keep the cookie");
    // Nor was the request spoiled by that.
    const left = await person.submit(page, { identifier: stage.olga.did });
    expect(left.headers.get("refresh")).toContain(stage.theirs.url);
  });
});
