import { afterEach, describe, expect, test } from "bun:test";
import { ALICE, startTestEdge, type TestEdge } from "#edge/edge-fixture.ts";

/** What one address can hold open at a time. */

let host: TestEdge;
afterEach(() => host.edge.stop(0));

const health = (init: RequestInit = {}) =>
  fetch(`${host.origin}/xrpc/_health`, init);
const from = (ip: string) => ({ headers: { "x-forwarded-for": ip } });

/** Calls that are not answered before `release`. */
async function holdCalls(count: number, headers: Record<string, string> = {}) {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<object>();
  let waiting = count;
  host.answer = () => {
    if (--waiting === 0) begun.resolve();
    return end.promise;
  };
  const calls = Array.from({ length: count }, () =>
    host.call("com.atproto.server.getSession", { token: "main", headers }),
  );
  await begun.promise;
  return async () => {
    end.resolve({ did: "did:web:a.test", handle: "a.test" });
    for (const call of calls) expect((await call).status).toBe(200);
  };
}

describe("requests under way", () => {
  test("are bounded for each address, with a word on when to try again", async () => {
    host = startTestEdge({ settings: { maxRequestsPerIp: 3 } });
    const release = await holdCalls(3);
    const refused = await health();
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(refused.headers.get("access-control-allow-origin")).toBe("*");
    expect(await refused.json()).toMatchObject({ error: "RateLimitExceeded" });
    await release();
    expect((await health()).status).toBe(200);
  });

  test("are counted for who is behind a proxy, not for the proxy", async () => {
    host = startTestEdge({ settings: { maxRequestsPerIp: 2 } });
    const busy = from("203.0.113.7");
    const release = await holdCalls(2, busy.headers);
    expect((await health(busy)).status).toBe(429);
    expect((await health(from("203.0.113.8"))).status).toBe(200);
    expect((await health()).status).toBe(200);
    await release();
  });

  test("of one IPv6 network count together", async () => {
    host = startTestEdge({ settings: { maxRequestsPerIp: 1 } });
    const release = await holdCalls(1, from("2001:db8:0:1::1").headers);
    expect((await health(from("2001:db8:0:1::2"))).status).toBe(429);
    expect((await health(from("2001:db8:0:2::1"))).status).toBe(200);
    await release();
  });

  test("of an address that is exempt are not", async () => {
    const rateLimitBypassIps = ["203.0.113.0/24"];
    const settings = { maxRequestsPerIp: 1, rateLimitBypassIps };
    host = startTestEdge({ settings });
    const release = await holdCalls(2, from("203.0.113.7").headers);
    expect((await health(from("203.0.113.7"))).status).toBe(200);
    await release();
  });

  test("a client that has gone gives its place back", async () => {
    host = startTestEdge({ settings: { maxRequestsPerIp: 1 } });
    const begun = Promise.withResolvers<void>();
    const end = Promise.withResolvers<object>();
    host.answer = () => {
      begun.resolve();
      return end.promise;
    };
    const gone = new AbortController();
    const call = fetch(`${host.origin}/xrpc/com.atproto.server.getSession`, {
      headers: { authorization: "Bearer main" },
      signal: gone.signal,
    });
    await begun.promise;
    gone.abort();
    await expect(call).rejects.toThrow();
    // The work itself goes on to its end, and counts as long.
    expect((await health()).status).toBe(429);
    end.resolve({});
    await Bun.sleep(0);
    expect((await health()).status).toBe(200);
  });
});

test("exports of one address are bounded until they are read", async () => {
  host = startTestEdge({ settings: { rateLimitsEnabled: true } });
  const open: ReadableStreamDefaultReader<Uint8Array>[] = [];
  host.answer = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1000)),
    });
  const getRepo = (ip: string) =>
    host.call("com.atproto.sync.getRepo", {
      query: `?did=${ALICE}`,
      ...from(ip),
    });
  for (let i = 0; i < 20; i++) {
    const { status, body } = await getRepo("203.0.113.7");
    expect(status).toBe(200);
    open.push(body!.getReader());
  }
  const refused = await getRepo("203.0.113.7");
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("5");
  const other = await getRepo("203.0.113.8");
  expect(other.status).toBe(200);
  await other.body!.cancel();
  await open[0]!.cancel();
  const startedMs = performance.now();
  let again = await getRepo("203.0.113.7");
  while (again.status === 429 && performance.now() - startedMs < 5000) {
    again = await getRepo("203.0.113.7");
  }
  expect(again.status).toBe(200);
  await again.body!.cancel();
  for (const reader of open.slice(1)) await reader.cancel();
});
