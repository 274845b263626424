import { expect, test } from "bun:test";
import { useWorld } from "./scenario.ts";

/** Paths that lead to no method of this server. */

const useIt = useWorld();

interface Told {
  status: number;
  error: string;
}

async function ask(path: string, init: RequestInit = {}): Promise<Told> {
  const response = await fetch(`${useIt().network.url}${path}`, init);
  const { error } = (await response.json()) as { error: string };
  return { status: response.status, error };
}

const bearer = () => ({
  headers: { authorization: `Bearer ${useIt().tokens.alice}` },
});

test.each([
  ["/xrpc/", 400, "InvalidRequest"],
  ["/xrpc/nothing", 400, "InvalidRequest"],
  ["/xrpc/com.atproto", 400, "InvalidRequest"],
  ["/xrpc/com.atproto.server.describeServer/more", 400, "InvalidRequest"],
  ["/xrpc/com.atproto.server..x", 400, "InvalidRequest"],
  [`/xrpc/${"a".repeat(300)}.b.c`, 400, "InvalidRequest"],
  ["/xrpc/com.example.unknown", 501, "MethodNotImplemented"],
  ["/xrpc/app.bsky.feed.getPosts", 501, "MethodNotImplemented"],
  ["/nothing", 404, "NotFound"],
  ["/xrpc", 400, "InvalidRequest"],
])("%s answers %d %s", async (path, status, error) => {
  expect(await ask(path)).toEqual({ status, error });
});

test("a method of others, where no service is configured, is refused", async () => {
  for (const method of ["app.bsky.feed.getPosts", "com.example.unknown"]) {
    const told = await ask(`/xrpc/${method}`, bearer());
    expect(told).toEqual({ status: 400, error: "InvalidRequest" });
  }
});

test.each([
  ["did:web:api.example.com", "no service"],
  ["#bsky_appview", "no DID"],
  ["did:web:api.example.com#a#b", "two services"],
  ["did:web:api.example.com #a", "a space"],
  ["nonsense", "neither"],
  ["did:web:api.example.com#", "an empty service"],
])("atproto-proxy %s, with %s, is refused", async (header) => {
  const { headers } = bearer();
  const told = await ask("/xrpc/app.bsky.feed.getPosts", {
    headers: { ...headers, "atproto-proxy": header },
  });
  expect(told).toEqual({ status: 400, error: "InvalidRequest" });
});

test("a protected method is answered here, whatever service is named", async () => {
  const { headers } = bearer();
  const told = await ask("/xrpc/com.atproto.server.getSession", {
    headers: { ...headers, "atproto-proxy": "did:web:api.example.com#x" },
  });
  expect(told.status).toBe(200);
});

test("a slash at the end and a HEAD request do no harm", async () => {
  const { url } = useIt().network;
  const method = `${url}/xrpc/com.atproto.server.describeServer`;
  expect((await fetch(`${method}/`)).status).toBe(200);
  const head = await fetch(method, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});

test("a stream of events is no method", async () => {
  const path = "/xrpc/com.atproto.sync.subscribeRepos";
  expect(await ask(path)).toEqual({ status: 426, error: "UpgradeRequired" });
  expect(await ask(path, { method: "POST" })).toEqual({
    status: 405,
    error: "MethodNotAllowed",
  });
});
