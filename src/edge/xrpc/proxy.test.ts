import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import type { Did } from "#repo/syntax.ts";
import {
  ALICE,
  type CallInit,
  chunked,
  startTestEdge,
} from "#edge/edge-fixture.ts";
import type { Contexts } from "#edge/contexts.ts";

interface Seen {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

let seen: Seen[] = [];
let answer: (request: Request) => Response | Promise<Response>;
const upstream = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 10,
  async fetch(request) {
    const { method, url, headers } = request;
    const body = await request.text();
    const shown = Object.fromEntries(headers);
    seen.push({ method, url, headers: shown, body });
    return answer(request);
  },
});
const url = upstream.url.origin;

const OTHER = "did:web:other.test" as Did;
const identity: Contexts["identity"] = {
  resolveHandle: async () => null,
  didDocumentForHost: () => null,
  async resolveDid(did) {
    if (did !== OTHER) throw new Error("no such DID");
    const service = [
      { id: "#short", type: "A", serviceEndpoint: url },
      { id: `${OTHER}#long`, type: "A", serviceEndpoint: url },
      { id: "#odd", type: "A", serviceEndpoint: { url } },
      { id: "#script", type: "A", serviceEndpoint: "javascript:alert(1)" },
      { id: "#inside", type: "A", serviceEndpoint: "http://10.0.0.1" },
      { id: "#gone", type: "A", serviceEndpoint: "http://127.0.0.1:9" },
    ];
    return { id: OTHER, service };
  },
};
const target = (did: string) => ({ url, did });
const host = startTestEdge({
  contexts: { identity },
  settings: {
    appView: target("did:web:appview.test"),
    modService: target("did:web:mod.test"),
    reportService: target("did:web:report.test"),
    chatService: target("did:web:chat.test"),
    videoService: target("did:web:video.test"),
    fullAudiences: ["did:web:video.test"],
    proxyHeadersTimeoutMs: 1500,
    proxyBodyTimeoutMs: 1500,
  },
});

afterAll(async () => {
  await host.edge.stop(0);
  await upstream.stop(true);
});
beforeEach(() => {
  seen = [];
  host.calls = [];
  host.status = "active";
  answer = () => Response.json({ ok: true });
});

const TIMELINE = "app.bsky.feed.getTimeline";
const REPORT = {
  reasonType: "com.atproto.moderation.defs#reasonSpam",
  subject: { $type: "com.atproto.admin.defs#repoRef", did: ALICE },
};
const via = (name: string, token = "main"): CallInit => ({
  token,
  headers: { "atproto-proxy": name },
});

describe("where calls go", () => {
  // prettier-ignore
  const routes: [about: string, nsid: string, init: CallInit, aud: string][] = [
    ["the AppView by default", TIMELINE, { token: "main" }, "did:web:appview.test"],
    ["moderation tools", "tools.ozone.moderation.queryEvents", { token: "main" }, "did:web:mod.test"],
    ["reports", "com.atproto.moderation.createReport", { token: "main", json: REPORT }, "did:web:report.test"],
    ["a named service", "com.example.get", via(`${OTHER}#short`), OTHER],
    ["one whose id is absolute", "com.example.get", via(`${OTHER}#long`), OTHER],
    ["the AppView by name, without a look-up", TIMELINE, via("did:web:appview.test#bsky_appview"), "did:web:appview.test"],
    ["chat by default", "chat.bsky.convo.listConvos", { token: "main" }, "did:web:chat.test"],
    ["videos by default, by the service's full name", "app.bsky.video.getUploadLimits", { token: "main" }, "did:web:video.test#bsky_video"],
    ["chat with a privileged app password", "chat.bsky.convo.listConvos", via(`${OTHER}#short`, "app-privileged"), OTHER],
  ];
  for (const [about, nsid, init, aud] of routes) {
    test(about, async () => {
      const response = await host.call(nsid, init);
      expect(await response.json()).toEqual({ ok: true });
      expect(seen[0]!.url).toBe(`${url}/xrpc/${nsid}`);
      expect(seen[0]!.headers.authorization).toBe(
        `Bearer signed:${aud}:${nsid}`,
      );
    });
  }

  test("appeals of people whose account was taken down", async () => {
    host.status = "takendown";
    const nsid = "com.atproto.moderation.createReport";
    const init = { json: REPORT, token: "leaving" };
    expect((await host.call(nsid, init)).status).toBe(200);
    const other = await host.call(TIMELINE, { token: "leaving" });
    expect(other.status).toBe(400);
  });

  test("reports as they were checked, however they were sent", async () => {
    const nsid = "com.atproto.moderation.createReport";
    const report = { ...REPORT, reason: "“x”", modTool: { name: "a/b" } };
    const headers = {
      "content-type": "application/json",
      "content-encoding": "gzip",
    };
    const body = Bun.gzipSync(JSON.stringify(report));
    await host.call(nsid, { token: "main", headers, body });
    expect(JSON.parse(seen[0]!.body)).toEqual(report);
    expect(seen[0]!.headers["content-encoding"]).toBeUndefined();
    const { reasonType: _, ...bad } = report;
    const refused = await host.call(nsid, { token: "main", json: bad });
    expect(refused.status).toBe(400);
    expect(seen.length).toBe(1);
  });

  test("records of other hosts, without a token", async () => {
    const query = (repo: string) => `?repo=${repo}&collection=a.b.c&rkey=self`;
    const nsid = "com.atproto.repo.getRecord";
    const theirs = await host.call(nsid, { query: query("bob.example.com") });
    expect(await theirs.json()).toEqual({ ok: true });
    expect(seen[0]!.headers.authorization).toBeUndefined();
    await host.call(nsid, { query: query(ALICE) });
    expect(seen.length).toBe(1);
  });

  test("preferences of another AppView", async () => {
    const nsid = "app.bsky.actor.getPreferences";
    const own = "did:web:appview.test#bsky_appview";
    await host.call(nsid, { token: "main" });
    await host.call(nsid, via(own));
    expect(seen).toEqual([]);
    await host.call(nsid, via(`${OTHER}#short`));
    expect(seen.length).toBe(1);
    const bad = await host.call(nsid, via("nonsense"));
    expect(bad.status).toBe(400);
  });

  test("preferences for another AppView, as they were checked", async () => {
    const nsid = "app.bsky.actor.putPreferences";
    const $type = "app.bsky.actor.defs#adultContentPref";
    const json = { preferences: [{ $type, enabled: true }] };
    answer = () => new Response(null);
    await host.call(nsid, {
      ...via("did:web:appview.test#bsky_appview"),
      json,
    });
    expect(seen).toEqual([]);
    host.calls = [];
    const there = await host.call(nsid, { ...via(`${OTHER}#short`), json });
    expect(there.status).toBe(200);
    expect(JSON.parse(seen[0]!.body)).toEqual(json);
    expect(host.calls).toEqual([]);
    const bad = await host.call(nsid, { ...via(`${OTHER}#short`), json: {} });
    expect(bad.status).toBe(400);
    expect(seen.length).toBe(1);
  });
});

describe("refusals", () => {
  // prettier-ignore
  const cases: [about: string, nsid: string, init: CallInit, status: number, error: string][] = [
    ["no authorization", TIMELINE, {}, 401, "AuthMissing"],
    ["an expired token", TIMELINE, { token: "expired" }, 400, "ExpiredToken"],
    ["no service id", TIMELINE, via(OTHER), 400, "InvalidRequest"],
    ["an empty service id", TIMELINE, via(`${OTHER}#`), 400, "InvalidRequest"],
    ["no DID", TIMELINE, via("#short"), 400, "InvalidRequest"],
    ["two #", TIMELINE, via(`${OTHER}#a#b`), 400, "InvalidRequest"],
    ["a space", TIMELINE, via(`${OTHER} #a`), 400, "InvalidRequest"],
    ["no DID syntax", TIMELINE, via("other.test#a"), 400, "InvalidRequest"],
    ["an empty header", TIMELINE, via(""), 400, "InvalidRequest"],
    ["a DID that doesn't resolve", TIMELINE, via("did:web:no.test#a"), 400, "InvalidRequest"],
    ["an unknown service", TIMELINE, via(`${OTHER}#none`), 400, "InvalidRequest"],
    ["an endpoint that is no string", TIMELINE, via(`${OTHER}#odd`), 400, "InvalidRequest"],
    ["an endpoint that is no web address", TIMELINE, via(`${OTHER}#script`), 400, "InvalidRequest"],
    ["an endpoint inside the network", TIMELINE, via(`${OTHER}#inside`), 502, "UpstreamFailure"],
    ["an endpoint that is gone", TIMELINE, via(`${OTHER}#gone`), 502, "UpstreamFailure"],
    ["a protected method in other letters", "com.atproto.server.GetSession", via(`${OTHER}#short`), 400, "InvalidRequest"],
    ["a verb that is none of XRPC's", "com.example.put", { ...via(`${OTHER}#short`), method: "PUT" }, 400, "InvalidRequest"],
    ["chat by default with an app password", "chat.bsky.convo.listConvos", { token: "app" }, 400, "InvalidToken"],
    ["chat with an app password", "chat.bsky.convo.listConvos", via(`${OTHER}#short`, "app"), 400, "InvalidToken"],
    ["chat in other letters", "chat.BSKY.convo.listConvos", via(`${OTHER}#short`, "app"), 400, "InvalidToken"],
  ];
  for (const [about, nsid, init, status, error] of cases) {
    test(about, async () => {
      const response = await host.call(nsid, init);
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error });
      expect(seen).toEqual([]);
    });
  }
});

describe("what is sent on", () => {
  test("query, a few headers, nothing else", async () => {
    await host.call(TIMELINE, {
      token: "main",
      query: "?limit=5&cursor=a%2Fb",
      headers: {
        "accept-language": "de",
        "atproto-accept-labelers": "did:web:mod.test",
        "x-bsky-topics": "cats",
        "x-forwarded-for": "203.0.113.5",
        cookie: "a=b",
        "user-agent": "Somebody/1.0",
      },
    });
    const { headers, url: sent, method } = seen[0]!;
    expect(method).toBe("GET");
    expect(sent).toBe(`${url}/xrpc/${TIMELINE}?limit=5&cursor=a%2Fb`);
    expect(headers).toMatchObject({
      "accept-language": "de",
      "atproto-accept-labelers": "did:web:mod.test",
      "x-bsky-topics": "cats",
    });
    expect(headers["user-agent"]).not.toContain("Somebody");
    for (const name of ["cookie", "x-forwarded-for", "atproto-proxy"]) {
      expect(headers[name]).toBeUndefined();
    }
  });

  test("bodies, whole or in chunks", async () => {
    const nsid = "com.example.put";
    const init = {
      ...via(`${OTHER}#short`),
      headers: {
        "atproto-proxy": `${OTHER}#short`,
        "content-type": "application/json",
      },
    };
    await host.call(nsid, { ...init, body: '{"a":1}' });
    const stream = chunked("x".repeat(2_000_000));
    await host.call(nsid, { ...init, body: stream });
    expect(seen[0]).toMatchObject({ method: "POST", body: '{"a":1}' });
    expect(seen[0]!.headers["content-type"]).toBe("application/json");
    expect(seen[1]!.body.length).toBe(2_000_000);
    await host.call(nsid, { ...init, body: "x".repeat(1_500_000) });
    expect(seen[2]!.body.length).toBe(1_500_000);
    expect(seen[2]!.headers["content-length"]).toBe("1500000");
  });
});

describe("what comes back", () => {
  test("a few headers, and ours", async () => {
    answer = () =>
      Response.json(
        { ok: true },
        {
          headers: {
            "atproto-repo-rev": "3l4qpz7ajrc2a",
            "atproto-content-labelers": "did:web:mod.test",
            "set-cookie": "a=b",
            "access-control-allow-origin": "https://evil.test",
            server: "atproto-relay",
          },
        },
      );
    const { headers } = await host.call(TIMELINE, { token: "main" });
    expect(headers.get("atproto-repo-rev")).toBe("3l4qpz7ajrc2a");
    expect(headers.get("atproto-content-labelers")).toBe("did:web:mod.test");
    expect(headers.get("set-cookie")).toBeNull();
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("server")).toBe("Tempest");
    expect(headers.get("cache-control")).toBe("private");
  });

  test("compressed bodies as they are", async () => {
    const packed = Bun.gzipSync(JSON.stringify({ ok: "packed" }));
    answer = () =>
      new Response(packed, {
        headers: {
          "content-type": "application/json",
          "content-encoding": "gzip",
        },
      });
    const response = await host.call(TIMELINE, { token: "main" });
    expect(await response.json()).toEqual({ ok: "packed" });
  });

  const faults: [
    about: string,
    answer: () => Response,
    status: number,
    error: string,
  ][] = [
    [
      "a refusal",
      () =>
        Response.json({ error: "UnknownFeed", message: "m" }, { status: 400 }),
      400,
      "UnknownFeed",
    ],
    [
      "a refusal without a name",
      () => new Response("no", { status: 404 }),
      404,
      "InvalidRequest",
    ],
    [
      "too many requests",
      () =>
        Response.json(
          { error: "RateLimitExceeded" },
          { status: 429, headers: { "retry-after": "9" } },
        ),
      429,
      "RateLimitExceeded",
    ],
    [
      "a failure",
      () => Response.json({ error: "InternalServerError" }, { status: 500 }),
      502,
      "UpstreamFailure",
    ],
    [
      "a method it lacks",
      () => Response.json({ error: "MethodNotImplemented" }, { status: 501 }),
      501,
      "MethodNotImplemented",
    ],
    [
      "a service that is busy",
      () => Response.json({ error: "Busy" }, { status: 503 }),
      503,
      "Busy",
    ],
    [
      "a redirect",
      () => Response.redirect("https://evil.test"),
      502,
      "UpstreamFailure",
    ],
    [
      "an answer above the limit",
      () => new Response("x".repeat(100_001)),
      502,
      "UpstreamFailure",
    ],
  ];
  for (const [about, fault, status, error] of faults) {
    test(about, async () => {
      answer = fault;
      const response = await host.call(TIMELINE, { token: "main" });
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error });
      const retry = status === 429 ? "9" : null;
      expect(response.headers.get("retry-after")).toBe(retry);
    });
  }

  test("how fresh the service is, by its refusals too", async () => {
    const said = {
      "atproto-repo-rev": "3l4qpz7ajrc2a",
      "atproto-content-labelers": "did:web:mod.test",
    };
    answer = () =>
      Response.json({ error: "NotFound" }, { status: 400, headers: said });
    const { headers } = await host.call(TIMELINE, { token: "main" });
    expect(Object.fromEntries(headers)).toMatchObject(said);
  });

  test("the name in a compressed refusal", async () => {
    const packed = Bun.gzipSync(JSON.stringify({ error: "UnknownFeed" }));
    const headers = { "content-encoding": "gzip" };
    answer = () => new Response(packed, { status: 400, headers });
    const response = await host.call(TIMELINE, { token: "main" });
    expect(await response.json()).toMatchObject({ error: "UnknownFeed" });
  });

  test("nothing in time", async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    answer = () => promise;
    const response = await host.call(TIMELINE, { token: "main" });
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: "UpstreamTimeout" });
    resolve(new Response());
  });

  test("bodies as they come, ended when too large", async () => {
    answer = () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(50_000)),
        }),
      );
    const whole = host
      .call(TIMELINE, { token: "main" })
      .then((response) => response.arrayBuffer());
    await expect(whole).rejects.toThrow("closed");
  });
});
