import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import zlib from "node:zlib";
import { createCertificate } from "../../test/doubles/certificate.ts";
import {
  createSafeFetch,
  type FetchFailure,
  type SafeFetchConfig,
  SafeFetchError,
} from "./safe-fetch.ts";

const certificate = createCertificate(["pds.example.com", "other.example.com"]);
const seen: Request[] = [];
let server: Bun.Server<undefined>;
let plain: Bun.Server<undefined>;

function answer(request: Request): Response | Promise<Response> {
  seen.push(request);
  const url = new URL(request.url);
  const to = url.searchParams.get("to");
  const status = Number(url.searchParams.get("status") ?? 302);
  switch (url.pathname) {
    case "/redirect":
      return new Response(null, { status, headers: { location: to! } });
    case "/loop":
      return Response.redirect("/loop", 302);
    case "/size":
      return new Response(new Uint8Array(Number(to)));
    case "/chunked":
      return new Response(endless(1000, 0));
    case "/trickle":
      return new Response(endless(1, 20));
    case "/never":
      return new Promise(() => {});
    case "/silent":
      return new Response(endless(1, 1_000_000));
    case "/gzip":
      return new Response(Bun.gzipSync(Buffer.alloc(Number(to), "a")), {
        headers: { "content-encoding": "gzip" },
      });
    case "/br":
      return new Response(zlib.brotliCompressSync(Buffer.from("plain")), {
        headers: { "content-encoding": "br" },
      });
    case "/odd-encoding":
      return new Response("x", { headers: { "content-encoding": "zstd" } });
    case "/echo":
      return request.text().then((body) =>
        Response.json({
          method: request.method,
          body,
          headers: Object.fromEntries(request.headers),
        }),
      );
    default:
      return new Response("hello", { headers: { "x-odd": "1" } });
  }
}

function endless(chunkBytes: number, pauseMs: number): ReadableStream {
  let first = true;
  return new ReadableStream({
    async pull(controller) {
      if (!first && pauseMs > 0) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
      }
      first = false;
      controller.enqueue(new Uint8Array(chunkBytes));
    },
  });
}

beforeAll(() => {
  const common = { port: 0, hostname: "127.0.0.1", fetch: answer };
  server = Bun.serve({ ...common, tls: certificate });
  plain = Bun.serve(common);
});
afterAll(async () => {
  await server.stop(true);
  await plain.stop(true);
});

/** A safe fetch for which every name leads to the test server. */
function toTestServer(config: Partial<SafeFetchConfig> = {}) {
  return createSafeFetch({
    allowLoopback: true,
    timeoutMs: 5_000,
    maxBytes: 10_000,
    maxRedirects: 3,
    lookup: async () => ["127.0.0.1"],
    ca: certificate.cert,
    ...config,
  });
}

function production(config: Partial<SafeFetchConfig> = {}) {
  return toTestServer({ allowLoopback: false, ...config });
}

async function reasonOf(promise: Promise<unknown>): Promise<FetchFailure> {
  try {
    await promise;
  } catch (error) {
    expect(error).toBeInstanceOf(SafeFetchError);
    return (error as SafeFetchError).reason;
  }
  throw new Error("the fetch should have failed");
}

const https = (path: string, host = "pds.example.com") =>
  `https://${host}:${server.port}${path}`;
const http = (path: string) => `http://127.0.0.1:${plain.port}${path}`;
const text = (body: Uint8Array) => new TextDecoder().decode(body);

describe("connecting", () => {
  test("goes to the looked-up address and proves the name by TLS", async () => {
    const asked: string[] = [];
    const fetch = toTestServer({
      lookup: async (name) => {
        asked.push(name);
        return ["127.0.0.1"];
      },
    });
    const response = await fetch(https("/echo"));
    expect(response.status).toBe(200);
    expect(response.url).toBe(https("/echo"));
    const { headers } = JSON.parse(text(response.body));
    expect(headers.host).toBe(`pds.example.com:${server.port}`);
    expect(headers["accept-encoding"]).toBe("identity");
    expect(asked).toEqual(["pds.example.com"]);
  });

  test("refuses a certificate for another name, also on a warm connection", async () => {
    const fetch = toTestServer();
    await fetch(https("/"));
    expect(await reasonOf(fetch(https("/", "wrong.example.com")))).toBe("tls");
    expect((await fetch(https("/", "other.example.com"))).status).toBe(200);
  });

  test("refuses a certificate that nobody vouches for", async () => {
    const fetch = toTestServer({ ca: createCertificate(["x.test"]).cert });
    expect(await reasonOf(fetch(https("/")))).toBe("tls");
  });

  test("tries the next address when one refuses the connection", async () => {
    const fetch = toTestServer({ lookup: async () => ["::1", "127.0.0.1"] });
    expect(text((await fetch(https("/"))).body)).toBe("hello");
  });

  test("tells of a closed port and of a name that does not exist", async () => {
    const fetch = toTestServer({
      lookup: () => Promise.reject(new Error("ENOTFOUND")),
    });
    expect(await reasonOf(fetch("http://127.0.0.1:1/"))).toBe("connect");
    expect(await reasonOf(fetch(https("/")))).toBe("dns");
    expect(await reasonOf(fetch(https("/", "a.test")))).toBe("dns");
  });
});

describe("in production", () => {
  test.each([
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "93.184.215.14 192.168.0.1",
  ])("a name that resolves to %s is refused", async (addresses) => {
    const before = seen.length;
    const fetch = production({ lookup: async () => addresses.split(" ") });
    expect(await reasonOf(fetch("https://pds.example.com/"))).toBe("address");
    expect(await reasonOf(fetch.stream("https://pds.example.com/"))).toBe(
      "address",
    );
    expect(seen.length).toBe(before);
  });

  test.each([
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://1.1.1.1/",
    "https://[::1]/",
    "https://[::ffff:1.1.1.1]/",
    "https://[2606:4700::1111]/",
    "http://pds.example.com/",
    "https://pds.example.com:8443/",
    "https://localhost:2583/",
    "https://user:secret@pds.example.com/",
    "ftp://pds.example.com/",
    "file:///etc/passwd",
    "data:text/plain,hello",
    "/relative",
    "",
    `https://pds.example.com/${"a".repeat(9000)}`,
  ])("%.60s is refused without asking the DNS", async (href) => {
    let asked = 0;
    const fetch = production({
      lookup: async () => {
        asked++;
        return ["93.184.215.14"];
      },
    });
    expect(await reasonOf(fetch(href))).toBe("url");
    expect(asked).toBe(0);
  });

  test("localhost is refused", async () => {
    expect(await reasonOf(production()("https://localhost/"))).toBe("address");
    expect(await reasonOf(production()("https://a.localhost./"))).toBe(
      "address",
    );
  });
});

describe("in development", () => {
  test("plain http and any port work on loopback", async () => {
    expect(text((await toTestServer()(http("/"))).body)).toBe("hello");
  });

  test("localhost needs no DNS", async () => {
    const fetch = toTestServer({
      lookup: () => Promise.reject(new Error("asked")),
    });
    const { body } = await fetch(`http://localhost:${plain.port}/`);
    expect(text(body)).toBe("hello");
  });

  test.each([
    "http://10.0.0.1/",
    "http://pds.example.com/",
    "https://1.1.1.1/",
  ])("%s is refused", async (href) => {
    const fetch = toTestServer({ lookup: async () => ["93.184.215.14"] });
    expect(await reasonOf(fetch(href))).toBe("url");
  });

  test("a private address that is not loopback is refused", async () => {
    const fetch = toTestServer({ lookup: async () => ["10.0.0.1"] });
    expect(await reasonOf(fetch("https://a.example/"))).toBe("address");
  });

  test("protection switched off allows other addresses", async () => {
    const fetch = production({ allowAnyAddress: true });
    expect(text((await fetch(https("/"))).body)).toBe("hello");
  });
});

describe("redirects", () => {
  const redirect = (to: string, status = 302) =>
    https(`/redirect?status=${status}&to=${encodeURIComponent(to)}`);

  test("are followed", async () => {
    const response = await toTestServer()(redirect("/"));
    expect(response.status).toBe(200);
    expect(response.url).toBe(https("/"));
  });

  test("are the answer or a failure when asked so", async () => {
    const fetch = toTestServer();
    const kept = await fetch(redirect("/"), { redirect: "manual" });
    expect(kept.status).toBe(302);
    expect(await reasonOf(fetch(redirect("/"), { redirect: "error" }))).toBe(
      "redirect",
    );
  });

  test("end after the limit", async () => {
    const before = seen.length;
    expect(await reasonOf(toTestServer()(https("/loop")))).toBe("redirect");
    expect(seen.length - before).toBe(4);
  });

  test("each hop is checked anew", async () => {
    const fetch = toTestServer({
      lookup: async (name) => [
        name === "pds.example.com" ? "127.0.0.1" : "10.0.0.1",
      ],
    });
    expect(await reasonOf(fetch(redirect("https://inner.example/")))).toBe(
      "address",
    );
    expect(await reasonOf(fetch(redirect("https://10.0.0.1/")))).toBe("url");
    expect(await reasonOf(fetch(redirect("file:///etc/passwd")))).toBe(
      "redirect",
    );
    expect(await reasonOf(fetch(redirect(http("/"))))).toBe("redirect");
  });

  test("lose credentials on the way to another origin", async () => {
    const headers = { authorization: "Bearer x", cookie: "a=b", "x-keep": "1" };
    const fetch = toTestServer();
    const other = await fetch(redirect(https("/echo", "other.example.com")), {
      headers,
    });
    const there = JSON.parse(text(other.body)).headers;
    expect(there.authorization).toBeUndefined();
    expect(there.cookie).toBeUndefined();
    expect(there["x-keep"]).toBe("1");
    const same = await fetch(redirect("/echo"), { headers });
    expect(JSON.parse(text(same.body)).headers.authorization).toBe("Bearer x");
  });

  test.each([
    [302, "GET", ""],
    [303, "GET", ""],
    [307, "POST", "data"],
  ])("%d of a POST becomes %s", async (status, method, body) => {
    const response = await toTestServer()(redirect("/echo", status), {
      method: "POST",
      body: "data",
    });
    expect(JSON.parse(text(response.body))).toMatchObject({ method, body });
  });
});

describe("limits", () => {
  test("a body at the limit passes, one byte more does not", async () => {
    const fetch = toTestServer();
    expect((await fetch(https("/size?to=10000"))).body.length).toBe(10_000);
    expect(await reasonOf(fetch(https("/size?to=10001")))).toBe("size");
  });

  test("a body without a length is cut off", async () => {
    expect(await reasonOf(toTestServer()(https("/chunked")))).toBe("size");
  });

  test("what comes out of a compressed body counts", async () => {
    const fetch = toTestServer();
    const small = await fetch(https("/gzip?to=10000"));
    expect(text(small.body)).toBe("a".repeat(10_000));
    expect(await reasonOf(fetch(https("/gzip?to=5000000")))).toBe("size");
    expect(text((await fetch(https("/br"))).body)).toBe("plain");
    expect(await reasonOf(fetch(https("/odd-encoding")))).toBe("encoding");
  });

  test.each(["/never", "/trickle"])("%s runs out of time", async (path) => {
    const fetch = toTestServer({ timeoutMs: 150 });
    expect(await reasonOf(fetch(https(path)))).toBe("timeout");
  });

  test("a lookup that never ends runs out of time", async () => {
    const fetch = toTestServer({
      timeoutMs: 50,
      lookup: () => new Promise(() => {}),
    });
    expect(await reasonOf(fetch(https("/")))).toBe("timeout");
  });

  test("the caller may give up", async () => {
    const signal = AbortSignal.timeout(30);
    expect(await reasonOf(toTestServer()(https("/never"), { signal }))).toBe(
      "aborted",
    );
  });

  test("one host gets only so many requests at once", async () => {
    let running = 0;
    let most = 0;
    const fetch = toTestServer({
      maxPerHost: 2,
      lookup: async () => {
        most = Math.max(most, ++running);
        await Bun.sleep(5);
        running--;
        return ["127.0.0.1"];
      },
    });
    await Promise.all(Array.from({ length: 6 }, () => fetch(https("/"))));
    expect(most).toBe(2);
  });
});

describe("streaming", () => {
  test("passes headers, status and body both ways", async () => {
    const response = await toTestServer().stream(https("/echo"), {
      method: "POST",
      headers: { "content-type": "text/plain", "x-mine": "2" },
      body: new Blob(["one ", "two"]).stream(),
    });
    const echo = (await response.json()) as Record<string, unknown>;
    expect(echo).toMatchObject({ method: "POST", body: "one two" });
    expect(echo.headers).toMatchObject({ "x-mine": "2" });
  });

  test("leaves the encoding to the receiver", async () => {
    const response = await toTestServer().stream(https("/gzip?to=100"), {
      headers: { "accept-encoding": "gzip" },
    });
    expect(response.headers.get("content-encoding")).toBe("gzip");
    const body = Bun.gunzipSync(await response.bytes());
    expect(body.length).toBe(100);
  });

  test("does not follow redirects", async () => {
    const response = await toTestServer().stream(https("/loop"));
    expect(response.status).toBe(302);
  });

  test("ends a body that is too large, declared or not", async () => {
    const fetch = toTestServer();
    expect(await reasonOf(fetch.stream(https("/size?to=10001")))).toBe("size");
    const chunked = await fetch.stream(https("/chunked"));
    expect(await reasonOf(chunked.bytes())).toBe("size");
  });

  test("ends a body that falls silent, and headers that never come", async () => {
    const fetch = toTestServer();
    const silent = await fetch.stream(https("/silent"), { idleTimeoutMs: 50 });
    expect(await reasonOf(silent.bytes())).toBe("timeout");
    const never = fetch.stream(https("/never"), { timeoutMs: 100 });
    expect(await reasonOf(never)).toBe("timeout");
  });

  test("a slow but lively body outlives the time for headers", async () => {
    const response = await toTestServer().stream(https("/trickle"), {
      timeoutMs: 800,
      idleTimeoutMs: 10_000,
    });
    const reader = response.body!.getReader();
    const until = performance.now() + 1000;
    while (performance.now() < until) {
      expect((await reader.read()).done).toBe(false);
    }
    await reader.cancel();
  });
});
