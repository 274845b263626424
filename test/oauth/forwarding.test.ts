import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";
import { createRawClient, expectRefused } from "./raw-client.ts";

const TIMELINE = "app.bsky.feed.getTimeline";

let appView: ReturnType<typeof Bun.serve>;
let network: Network;
let alice: TestAccount;
let seen: { path: string; claims: Record<string, unknown> | null }[];
beforeAll(async () => {
  appView = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const token = request.headers.get("authorization")?.split(" ")[1];
      const body = token?.split(".")[1] ?? null;
      const claims =
        body && JSON.parse(Buffer.from(body, "base64url").toString());
      seen.push({ path: new URL(request.url).pathname, claims });
      return Response.json({ feed: [] });
    },
  });
  network = await startNetwork({
    settings: {
      TEMPEST_APPVIEW_URL: `http://localhost:${appView.port}`,
      TEMPEST_APPVIEW_DID: "did:web:appview.test",
    },
  });
  alice = await network.createAccount("alice");
  seen = [];
});
afterAll(async () => {
  await network.stop();
  await appView.stop(true);
});

async function grant(scope: string) {
  const client = createRawClient(network.url, `atproto ${scope}`);
  const { access_token: token } = await client.signIn(alice);
  seen = [];
  return { client, token };
}

const AUD = "did:web:appview.test%23bsky_appview";

for (const scope of [
  `rpc:${TIMELINE}?aud=${AUD}`,
  `rpc:*?aud=${AUD}`,
  `rpc:${TIMELINE}?aud=*`,
  "transition:generic",
]) {
  test(`a call is sent on in the account's name with ${scope}`, async () => {
    const { client, token } = await grant(scope);
    const answer = await client.call(TIMELINE, token);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("dpop-nonce")).toBeTruthy();
    const own = seen.filter(({ path }) => path === `/xrpc/${TIMELINE}`);
    expect(own).toHaveLength(1);
    expect(own[0]!.claims).toMatchObject({ iss: alice.did, lxm: TIMELINE });
    expect(String(own[0]!.claims!.aud)).toStartWith("did:web:appview.test");
  });
}

for (const scope of [
  "repo:*",
  "transition:email",
  `rpc:app.bsky.feed.getFeed?aud=${AUD}`,
  `rpc:${TIMELINE}?aud=did:web:other.test%23bsky_appview`,
  `rpc:${TIMELINE}?aud=did:web:appview.test%23other`,
]) {
  test(`no call leaves the server with ${scope}`, async () => {
    const { client, token } = await grant(scope);
    const answer = await client.call(TIMELINE, token);
    expectRefused(answer, 403, "ScopeMissingError");
    expect(seen).toEqual([]);
  });
}

test("what is missing is told as an application would ask for it", async () => {
  const { client, token } = await grant("repo:*");
  const there = "did:web:appview.test%3A8080";
  const calls = [
    [await client.call(TIMELINE, token), AUD],
    [
      await client.call("com.atproto.server.getServiceAuth", token, {
        params: { aud: `${there}#bsky_fg`, lxm: TIMELINE },
      }),
      "did:web:appview.test%253A8080%23bsky_fg",
    ],
  ] as const;
  for (const [answer, aud] of calls) {
    expectRefused(answer, 403, "ScopeMissingError");
    const scope = `rpc:${TIMELINE}?aud=${aud}`;
    expect(answer.body.message).toBe(`Missing required scope "${scope}"`);
    const asked = createRawClient(network.url, `atproto ${scope}`);
    const { body } = await asked.push();
    expect(body.request_uri).toStartWith("urn:");
  }
});

test("private messages need a permission of their own", async () => {
  const { client, token } = await grant("transition:generic");
  const answer = await client.call("chat.bsky.convo.listConvos", token);
  expectRefused(answer, 403, "ScopeMissingError");
  expect(seen).toEqual([]);
});

test("preferences at another service need the permission for that service alone", async () => {
  const there = "did:web:appview.test#bsky_notif";
  const headers = { "atproto-proxy": there };
  const aud = there.replace("#", "%23");
  const { client, token } = await grant(`rpc:*?aud=${aud}`);
  const read = "app.bsky.actor.getPreferences";
  expect((await client.call(read, token, { headers })).status).toBe(200);
  const put = { headers, input: { preferences: [] } };
  const write = "app.bsky.actor.putPreferences";
  expect((await client.call(write, token, put)).status).toBe(200);
  expect(seen.map(({ path }) => path)).toEqual([
    `/xrpc/${read}`,
    `/xrpc/${write}`,
  ]);
  const own = await client.call(read, token);
  expectRefused(own, 403, "ScopeMissingError");
});
