import { row, type Row, type Section } from "../row.ts";
import type { Call } from "../side.ts";
import { SERVER } from "./names.ts";

const SIGN_IN = `${SERVER}.createSession`;
const DESCRIBE = `${SERVER}.describeServer`;
const LOGIN = JSON.stringify({
  identifier: "alice.test",
  password: "alice-password",
});

const body = (name: string, call: Call): Row =>
  row(`body ${name}`, SIGN_IN, call);
const path = (at: string, call: Call = {}): Row =>
  row(`${call.verb ?? "GET"} ${at}`, "", { ...call, path: at });
const host = (name: string): Row =>
  path("/.well-known/atproto-did", { headers: { host: name } });

const ORIGIN = { origin: "https://app.example" };
const PREFLIGHT: Call = {
  verb: "OPTIONS",
  headers: {
    ...ORIGIN,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,dpop,content-type",
  },
};

export const HTTP: Section = {
  name: "http",
  rows: [
    body("none", { verb: "POST" }),
    body("empty", { body: "" }),
    body("cut short", { body: "{" }),
    body("null", { body: "null" }),
    body("a list", { body: "[]" }),
    body("with a rest", { body: `${LOGIN}x` }),
    body("not in UTF-8", { body: Uint8Array.of(0x7b, 0x22, 0xff, 0x7d) }),
    body("of no type", { body: LOGIN, type: null }),
    body("of another type", { body: LOGIN, type: "text/plain" }),
    body("with a charset", {
      ...{ body: LOGIN, type: "application/json; charset=utf-8" },
    }),
    body("compressed", {
      body: Bun.gzipSync(Buffer.from(LOGIN)),
      headers: { "content-encoding": "gzip" },
    }),
    body("compressed in an odd way", {
      ...{ body: LOGIN, headers: { "content-encoding": "rot13" } },
    }),
    body("too large", { input: { identifier: "x".repeat(200_000) } }),
    ...["GET", "PUT", "DELETE", "HEAD"].map((verb) =>
      row(`${verb} of a procedure`, SIGN_IN, { verb }),
    ),
    ...["POST", "PUT", "HEAD"].map((verb) =>
      row(`${verb} of a query`, DESCRIBE, { verb }),
    ),
    row("query with a body", DESCRIBE, { verb: "GET", body: "{}" }),
    row("query with an unknown parameter", DESCRIBE, { params: { a: 1 } }),
    row("query of another origin", DESCRIBE, { headers: ORIGIN }),
    row("preflight", SIGN_IN, PREFLIGHT),
    row("preflight of what is unknown", "com.example.unknown", PREFLIGHT),
    row("unknown query", "com.example.unknown"),
    row("unknown procedure", "com.example.unknown", { input: {} }),
    row("stream without a socket", "com.atproto.sync.subscribeRepos"),
    path("/xrpc/"),
    path("/xrpc/x"),
    path(`/xrpc/${DESCRIBE}/`),
    path("/xrpc/com.atproto.server.describe_server"),
    path("/nothing"),
    path("/.well-known/oauth-protected-resource"),
    path("/.well-known/oauth-authorization-server"),
    path("/oauth/jwks"),
    path("/oauth/par", { input: {} }),
    path("/oauth/par", { body: "client_id=x", type: "text/plain" }),
    path("/oauth/token", { input: { grant_type: "x" } }),
    ...["alice.test", "nobody.test", "localhost"].map(host),
  ],
};
