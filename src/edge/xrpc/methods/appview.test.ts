import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import type { AppView, AppViewAnswer } from "#contexts/appview/appview.ts";
import type { Json } from "#contexts/appview/json.ts";
import type { FreshRecords } from "#contexts/appview/fresh-records.ts";
import { XrpcError } from "#lib/errors.ts";
import { ALICE, type CallInit, startTestEdge } from "#edge/edge-fixture.ts";

let answer: (request: Request) => Response | Promise<Response>;
let asked: string[] = [];
const upstream = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 10,
  fetch(request) {
    asked.push(new URL(request.url).pathname.slice("/xrpc/".length));
    return answer(request);
  },
});

const fresh: FreshRecords = {
  did: ALICE,
  handle: "alice.test",
  profile: null,
  isProfileFresh: false,
  posts: [],
  lagMs: 1234,
};
let patched: AppViewAnswer[] = [];
let patch: AppView["patch"];
const host = startTestEdge({
  contexts: {
    appview: {
      findFresh(did, rev) {
        if (rev === "broken") throw new Error("the file is gone");
        return did === ALICE && rev === "old" ? fresh : null;
      },
      patch(given, answer) {
        patched.push(answer);
        return patch(given, answer);
      },
      findOwnProfile: () => null,
      feedGenerators: {
        async find(feed, ask) {
          if (feed.endsWith("none")) throw new XrpcError("UnknownFeed", "none");
          if (feed.endsWith("ask")) await ask("app.bsky.feed.x", { a: ["1"] });
          return "did:web:feeds.test" as never;
        },
      },
    },
  },
  settings: {
    appView: { url: upstream.url.origin, did: "did:web:appview.test" },
    proxyHeadersTimeoutMs: 1500,
    proxyBodyTimeoutMs: 1500,
  },
});

afterAll(async () => {
  await host.edge.stop(0);
  await upstream.stop(true);
});
beforeEach(() => {
  asked = [];
  patched = [];
  patch = async (_fresh, { body }) => ({ ...(body as object), patched: true });
});

type Controller = ReadableStreamDefaultController<Uint8Array>;

const TIMELINE = "app.bsky.feed.getTimeline";
const THREAD = "app.bsky.feed.getPostThread";
const OLD = { "atproto-repo-rev": "old", "content-type": "application/json" };
const call = (nsid = TIMELINE, init: CallInit = {}) =>
  host.call(nsid, { token: "main", ...init });

describe("an answer of an AppView that lags behind", () => {
  test("is patched, and says by how much", async () => {
    answer = () =>
      Response.json(
        { feed: [] },
        {
          headers: {
            ...OLD,
            "atproto-content-labelers": "did:web:mod.test",
            etag: "x",
          },
        },
      );
    const response = await call(TIMELINE, { query: "?limit=7" });
    expect(await response.json()).toEqual({ feed: [], patched: true });
    expect(patched[0]).toMatchObject({
      nsid: TIMELINE,
      params: { limit: 7 },
      body: { feed: [] },
    });
    const { headers } = response;
    expect(headers.get("atproto-upstream-lag")).toBe("1234");
    expect(headers.get("atproto-repo-rev")).toBe("old");
    expect(headers.get("atproto-content-labelers")).toBe("did:web:mod.test");
    expect(headers.get("content-type")).toContain("application/json");
    expect(headers.get("etag")).toBeNull();
  });

  test("is read however it is packed, as long as the client reads it too", async () => {
    const taken: (string | null)[] = [];
    answer = (request) => {
      taken.push(request.headers.get("accept-encoding"));
      return new Response(Bun.gzipSync(JSON.stringify({ feed: [] })), {
        headers: { ...OLD, "content-encoding": "gzip" },
      });
    };
    const headers = { "accept-encoding": "zstd, br;q=1, gzip" };
    const response = await call(TIMELINE, { headers });
    expect(await response.json()).toEqual({ feed: [], patched: true });
    expect(response.headers.get("content-encoding")).toBeNull();
    patch = async () => null;
    const untouched = await call(TIMELINE, { headers });
    expect(untouched.headers.get("content-encoding")).toBe("gzip");
    expect(await untouched.json()).toEqual({ feed: [] });
    await call(TIMELINE, { headers: { "accept-encoding": "zstd" } });
    expect(taken).toEqual(["gzip", "gzip", "identity"]);
  });

  const same: [string, () => Response][] = [
    ["is no JSON", () => new Response("{", { headers: OLD })],
    ["is nothing", () => new Response(null, { headers: OLD })],
    [
      "is packed as nothing is",
      () =>
        new Response("{}", {
          headers: { ...OLD, "content-encoding": "rot13" },
        }),
    ],
    [
      "is of another type",
      () =>
        new Response("{}", {
          headers: { ...OLD, "content-type": "text/plain" },
        }),
    ],
    [
      "says no revision",
      () =>
        new Response("{}", {
          headers: { "content-type": OLD["content-type"] },
        }),
    ],
    [
      "knows all",
      () =>
        new Response("{}", { headers: { ...OLD, "atproto-repo-rev": "new" } }),
    ],
    [
      "comes while the own records can't be read",
      () =>
        new Response("{}", {
          headers: { ...OLD, "atproto-repo-rev": "broken" },
        }),
    ],
  ];
  test.each(same)("is left as it is when it %s", async (_name, given) => {
    answer = given;
    const expected = await given().text();
    const response = await call(TIMELINE, {
      headers: { "accept-encoding": "identity" },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("atproto-upstream-lag")).toBeNull();
    expect(await response.text()).toBe(expected);
  });

  test("is left as it is when the patch fails", async () => {
    patch = () => Promise.reject(new Error("unforeseen"));
    answer = () => Response.json({ feed: [1] }, { headers: OLD });
    const response = await call();
    expect(await response.json()).toEqual({ feed: [1] });
    expect(response.headers.get("atproto-upstream-lag")).toBeNull();
    const logged = JSON.stringify(host.logLines);
    expect(logged).toContain("own records not shown");
  });

  test("that falls silent or never ends is a failure", async () => {
    const piece = new Uint8Array(50_000);
    const silent = { start: (c: Controller) => c.enqueue(piece) };
    const endless = { pull: (c: Controller) => c.enqueue(piece) };
    for (const [source, status, error] of [
      [silent, 504, "UpstreamTimeout"],
      [endless, 502, "UpstreamFailure"],
    ] as const) {
      answer = () => new Response(new ReadableStream(source), { headers: OLD });
      const response = await call();
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error });
    }
  });

  test("has no body for a HEAD", async () => {
    answer = () => Response.json({ feed: [] }, { headers: OLD });
    const response = await call(TIMELINE, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });
});

describe("a thread that the AppView doesn't have", () => {
  const query = `?uri=at://${ALICE}/app.bsky.feed.post/x`;
  const missing = (headers: Record<string, string> = OLD) =>
    Response.json(
      { error: "NotFound", message: "m" },
      { status: 400, headers },
    );

  test("is built here", async () => {
    answer = () => missing();
    patch = async (_fresh, { body }) => ({ thread: body });
    const response = await call(THREAD, { query });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ thread: null });
    expect(response.headers.get("atproto-upstream-lag")).toBe("1234");
    expect(patched[0]?.params).toMatchObject({ depth: 6, parentHeight: 80 });
  });

  test("stays a refusal when there is none here either", async () => {
    patch = async () => null;
    for (const headers of [OLD, {}]) {
      answer = () => missing(headers);
      const response = await call(THREAD, { query });
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        error: "NotFound",
        message: "m",
      });
    }
  });

  test("and other refusals are not the same", async () => {
    answer = () =>
      Response.json({ error: "InvalidRequest" }, { status: 400, headers: OLD });
    expect((await call(THREAD, { query })).status).toBe(400);
    expect(patched).toEqual([]);
  });
});

describe("what is asked besides", () => {
  test("goes to the same service in the account's name, and comes back parsed", async () => {
    const seen: (string | null)[] = [];
    answer = (request) => {
      const { url, headers } = request;
      const names = ["authorization", "atproto-accept-labelers"];
      seen.push(url, ...names.map((name) => headers.get(name)));
      return request.url.includes("getPosts")
        ? Response.json({ posts: [5] })
        : Response.json({ feed: [] }, { headers: OLD });
    };
    patch = async (_fresh, { ask }) =>
      (await ask("app.bsky.feed.getPosts", { uris: ["a", "b"] })) as Json;
    const headers = { "atproto-accept-labelers": "did:web:mod.test" };
    const response = await call(TIMELINE, { headers });
    expect(await response.json()).toEqual({ posts: [5] });
    expect(seen.slice(3)).toEqual([
      `${upstream.url.origin}/xrpc/app.bsky.feed.getPosts?uris=a&uris=b`,
      "Bearer signed:did:web:appview.test:app.bsky.feed.getPosts",
      "did:web:mod.test",
    ]);
  });

  test("may fail in any way without harm", async () => {
    const failures = [
      () => new Response("no", { status: 500 }),
      () => new Response("no"),
      () => new Response("x".repeat(200_000)),
      () => Response.json({ error: "NotFound" }, { status: 400 }),
      () => new Promise<Response>(() => undefined),
    ];
    for (const failure of failures) {
      answer = (request) =>
        request.url.includes("getPosts")
          ? failure()
          : Response.json({ feed: [] }, { headers: OLD });
      patch = async (_fresh, { ask }) =>
        (await ask("app.bsky.feed.getPosts", {})) as Json;
      expect(await (await call()).json()).toEqual({ feed: [] });
    }
  });
});

describe("a feed", () => {
  const get = (name: string) =>
    call("app.bsky.feed.getFeed", {
      query: `?feed=at://${ALICE}/app.bsky.feed.generator/${name}`,
    });

  test("is asked for with a token for who makes it", async () => {
    answer = ({ headers }) =>
      Response.json({ feed: [], token: headers.get("authorization") });
    expect(await (await get("cats")).json()).toEqual({
      feed: [],
      token: "Bearer signed:did:web:feeds.test:app.bsky.feed.getFeedSkeleton",
    });
  });

  test("that nobody makes is unknown", async () => {
    const response = await get("none");
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: "UnknownFeed" });
    expect(asked).toEqual([]);
  });

  test("of which nobody can tell who makes it fails as the AppView does", async () => {
    answer = () => new Response("no", { status: 500 });
    expect((await get("ask")).status).toBe(502);
    answer = () => new Promise(() => undefined);
    expect((await get("ask")).status).toBe(504);
  });
});
