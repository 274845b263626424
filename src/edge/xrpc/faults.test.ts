import { afterAll, describe, expect, test } from "bun:test";
import { ALICE, type CallInit, startTestEdge } from "#edge/edge-fixture.ts";

const host = startTestEdge();
afterAll(() => host.edge.stop(0));

const record = { repo: ALICE, collection: "a.b.c", record: {} };
const nested = (depth: number): unknown => {
  let value: unknown = {};
  for (let i = 0; i < depth; i++) value = { a: value };
  return value;
};

// prettier-ignore
const faults: [about: string, nsid: string, init: CallInit, status: number, error: string][] = [
  ["not an NSID", "foo", {}, 400, "InvalidRequest"],
  ["an empty NSID", "", {}, 400, "InvalidRequest"],
  ["a path in the NSID", "com.atproto.repo/x", {}, 400, "InvalidRequest"],
  ["an unknown method, nobody", "com.example.foo", {}, 501, "MethodNotImplemented"],
  ["an unknown method, no service", "com.example.foo", { token: "main" }, 400, "InvalidRequest"],
  ["POST of a query", "com.atproto.sync.listRepos", { method: "POST" }, 400, "InvalidRequest"],
  ["GET of a procedure", "com.atproto.repo.createRecord", {}, 400, "InvalidRequest"],
  ["PUT", "com.atproto.repo.createRecord", { method: "PUT" }, 400, "InvalidRequest"],
  ["wrong verb of a method of others", "app.bsky.feed.getTimeline", { method: "POST", token: "main" }, 400, "InvalidRequest"],
  ["a missing parameter", "com.atproto.sync.getRepo", {}, 400, "InvalidRequest"],
  ["a malformed DID", "com.atproto.sync.getRepo", { query: "?did=alice" }, 400, "InvalidRequest"],
  ["no integer", "com.atproto.sync.listRepos", { query: "?limit=many" }, 400, "InvalidRequest"],
  ["half an integer", "com.atproto.sync.listRepos", { query: "?limit=1.5" }, 400, "InvalidRequest"],
  ["too small an integer", "com.atproto.sync.listRepos", { query: "?limit=0" }, 400, "InvalidRequest"],
  ["too large an integer", "com.atproto.sync.listRepos", { query: "?limit=1001" }, 400, "InvalidRequest"],
  ["an endless integer", "com.atproto.sync.listRepos", { query: `?limit=${"9".repeat(400)}` }, 400, "InvalidRequest"],
  ["one parameter twice", "com.atproto.sync.getRepo", { query: `?did=${ALICE}&did=${ALICE}` }, 400, "InvalidRequest"],
  ["no boolean", "com.atproto.repo.listRecords", { query: `?repo=${ALICE}&collection=a.b.c&reverse=maybe` }, 400, "InvalidRequest"],
  ["no JSON", "com.atproto.server.createSession", { body: "{", headers: { "content-type": "application/json" } }, 400, "InvalidRequest"],
  ["JSON that is no object", "com.atproto.server.createSession", { json: [] }, 400, "InvalidRequest"],
  ["JSON null", "com.atproto.server.createSession", { json: null }, 400, "InvalidRequest"],
  ["input without a property", "com.atproto.server.createSession", { json: { identifier: "a" } }, 400, "InvalidRequest"],
  ["input of a wrong type", "com.atproto.server.createSession", { json: { identifier: 1, password: "b" } }, 400, "InvalidRequest"],
  ["no body", "com.atproto.server.createSession", { method: "POST" }, 400, "InvalidRequest"],
  ["an empty body", "com.atproto.server.createSession", { body: "", headers: { "content-type": "application/json" } }, 400, "InvalidRequest"],
  ["no content type", "com.atproto.server.createSession", { body: new Blob(["{}"]) }, 400, "InvalidRequest"],
  ["a wrong content type", "com.atproto.server.createSession", { body: "a=b", headers: { "content-type": "text/plain" } }, 400, "InvalidRequest"],
  ["bytes that are no UTF-8", "com.atproto.server.createSession", { body: Uint8Array.of(0x22, 0xff, 0x22), headers: { "content-type": "application/json" } }, 400, "InvalidRequest"],
  ["a body that nobody wants", "com.atproto.server.refreshSession", { json: {}, token: "r" }, 400, "InvalidRequest"],
  ["an unknown content encoding", "com.atproto.server.createSession", { json: {}, headers: { "content-encoding": "br" } }, 415, "UnsupportedMediaType"],
  ["gzip that is none", "com.atproto.server.createSession", { json: {}, headers: { "content-encoding": "gzip" } }, 400, "InvalidRequest"],
  ["JSON above 150 KiB", "com.atproto.server.createSession", { json: { a: "a".repeat(160_000) } }, 413, "PayloadTooLarge"],
  ["a record above 1 MB", "com.atproto.repo.createRecord", { json: { a: "a".repeat(1_000_001) }, token: "main" }, 413, "PayloadTooLarge"],
  ["JSON too deep", "com.atproto.repo.createRecord", { json: { ...record, record: nested(200) }, token: "main" }, 400, "InvalidRequest"],
  ["arrays too deep", "com.atproto.repo.createRecord", { body: "[".repeat(70_000) + "]".repeat(70_000), headers: { "content-type": "application/json" }, token: "main" }, 400, "InvalidRequest"],
  ["no authorization", "com.atproto.server.getSession", {}, 401, "AuthMissing"],
  ["another scheme", "com.atproto.server.getSession", { headers: { authorization: "Digest abc" } }, 400, "InvalidToken"],
  ["a header that is no credential", "com.atproto.sync.getRepo", { query: `?did=${ALICE}`, headers: { authorization: "nonsense" } }, 400, "InvalidToken"],
  ["Basic where a session is needed", "com.atproto.server.getSession", { headers: { authorization: "Basic YTpi" } }, 400, "InvalidToken"],
  ["an expired token", "com.atproto.server.getSession", { token: "expired" }, 400, "ExpiredToken"],
  ["a forged token", "com.atproto.server.getSession", { token: "forged" }, 400, "InvalidToken"],
  ["an endless token", "com.atproto.server.getSession", { token: "x".repeat(9000) }, 400, "InvalidToken"],
  ["a forged token where none is needed", "com.atproto.sync.getRepo", { query: `?did=${ALICE}`, token: "forged" }, 400, "InvalidToken"],
  ["a wrong scope", "com.atproto.repo.createRecord", { json: record, token: "leaving" }, 400, "InvalidToken"],
  ["an app password for the owner only", "com.atproto.server.createAppPassword", { json: { name: "x" }, token: "app" }, 400, "InvalidToken"],
  ["a session for the operator only", "com.atproto.server.createInviteCode", { json: { useCount: 1 }, token: "main" }, 401, "AuthenticationRequired"],
  ["a wrong operator", "com.atproto.server.createInviteCode", { json: { useCount: 1 }, headers: { authorization: `Basic ${btoa("admin:wrong")}` } }, 401, "AuthenticationRequired"],
  ["no operator", "com.atproto.server.createInviteCode", { json: { useCount: 1 } }, 401, "AuthMissing"],
  ["no refresh token", "com.atproto.server.refreshSession", { method: "POST" }, 401, "AuthMissing"],
  ["a blob without a type", "com.atproto.repo.uploadBlob", { body: new Blob(["x"]), token: "main" }, 400, "InvalidRequest"],
  ["a blob above the limit", "com.atproto.repo.uploadBlob", { body: new Uint8Array(2_000_001), headers: { "content-type": "image/png" }, token: "main" }, 413, "PayloadTooLarge"],
  ["an unknown handle", "com.atproto.identity.resolveHandle", { query: "?handle=nobody.test" }, 400, "HandleNotFound"],
];

describe("faults of input", () => {
  for (const [about, nsid, init, status, error] of faults) {
    test(about, async () => {
      const response = await host.call(nsid, init);
      const body = (await response.json()) as Record<string, unknown>;
      expect({ status: response.status, error: body.error }).toEqual({
        status,
        error,
      });
      expect(typeof body.message).toBe("string");
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(host.calls).toEqual([]);
    });
  }
});
