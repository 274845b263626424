import { connect } from "node:net";
import type { Random } from "../support/random.ts";
import { damageText } from "./texts.ts";

/** Requests as bytes, most of which no client library would send. */

const UNITS = [
  "\r\n",
  "\r\n\r\n",
  "\n",
  "\r",
  " ",
  "\t",
  ":",
  ";",
  ",",
  "\0",
  "%00",
  "%",
  "HTTP/1.1",
  "Transfer-Encoding: chunked\r\n",
  "Content-Length: 5\r\n",
  "Content-Length: -1\r\n",
  "Content-Length: 99999999999999999999\r\n",
  "Content-Encoding: gzip\r\n",
  "Expect: 100-continue\r\n",
  "Connection: upgrade\r\nUpgrade: websocket\r\n",
  "Host: \u00ff\r\n",
  "Authorization: DPoP a.b.c\r\n",
  "Range: bytes=0-\r\n",
  "5\r\nhello\r\n0\r\n\r\n",
  "x".repeat(9000),
];

interface Words {
  did: string;
  token: string;
}

/** Whole requests of every kind of route. */
export function examplesOf({ did, token }: Words): string[] {
  const bearer = `Authorization: Bearer ${token}`;
  const dpop =
    "Authorization: DPoP eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.AA\r\n" +
    "DPoP: eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2In0.eyJqdGkiOiJ4In0.AA";
  const form = "grant_type=authorization_code&code=x&client_id=x";
  const json = JSON.stringify({ repo: did, collection: "a.b.c", record: {} });
  const get = (target: string, ...headers: string[]) =>
    request(`GET ${target} HTTP/1.1`, headers, "");
  const post = (target: string, body: string, ...headers: string[]) =>
    request(
      `POST ${target} HTTP/1.1`,
      [`Content-Length: ${body.length}`, ...headers],
      body,
    );
  const formType = "Content-Type: application/x-www-form-urlencoded";
  const jsonType = "Content-Type: application/json";
  return [
    get("/"),
    get("/xrpc/_health"),
    get("/robots.txt", "Range: bytes=0-3"),
    get("/tls-check?domain=alice.test"),
    get("/.well-known/atproto-did", "X-Forwarded-For: 203.0.113.7"),
    get("/.well-known/did.json"),
    get("/.well-known/oauth-authorization-server"),
    get("/oauth/jwks", "If-None-Match: *"),
    get(`/oauth/authorize?client_id=x&request_uri=y`, "Cookie: a=b; c=%"),
    post("/oauth/par", form, formType, dpop),
    post("/oauth/token", form, formType, dpop),
    post("/oauth/revoke", "token=x", formType),
    post("/oauth/authorize/sign-in", "username=x&password=y", formType),
    get("/xrpc/com.atproto.server.getSession", bearer),
    get("/xrpc/com.atproto.server.getSession", dpop),
    get("/xrpc/com.atproto.server.getSession", "Authorization: Basic YTpi"),
    get(`/xrpc/com.atproto.repo.listRecords?repo=${did}&collection=a.b.c`),
    get(`/xrpc/com.atproto.sync.getRepo?did=${did}&since=3jzfcijpj2z2a`),
    get("/xrpc/app.bsky.feed.getTimeline?limit=1", bearer),
    get(
      "/xrpc/com.example.unknown.method",
      bearer,
      "Atproto-Proxy: did:web:localhost#x",
    ),
    get(
      "/xrpc/com.atproto.sync.subscribeRepos?cursor=0",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ),
    post("/xrpc/com.atproto.repo.createRecord", json, bearer, jsonType),
    post(
      "/xrpc/com.atproto.repo.uploadBlob",
      "abc",
      bearer,
      "Content-Type: a/b",
    ),
    post(
      "/xrpc/com.atproto.repo.importRepo",
      "abc",
      bearer,
      "Content-Type: application/vnd.ipld.car",
    ),
    request(
      "POST /xrpc/com.atproto.server.createSession HTTP/1.1",
      ["Transfer-Encoding: chunked", jsonType],
      "2\r\n{}\r\n0\r\n\r\n",
    ),
    request(
      "OPTIONS /xrpc/com.atproto.repo.createRecord HTTP/1.1",
      [
        "Origin: https://example.com",
        "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: authorization,dpop",
      ],
      "",
    ),
    request("HEAD http://localhost/xrpc/_health HTTP/1.0", [], ""),
  ];
}

function request(line: string, headers: readonly string[], body: string) {
  const head = [line, "Host: localhost", ...headers].join("\r\n");
  return `${head}\r\n\r\n${body}`;
}

export function damageRequest(
  random: Random,
  examples: readonly string[],
): string {
  return damageText(random, examples, UNITS);
}

export type RawAnswer =
  | { kind: "answered"; status: number; saysWhenAgain: boolean }
  | { kind: "closed" }
  /** Nothing came: the server waits for the rest. */
  | { kind: "silent" };

/** Longer than any answer here takes when the machine is busy. */
const PATIENCE_MS = 1500;

/** Sends bytes over a connection of their own and waits for the head of an answer. */
export function sendRaw(port: number, text: string): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let received = "";
    const socket = connect(port, "127.0.0.1");
    const end = (answer: RawAnswer) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end({ kind: "silent" }), PATIENCE_MS);
    socket.on("connect", () => socket.write(Buffer.from(text, "latin1")));
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      const match = /^HTTP\/1\.1 (\d{3})[^]*?\r\n\r\n/.exec(received);
      if (match === null) return;
      const status = Number(match[1]);
      const saysWhenAgain = /^retry-after: \d+\r$/im.test(match[0]);
      // What follows 100 is the answer.
      if (status !== 100) end({ kind: "answered", status, saysWhenAgain });
      else received = received.slice(match[0].length);
    });
    socket.on("error", () => end({ kind: "closed" }));
    socket.on("close", () => end({ kind: "closed" }));
  });
}
