import { beforeAll, describe, expect, test } from "bun:test";
import { expectRefused, createKeyPair, type RawClient } from "../raw-client.ts";
import {
  alice,
  bob,
  GET_SESSION,
  network,
  newClient,
  usePeople,
} from "./people-fixture.ts";

usePeople();

describe("an access token", () => {
  let client: RawClient;
  let token: string;
  beforeAll(async () => {
    client = newClient();
    ({ access_token: token } = await client.signIn(alice));
  });
  const url = () => `${network.url}/xrpc/${GET_SESSION}`;

  test("lets its application in, and no longer than 15 minutes", async () => {
    const tokens = await newClient().signIn(alice);
    expect(tokens.expires_in).toBeLessThanOrEqual(15 * 60);
    const { status, headers } = await client.call(GET_SESSION, token);
    expect(status).toBe(200);
    expect(headers.get("dpop-nonce")).toBeTruthy();
  });

  test("is no bearer token", async () => {
    const answer = await client.call(GET_SESSION, token, {
      scheme: "Bearer",
      proof: null,
    });
    expectRefused(answer, 400, "InvalidToken");
  });

  test("asks for a nonce in the words of the specification", async () => {
    const proof = client.proof({
      method: "GET",
      url: url(),
      accessToken: token,
      nonce: undefined,
    });
    const answer = await client.call(GET_SESSION, token, { proof });
    expectRefused(answer, 401, "use_dpop_nonce");
    expect(answer.headers.get("www-authenticate")).toContain(
      'error="use_dpop_nonce"',
    );
    expect(answer.headers.get("www-authenticate")).toStartWith("DPoP ");
    expect(answer.headers.get("dpop-nonce")).toBeTruthy();
    expect(answer.headers.get("access-control-expose-headers")).toContain(
      "DPoP-Nonce",
    );
  });

  const cases: [what: string, proof: () => string | null, error: string][] = [
    ["without a proof", () => null, "invalid_dpop_proof"],
    [
      "with another key",
      () =>
        client.proof({
          method: "GET",
          url: url(),
          accessToken: token,
          key: createKeyPair(),
        }),
      "invalid_token",
    ],
    [
      "with a proof for no token",
      () => client.proof({ method: "GET", url: url() }),
      "invalid_dpop_proof",
    ],
    [
      "with a proof for another token",
      () => client.proof({ method: "GET", url: url(), accessToken: "another" }),
      "invalid_dpop_proof",
    ],
    [
      "with a proof for another method",
      () =>
        client.proof({ method: "GET", url: `${url()}x`, accessToken: token }),
      "invalid_dpop_proof",
    ],
    [
      "with a proof for another verb",
      () => client.proof({ method: "POST", url: url(), accessToken: token }),
      "invalid_dpop_proof",
    ],
    [
      "with an old proof",
      () =>
        client.proof({
          method: "GET",
          url: url(),
          accessToken: token,
          claims: { iat: 1_000_000_000 },
        }),
      "invalid_dpop_proof",
    ],
  ];
  for (const [what, proof, error] of cases) {
    test(`${what} is refused`, async () => {
      const answer = await client.call(GET_SESSION, token, { proof: proof() });
      expectRefused(answer, 401, error);
      expect(answer.headers.get("www-authenticate")).toStartWith("DPoP");
    });
  }

  test("with a proof that was used is refused", async () => {
    const proof = client.proof({
      method: "GET",
      url: url(),
      accessToken: token,
    });
    expect((await client.call(GET_SESSION, token, { proof })).status).toBe(200);
    expectRefused(
      await client.call(GET_SESSION, token, { proof }),
      401,
      "invalid_dpop_proof",
    );
  });

  test("that was changed is refused", async () => {
    const [header, body, signature] = token.split(".") as [
      string,
      string,
      string,
    ];
    const claims = JSON.parse(Buffer.from(body, "base64url").toString());
    const forged = Buffer.from(
      JSON.stringify({ ...claims, sub: bob.did }),
    ).toString("base64url");
    expectRefused(
      await client.call(GET_SESSION, `${header}.${forged}.${signature}`),
      401,
      "invalid_token",
    );
  });

  test("of a password's session does not pass for one", async () => {
    const answer = await client.call(GET_SESSION, alice.accessJwt);
    expectRefused(answer, 401, "invalid_token");
  });

  test("ends when it is revoked, and with it the refresh token", async () => {
    const other = newClient();
    const tokens = await other.signIn(alice);
    const { status } = await other.post("/oauth/revoke", {
      token: tokens.access_token,
    });
    expect(status).toBe(200);
    expectRefused(
      await other.call(GET_SESSION, tokens.access_token),
      401,
      "invalid_token",
    );
    expectRefused(
      await other.refresh(tokens.refresh_token),
      400,
      "invalid_grant",
    );
  });

  test("is not revoked by who lacks its key, who is told so", async () => {
    expectRefused(
      await newClient().post("/oauth/revoke", { token }),
      400,
      "invalid_grant",
    );
    expectRefused(
      await client.post("/oauth/revoke", { token }, { proof: null }),
      401,
      "invalid_dpop_proof",
    );
    expect((await client.call(GET_SESSION, token)).status).toBe(200);
  });

  test("of nobody counts as revoked, whatever kind it is said to be", async () => {
    for (const other of ["a word", `${token}x`, `ref-${"0".repeat(64)}`]) {
      const { status } = await client.post("/oauth/revoke", { token: other });
      expect(status).toBe(200);
    }
    const other = newClient();
    const tokens = await other.signIn(alice);
    const { status } = await other.post("/oauth/revoke", {
      token: tokens.refresh_token,
      token_type_hint: "device_secret",
    });
    expect(status).toBe(200);
    expect((await other.call(GET_SESSION, tokens.access_token)).status).toBe(
      401,
    );
  });
});
