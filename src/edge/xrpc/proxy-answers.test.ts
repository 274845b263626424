import { describe, expect, test } from "bun:test";
import { chunked } from "#edge/edge-fixture.ts";
import {
  host,
  OTHER,
  TIMELINE,
  upstream,
  useProxy,
  via,
} from "./proxy-fixture.ts";

useProxy();

describe("what is sent on", () => {
  test("query, a few headers, nothing else", async () => {
    await host.call(TIMELINE, {
      token: "main",
      query: "?limit=5&cursor=a%2Fb",
      headers: {
        "accept-language": "de",
        "atproto-accept-labelers": "did:web:mod.test",
        "x-bsky-topics": "cats",
        "X-Atproto-Bsky-Topics": "dogs",
        "x-forwarded-for": "203.0.113.5",
        cookie: "a=b",
        "user-agent": "Somebody/1.0",
      },
    });
    const { headers, url: sent, method } = upstream.seen[0]!;
    expect(method).toBe("GET");
    expect(sent).toBe(`${upstream.url}/xrpc/${TIMELINE}?limit=5&cursor=a%2Fb`);
    expect(headers).toMatchObject({
      "accept-language": "de",
      "atproto-accept-labelers": "did:web:mod.test",
      "x-bsky-topics": "cats",
      "x-atproto-bsky-topics": "dogs",
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
    expect(upstream.seen[0]).toMatchObject({ method: "POST", body: '{"a":1}' });
    expect(upstream.seen[0]!.headers["content-type"]).toBe("application/json");
    expect(upstream.seen[1]!.body.length).toBe(2_000_000);
    await host.call(nsid, { ...init, body: "x".repeat(1_500_000) });
    expect(upstream.seen[2]!.body.length).toBe(1_500_000);
    expect(upstream.seen[2]!.headers["content-length"]).toBe("1500000");
  });
});

describe("what comes back", () => {
  test("a few headers, and ours", async () => {
    upstream.answer = () =>
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
    upstream.answer = () =>
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
      upstream.answer = fault;
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
    upstream.answer = () =>
      Response.json({ error: "NotFound" }, { status: 400, headers: said });
    const { headers } = await host.call(TIMELINE, { token: "main" });
    expect(Object.fromEntries(headers)).toMatchObject(said);
  });

  const packers = { gzip: Bun.gzipSync, zstd: Bun.zstdCompressSync };
  for (const [encoding, pack] of Object.entries(packers)) {
    test(`the name in a refusal that is compressed with ${encoding}`, async () => {
      const packed = Buffer.from(
        pack(JSON.stringify({ error: "UnknownFeed" })),
      );
      const headers = { "content-encoding": encoding };
      upstream.answer = () => new Response(packed, { status: 400, headers });
      const response = await host.call(TIMELINE, { token: "main" });
      expect(await response.json()).toMatchObject({ error: "UnknownFeed" });
    });
  }

  test("nothing in time", async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    upstream.answer = () => promise;
    const response = await host.call(TIMELINE, { token: "main" });
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: "UpstreamTimeout" });
    resolve(new Response());
  });

  test("bodies as they come, ended when too large", async () => {
    upstream.answer = () =>
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
