import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Network, startNetwork } from "../../support/network.ts";
import { createRawClient, hash } from "../raw-client.ts";

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network.stop());

const newClient = (scope?: string) => createRawClient(network.url, scope);

describe("a pushed request", () => {
  const cases: [
    what: string,
    changes: Record<string, string | undefined>,
    error: string,
  ][] = [
    [
      "without PKCE",
      { code_challenge: undefined, code_challenge_method: undefined },
      "invalid_request",
    ],
    [
      "with the plain method",
      { code_challenge_method: "plain" },
      "invalid_request",
    ],
    [
      "without a method, which means plain",
      { code_challenge_method: undefined },
      "invalid_request",
    ],
    [
      "for another place to go back to",
      { redirect_uri: "http://127.0.0.1/elsewhere" },
      "invalid_request",
    ],
    [
      "to go back to another host",
      { redirect_uri: "https://evil.example/callback" },
      "invalid_request",
    ],
    [
      "to go back to no address",
      { redirect_uri: "http://[" },
      "invalid_request",
    ],
    [
      "to go back to localhost by name",
      { redirect_uri: "http://localhost/callback" },
      "invalid_request",
    ],
    ["without atproto", { scope: "transition:generic" }, "invalid_scope"],
    ["for OpenID", { scope: "atproto openid" }, "invalid_scope"],
    [
      "for more than was declared",
      { scope: "atproto transition:generic repo:*" },
      "invalid_scope",
    ],
    [
      "for a token at once",
      { response_type: "token" },
      "unsupported_response_type",
    ],
    [
      "with a hint that is no name",
      { login_hint: "not a name" },
      "invalid_request",
    ],
    [
      "with the name of another",
      {
        request_uri: `urn:ietf:params:oauth:request_uri:req-${"0".repeat(32)}`,
      },
      "invalid_request",
    ],
    [
      "that is silent, of a public application",
      { prompt: "none" },
      "invalid_request",
    ],
    [
      "for another key than the proof's",
      { dpop_jkt: hash("another key") },
      "invalid_token",
    ],
  ];
  for (const [what, changes, error] of cases) {
    test(`${what} is refused`, async () => {
      const answer = await newClient().push(changes);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect({ what, error: answer.body.error }).toEqual({ what, error });
    });
  }

  test("is made with POST only", async () => {
    const { status } = await fetch(`${network.url}/oauth/par`);
    expect(status).toBe(405);
  });

  test("names no field twice", async () => {
    const body =
      "client_id=http%3A%2F%2Flocalhost&client_id=http%3A%2F%2Flocalhost%3Fa";
    const response = await fetch(`${network.url}/oauth/par`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: "invalid_request" });
  });

  test("may have fields without a value, which count as left out", async () => {
    const left = ["prompt", "login_hint", "ui_locales", "nonce", "claims"];
    const empty = Object.fromEntries(left.map((name) => [name, ""]));
    expect((await newClient().push(empty)).status).toBe(201);
    const { body } = await newClient().push({ code_challenge: "" });
    expect(body.error).toBe("invalid_request");
  });

  test("is of a bounded size", async () => {
    for (const type of [
      "application/json",
      "application/x-www-form-urlencoded",
    ]) {
      const response = await fetch(`${network.url}/oauth/par`, {
        method: "POST",
        headers: { "content-type": type },
        body: "x".repeat(100_000),
      });
      expect(response.status).toBe(413);
    }
  });

  for (const clientId of [
    "https://127.0.0.1/client.json",
    "https://localhost/client.json",
    "https://10.0.0.1/client.json",
    "https://[::1]/client.json",
    "https://169.254.169.254/latest/meta-data",
    "http://app.example/client.json",
    "https://app.example:8443/client.json",
    "https://app.example",
    "did:web:app.example",
    "http://localhost/path",
    "http://127.0.0.1",
  ]) {
    test(`of ${clientId} is refused`, async () => {
      const answer = await newClient().push({}, { clientId });
      expect(answer.status).toBe(400);
      expect(answer.body.error).toStartWith("invalid_");
    });
  }
});
