import { connect } from "node:net";
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { ALICE, startTestEdge } from "#edge/edge-fixture.ts";

const host = startTestEdge({ settings: { homeUrl: "https://x.test/?a=1&b" } });
afterAll(() => host.edge.stop(0));
beforeEach(() => {
  host.status = "active";
  host.answer = null;
});

const get = (path: string, init: RequestInit = {}) =>
  fetch(`${host.origin}${path}`, init);
const at = (name: string) => ({ headers: { host: name } });

describe("pages of other origins", () => {
  test("are allowed the headers they ask for", async () => {
    const response = await get("/xrpc/com.atproto.repo.createRecord", {
      method: "OPTIONS",
      headers: {
        origin: "https://app.test",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,dpop,x-new",
      },
    });
    expect(response.status).toBe(204);
    const { headers } = response;
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-allow-headers")).toBe(
      "authorization,dpop,x-new",
    );
    expect(headers.get("access-control-allow-methods")).toContain("POST");
    expect(headers.get("access-control-max-age")).toBe("86400");
    expect(headers.get("vary")).toBe("Access-Control-Request-Headers");
  });

  const paths = [
    "/xrpc/com.atproto.server.describeServer",
    "/xrpc/com.atproto.server.getSession",
    "/xrpc/com.atproto.sync.subscribeRepos",
    "/xrpc/_health",
    "/nowhere",
    "/",
  ];
  for (const path of paths) {
    test(`see the answer of ${path} and its headers`, async () => {
      const { headers } = await get(path);
      expect(headers.get("access-control-allow-origin")).toBe("*");
      const exposed = headers.get("access-control-expose-headers")!;
      for (const name of [
        "DPoP-Nonce",
        "WWW-Authenticate",
        "RateLimit-Remaining",
        "Retry-After",
        "Atproto-Repo-Rev",
        "Atproto-Content-Labelers",
      ]) {
        expect(exposed).toContain(name);
      }
    });
  }
});

describe("small routes", () => {
  test("health tells the version", async () => {
    expect(await (await get("/xrpc/_health")).json()).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });

  test("robots.txt", async () => {
    const response = await get("/robots.txt");
    expect(response.headers.get("content-type")).toContain("text/plain");
    expect(await response.text()).toStartWith("User-agent: *");
  });

  test("the home page escapes what it shows, runs nothing and loads its own style", async () => {
    const response = await get("/");
    const html = await response.text();
    expect(html).toStartWith("<!doctype html><html");
    expect(html).toContain("<h1>A &lt;test&gt; PDS</h1>");
    expect(html).toContain('href="https://x.test/?a=1&amp;b"');
    expect(html).not.toContain("<script");
    const policy = response.headers.get("content-security-policy")!;
    const { host: own } = new URL(host.origin);
    expect(policy).toStartWith(
      `default-src 'none'; style-src https://pds.test/assets/ ${own}/assets/; img-src`,
    );
    const style = /<link rel="stylesheet" href="([^"]+)"/.exec(html)![1]!;
    expect(style).toMatch(/^\/assets\/[0-9a-f]{12}-style\.css$/);
    const asset = await get(style);
    expect(asset.headers.get("content-type")).toBe("text/css; charset=utf-8");
    expect(asset.headers.get("cache-control")).toContain("immutable");
    expect((await get("/assets/000000000000-style.css")).status).toBe(404);
  });

  test("the home page in words, for who asks for them", async () => {
    const response = await get("/", { headers: { accept: "text/plain" } });
    expect(response.headers.get("content-type")).toContain("text/plain");
    expect(await response.text()).toContain("Status: ok. New accounts: open.");
  });

  test("a host that is named nonsense puts nothing into the policy", async () => {
    const { headers } = await get("/", at("evil.test; script-src *"));
    const policy = headers.get("content-security-policy")!;
    expect(policy).toContain("style-src https://pds.test/assets/;");
    expect(policy).not.toContain("evil");
  });

  test("nothing else is found", async () => {
    const response = await get("/nowhere");
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: "NotFound" });
  });

  test("people are told in a page, programs in JSON", async () => {
    const accept = "text/html,application/xhtml+xml,*/*;q=0.8";
    const page = await get("/nowhere", { headers: { accept } });
    expect(page.status).toBe(404);
    expect(await page.text()).toContain("There is no such page");
    const call = await get("/xrpc/nowhere", { headers: { accept } });
    expect(call.headers.get("content-type")).toContain("application/json");
  });

  test("every answer names the server, and no relay", async () => {
    const { headers } = await get("/nowhere");
    expect(headers.get("server")).toBe("Tempest");
  });
});

describe("/.well-known/atproto-did", () => {
  const path = "/.well-known/atproto-did";
  test("answers by the name that was called", async () => {
    for (const name of ["alice.pds.test", "Alice.PDS.test:2583"]) {
      const response = await get(path, at(name));
      expect(response.headers.get("content-type")).toContain("text/plain");
      expect(await response.text()).toBe(ALICE);
    }
    expect((await get(path, at("bob.pds.test"))).status).toBe(404);
    expect((await get(path, at("pds.test"))).status).toBe(404);
    expect((await get(path, at("127.0.0.1"))).status).toBe(404);
  });

  test("goes on for accounts that pause, not for those taken down", async () => {
    host.status = "deactivated";
    expect((await get(path, at("alice.pds.test"))).status).toBe(200);
    host.status = "takendown";
    expect((await get(path, at("alice.pds.test"))).status).toBe(404);
  });
});

test("/.well-known/did.json answers for the host itself", async () => {
  const path = "/.well-known/did.json";
  const own = await get(path, at("pds.test"));
  expect(await own.json()).toEqual({ id: "did:web:pds.test" });
  expect((await get(path, at("other.test"))).status).toBe(404);
});

describe("host names of handles", () => {
  test("answer what proves them and nothing else", async () => {
    for (const path of ["/", "/account", "/xrpc/_health", "/docs"]) {
      const { status } = await get(path, at("alice.pds.test"));
      expect([path, status]).toEqual([path, 404]);
      expect((await get(path, at("pds.test"))).status).not.toBe(404);
    }
    // However the same name is written.
    for (const name of ["alice.pds.test.", "ALICE.pds.test:443"]) {
      expect((await get("/account", at(name))).status).toBe(404);
    }
    const proof = await get("/.well-known/atproto-did", at("alice.pds.test"));
    expect(proof.status).toBe(200);
  });

  test("lead people on where the operator says so", async () => {
    const led = startTestEdge({
      settings: { handleHostUrl: "https://app.test/profile/{handle}" },
    });
    const response = await fetch(led.origin, {
      ...at("Alice.pds.test"),
      redirect: "manual",
    });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe(
      "https://app.test/profile/alice.pds.test",
    );
    const other = await fetch(`${led.origin}/docs`, at("alice.pds.test"));
    expect(other.status).toBe(404);
    await led.edge.stop(0);
  });
});

describe("/tls-check", () => {
  // prettier-ignore
  const cases: [query: string, status: number][] = [
    ["?domain=pds.test", 200],
    ["?domain=PDS.test", 200],
    ["?domain=alice.pds.test", 200],
    ["?domain=bob.pds.test", 404],
    ["?domain=evil.test", 400],
    ["?domain=a_b.pds.test", 400],
    ["?domain=.pds.test", 400],
    ["", 400],
  ];
  for (const [query, status] of cases) {
    test(`${query || "without a name"} is ${status}`, async () => {
      expect((await get(`/tls-check${query}`)).status).toBe(status);
    });
  }

  test("has a certificate as long as the handle leads to its account", async () => {
    const ask = async () =>
      (await get("/tls-check?domain=alice.pds.test")).status;
    // Who moved away may have kept the handle, which is proved here.
    host.status = "deactivated";
    expect(await ask()).toBe(200);
    for (const status of ["takendown", "suspended", "deleted"] as const) {
      host.status = status;
      expect([status, await ask()]).toEqual([status, 404]);
    }
  });
});

describe("the log", () => {
  test("has a line for each request, without query and tokens", async () => {
    host.logLines.length = 0;
    await host.call("com.atproto.sync.getRepo", {
      query: `?did=${ALICE}&secret=hidden`,
      token: "forged-token",
    });
    const line = host.logLines.find(({ event }) => event === "request");
    expect(line).toMatchObject({
      level: "info",
      method: "GET",
      status: 400,
      ms: 0,
      path: "/xrpc/com.atproto.sync.getRepo",
      requestId: expect.any(String),
    });
    const text = JSON.stringify(host.logLines);
    expect(text).not.toContain("hidden");
    expect(text).not.toContain("forged-token");
  });
});

describe("requests that are barely HTTP", () => {
  // prettier-ignore
  const requests: [about: string, request: string, status: RegExp][] = [
    ["a strange host", "GET /xrpc/_health HTTP/1.1\r\nHost: a b\\c<>\r\n\r\n", /^HTTP\/1\.1 (200|400)/],
    ["no host", "GET /xrpc/_health HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 (200|400)/],
    ["an old version", "GET /xrpc/_health HTTP/1.0\r\n\r\n", /^HTTP\/1\.[01] (200|400|505)/],
    ["bytes beyond ASCII in the path", "GET /xrpc/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1\.1 400/],
    ["a broken escape", "GET /xrpc/%E0%A4%A HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1\.1 400/],
    ["a whole URL", "GET http://x/xrpc/_health HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1\.1 (200|400|404)/],
    ["two slashes", "GET //xrpc/_health HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1\.1 404/],
    ["a bad length", "POST /xrpc/com.atproto.server.createSession HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: -5\r\n\r\n", /^HTTP\/1\.1 400/],
    ["an unknown verb", "BREW /xrpc/com.atproto.server.describeServer HTTP/1.1\r\nHost: x\r\n\r\n", /^(HTTP\/1\.1 (400|405|501)|closed)/],
  ];
  for (const [about, request, status] of requests) {
    test(`${about} is no failure of ours`, async () => {
      expect(await exchange(request)).toMatch(status);
    });
  }
});

/** Sends bytes as they are; resolves with what comes first. */
function exchange(request: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(host.edge.port, "127.0.0.1");
  socket.on("data", (data) => {
    resolve(data.toString("latin1"));
    socket.destroy();
  });
  socket.on("error", reject);
  socket.on("close", () => resolve("closed"));
  socket.write(request, "latin1");
  return promise;
}
