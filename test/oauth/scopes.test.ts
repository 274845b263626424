import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { METHODS } from "#edge/xrpc/registry.ts";
import {
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";
import {
  type CallOptions,
  createRawClient,
  type RawClient,
} from "./raw-client.ts";

const POST = "app.bsky.feed.post";
const AUD = "did:web:api.bsky.app#bsky_appview";
const AUD_PARAM = "did:web:api.bsky.app%23bsky_appview";

let network: Network;
let alice: TestAccount;
beforeAll(async () => {
  network = await startNetwork();
  alice = await network.createAccount("alice");
});
afterAll(() => network.stop());

const clients = new Map<
  string,
  Promise<{ client: RawClient; token: string }>
>();

/** An application that was granted just this. */
function granted(scope: string) {
  const full = `atproto ${scope}`.trim();
  let found = clients.get(full);
  if (found === undefined) {
    const client = createRawClient(network.url, full);
    const decision = { decision: "allow" };
    found = client.askFor(alice, decision).then(async ({ code }) => {
      const { body } = await client.exchange(code);
      expect(body.scope).toBe(full);
      return { client, token: body.access_token as string };
    });
    clients.set(full, found);
  }
  return found;
}

const record = { text: "Hello", createdAt: "2026-01-01T00:00:00Z" };
const create = (collection = POST) => ({
  input: {
    repo: alice.did,
    collection,
    record: { $type: collection, ...record },
  },
});
const put = () => ({
  input: {
    repo: alice.did,
    collection: POST,
    rkey: "3l4qpz7ajrc2a",
    record: { $type: POST, ...record },
  },
});
const remove = () => ({
  input: { repo: alice.did, collection: POST, rkey: "3l4qpz7ajrc2a" },
});
const batch = (...actions: string[]) => ({
  input: {
    repo: alice.did,
    writes: actions.map((action) => ({
      $type: `com.atproto.repo.applyWrites#${action}`,
      collection: POST,
      ...(action !== "create" && { rkey: "3l4qpz7ajrc22" }),
      ...(action !== "delete" && { value: { $type: POST, ...record } }),
    })),
  },
});
const file = (type: string) => ({
  body: new TextEncoder().encode("x"),
  headers: { "content-type": type },
});
const serviceAuth = (lxm: string | null, aud = AUD) => ({
  params: { aud, ...(lxm !== null && { lxm }) },
});

type Row = [
  scope: string,
  nsid: string,
  options: () => CallOptions,
  status: number,
  error?: string,
];

const NONE = () => ({});
const MISSING = "ScopeMissingError";

const ROWS: Row[] = [
  ["", "com.atproto.server.getSession", NONE, 200],
  ["", "com.atproto.server.checkAccountStatus", NONE, 200],
  ["", "com.atproto.repo.createRecord", () => create(), 403, MISSING],
  ["transition:generic", "com.atproto.repo.createRecord", () => create(), 200],
  [
    "transition:email",
    "com.atproto.repo.createRecord",
    () => create(),
    403,
    MISSING,
  ],
  ["repo:*", "com.atproto.repo.createRecord", () => create(), 200],
  [`repo:${POST}`, "com.atproto.repo.createRecord", () => create(), 200],
  [
    `repo:${POST}?action=create`,
    "com.atproto.repo.createRecord",
    () => create(),
    200,
  ],
  [
    `repo:${POST}?action=delete`,
    "com.atproto.repo.createRecord",
    () => create(),
    403,
    MISSING,
  ],
  [
    "repo:app.bsky.feed.like",
    "com.atproto.repo.createRecord",
    () => create(),
    403,
    MISSING,
  ],
  [
    `repo:${POST}?action=create`,
    "com.atproto.repo.putRecord",
    put,
    403,
    MISSING,
  ],
  [
    `repo:${POST}?action=create&action=update`,
    "com.atproto.repo.putRecord",
    put,
    200,
  ],
  [
    `repo:${POST}?action=create`,
    "com.atproto.repo.deleteRecord",
    remove,
    403,
    MISSING,
  ],
  [`repo:${POST}?action=delete`, "com.atproto.repo.deleteRecord", remove, 200],
  [
    `repo:${POST}?action=create`,
    "com.atproto.repo.applyWrites",
    () => batch("create"),
    200,
  ],
  [
    `repo:${POST}?action=create`,
    "com.atproto.repo.applyWrites",
    () => batch("create", "delete"),
    403,
    MISSING,
  ],
  ["", "com.atproto.repo.uploadBlob", () => file("image/png"), 403, MISSING],
  ["blob:image/*", "com.atproto.repo.uploadBlob", () => file("image/png"), 200],
  [
    "blob:image/*",
    "com.atproto.repo.uploadBlob",
    () => file("video/mp4"),
    403,
    MISSING,
  ],
  ["blob:*/*", "com.atproto.repo.uploadBlob", () => file("video/mp4"), 200],
  [
    "transition:generic",
    "com.atproto.repo.uploadBlob",
    () => file("video/mp4"),
    200,
  ],
  [
    "",
    "com.atproto.server.getServiceAuth",
    () => serviceAuth("app.bsky.feed.getTimeline"),
    403,
    MISSING,
  ],
  [
    `rpc:app.bsky.feed.getTimeline?aud=${AUD_PARAM}`,
    "com.atproto.server.getServiceAuth",
    () => serviceAuth("app.bsky.feed.getTimeline"),
    200,
  ],
  [
    `rpc:app.bsky.feed.getTimeline?aud=${AUD_PARAM}`,
    "com.atproto.server.getServiceAuth",
    () => serviceAuth("app.bsky.feed.getTimeline", "did:web:other.example#svc"),
    403,
    MISSING,
  ],
  [
    `rpc:app.bsky.feed.getTimeline?aud=${AUD_PARAM}`,
    "com.atproto.server.getServiceAuth",
    () => serviceAuth("app.bsky.feed.getFeed"),
    403,
    MISSING,
  ],
  [
    `rpc:app.bsky.feed.getTimeline?aud=${AUD_PARAM}`,
    "com.atproto.server.getServiceAuth",
    () => serviceAuth(null),
    403,
    MISSING,
  ],
  [
    `rpc:*?aud=${AUD_PARAM}`,
    "com.atproto.server.getServiceAuth",
    () => serviceAuth("app.bsky.feed.getFeed"),
    200,
  ],
  [
    "rpc:app.bsky.feed.getFeed?aud=*",
    "com.atproto.server.getServiceAuth",
    () => serviceAuth("app.bsky.feed.getFeed", "did:web:other.example#svc"),
    200,
  ],
  [
    "transition:generic",
    "com.atproto.server.getServiceAuth",
    () => serviceAuth("chat.bsky.convo.listConvos"),
    403,
    MISSING,
  ],
  [
    "transition:generic transition:chat.bsky",
    "com.atproto.server.getServiceAuth",
    () => serviceAuth("chat.bsky.convo.listConvos"),
    200,
  ],
  ["", "app.bsky.actor.getPreferences", NONE, 403, MISSING],
  ["transition:generic", "app.bsky.actor.getPreferences", NONE, 200],
  [
    `rpc:app.bsky.actor.getPreferences?aud=${AUD_PARAM}`,
    "app.bsky.actor.getPreferences",
    NONE,
    200,
  ],
  [
    "transition:generic",
    "com.atproto.server.requestEmailConfirmation",
    () => ({ method: "POST" }),
    403,
    MISSING,
  ],
  [
    "transition:generic",
    "com.atproto.identity.updateHandle",
    () => ({ input: { handle: "new.test" } }),
    403,
    MISSING,
  ],
  [
    "identity:handle",
    "com.atproto.identity.requestPlcOperationSignature",
    () => ({ method: "POST" }),
    403,
    MISSING,
  ],
];

describe("an application may do what it was granted, and nothing else", () => {
  for (const [scope, nsid, options, status, error] of ROWS) {
    test(`"${scope}" at ${nsid.split(".").at(-1)}: ${status}`, async () => {
      const { client, token } = await granted(scope);
      const answer = await client.call(nsid, token, options());
      const seen = { status: answer.status, error: answer.body?.error };
      expect(seen).toEqual({ status, error });
    });
  }
});

describe("an e-mail address", () => {
  for (const [scope, isSeen] of [
    ["", false],
    ["transition:generic", false],
    ["transition:email", true],
    ["account:email", true],
  ] as const) {
    test(`is ${isSeen ? "told" : "not told"} to "${scope}"`, async () => {
      const { client, token } = await granted(scope);
      const { body } = await client.call(
        "com.atproto.server.getSession",
        token,
      );
      expect("email" in body).toBe(isSeen);
      expect("emailConfirmed" in body).toBe(isSeen);
    });
  }
});

describe("an e-mail address asked for in two ways", () => {
  const both = "transition:email account:email";
  const ticks = (html: string) =>
    [...html.matchAll(/name="scope" value="([^"]*)"/g)].map(([, one]) => one);

  test("is one question, and its yes is for both", async () => {
    const client = createRawClient(network.url, `atproto ${both}`);
    const { page, code } = await client.askFor(alice);
    expect(ticks(page.html)).toEqual([both]);
    const { body } = await client.exchange(code);
    expect(body.scope).toBe(`atproto ${both}`);
  });

  test("is told to neither when it is not ticked", async () => {
    const client = createRawClient(network.url, `atproto ${both}`);
    const { code } = await client.askFor(alice, {
      ...{ decision: "allow", scope: [] },
    });
    const { body } = await client.exchange(code);
    expect(body.scope).toBe("atproto");
  });

  test("is two questions where one is to change it", async () => {
    const scope = "transition:email account:email?action=manage";
    const client = createRawClient(network.url, `atproto ${scope}`);
    const { page } = await client.askFor(alice);
    expect(ticks(page.html)).toEqual(scope.split(" "));
  });
});

describe("methods for nobody but the owner", () => {
  const closed = Object.entries(METHODS).filter(
    ([, { permission }]) => permission === "never",
  );

  test("are a good many", () => {
    expect(closed.length).toBeGreaterThan(8);
  });

  for (const [nsid] of closed) {
    test(`${nsid} refuses even the widest grant`, async () => {
      const { client, token } = await granted(WIDEST);
      const method = isQuery(nsid) ? "GET" : "POST";
      const answer = await client.call(nsid, token, { method });
      const seen = { status: answer.status, error: answer.body?.error };
      expect(seen).toEqual({ status: 403, error: "Forbidden" });
    });
  }
});

const WIDEST =
  "transition:generic transition:email transition:chat.bsky repo:* blob:*/* account:email?action=manage account:repo?action=manage account:status?action=manage identity:*";

function isQuery(nsid: string): boolean {
  return /\.(get|list|check)[A-Z]/.test(nsid);
}
