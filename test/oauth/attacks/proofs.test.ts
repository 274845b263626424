import { afterAll, beforeAll, describe, test } from "bun:test";
import { type Network, startNetwork } from "../../support/network.ts";
import {
  expectRefused,
  createKeyPair,
  createRawClient,
  type RawAnswer,
  type RawClient,
} from "../raw-client.ts";

/** The curve's base point. @see SEC 2 §2.4.1 */
const SECP256K1_KEY = {
  kty: "EC",
  crv: "secp256k1",
  x: "eb5mfvncu6xVoGKVzocLBwKb_NstzijZWfKBWxb4F5g",
  y: "SDradyajxGVdpPv8DhEIqP0XtEimhVQZnEfQj_sQ1Lg",
};

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network.stop());

const newClient = (scope?: string) => createRawClient(network.url, scope);

describe("a proof for the token endpoint", () => {
  const path = "/oauth/token";
  const fields = {
    grant_type: "refresh_token",
    refresh_token: `ref-${"0".repeat(64)}`,
  };
  async function tryProof(
    change: (client: RawClient, url: string) => string | null,
  ): Promise<RawAnswer> {
    const client = newClient();
    await client.post(path, fields); // to learn the nonce
    const proof = change(client, `${network.url}${path}`);
    return client.post(path, fields, { proof });
  }

  test("that is right gets as far as the token", async () => {
    const answer = await tryProof((client, url) =>
      client.proof({ method: "POST", url }),
    );
    expectRefused(answer, 400, "invalid_grant");
  });

  const cases: [
    what: string,
    change: (client: RawClient, url: string) => string | null,
    status: number,
    error: string,
  ][] = [
    ["none", () => null, 401, "invalid_dpop_proof"],
    [
      "without a nonce",
      (c, url) => c.proof({ method: "POST", url, nonce: undefined }),
      400,
      "use_dpop_nonce",
    ],
    [
      "with an invented nonce",
      (c, url) => c.proof({ method: "POST", url, nonce: "invented" }),
      400,
      "use_dpop_nonce",
    ],
    [
      "for another verb",
      (c, url) => c.proof({ method: "GET", url }),
      401,
      "invalid_dpop_proof",
    ],
    [
      "for another page",
      (c) => c.proof({ method: "POST", url: `${network.url}/oauth/par` }),
      401,
      "invalid_dpop_proof",
    ],
    [
      "for another host",
      (c) => c.proof({ method: "POST", url: `https://evil.example${path}` }),
      401,
      "invalid_dpop_proof",
    ],
    ...(
      [
        ["another port", (url) => url.replace(/:\d+/, ":1")],
        ["another scheme", (url) => url.replace("http:", "https:")],
        ["a page in other letters", (url) => url.replace("token", "TOKEN")],
        ["a page with two slashes", (url) => url.replace("/oauth", "//oauth")],
        ["a page below it", (url) => `${url}/x`],
        ["a user", (url) => url.replace("://", "://user@")],
        ["no whole address", (url) => new URL(url).pathname],
        ["a list of addresses", (url) => `${url} ${url}`],
      ] as [string, (url: string) => string][]
    ).map(([what, change]): (typeof cases)[number] => [
      `for ${what}`,
      (c, url) => c.proof({ method: "POST", url: change(url) }),
      401,
      "invalid_dpop_proof",
    ]),
    [
      "of an hour ago",
      (c, url) =>
        c.proof({
          method: "POST",
          url,
          claims: { iat: Math.floor(Date.now() / 1000) - 3600 },
        }),
      401,
      "invalid_dpop_proof",
    ],
    [
      "of an hour ahead",
      (c, url) =>
        c.proof({
          method: "POST",
          url,
          claims: { iat: Math.floor(Date.now() / 1000) + 3600 },
        }),
      401,
      "invalid_dpop_proof",
    ],
    [
      "without a time",
      (c, url) => c.proof({ method: "POST", url, claims: { iat: undefined } }),
      401,
      "invalid_dpop_proof",
    ],
    [
      "without an id",
      (c, url) => c.proof({ method: "POST", url, claims: { jti: undefined } }),
      401,
      "invalid_dpop_proof",
    ],
    [
      "of another type",
      (c, url) => c.proof({ method: "POST", url, header: { typ: "JWT" } }),
      401,
      "invalid_dpop_proof",
    ],
    [
      "without a key",
      (c, url) => c.proof({ method: "POST", url, header: { jwk: undefined } }),
      401,
      "invalid_dpop_proof",
    ],
    [
      "with the key of somebody else",
      (c, url) =>
        c.proof({
          method: "POST",
          url,
          header: { jwk: createKeyPair().publicJwk },
        }),
      401,
      "invalid_dpop_proof",
    ],
    [
      "by a curve that is not ours",
      (c, url) => {
        return c.proof({
          method: "POST",
          url,
          header: { alg: "ES256K", jwk: SECP256K1_KEY },
        });
      },
      401,
      "invalid_dpop_proof",
    ],
    [
      "that is not signed",
      (c, url) => c.proof({ method: "POST", url, header: { alg: "none" } }),
      401,
      "invalid_dpop_proof",
    ],
    [
      "with a secret for a key",
      (c, url) =>
        c.proof({
          method: "POST",
          url,
          header: { alg: "HS256", jwk: { kty: "oct", k: "c2VjcmV0" } },
        }),
      401,
      "invalid_dpop_proof",
    ],
    ["that is no JWT", () => "nonsense", 401, "invalid_dpop_proof"],
  ];
  for (const [what, change, status, error] of cases) {
    test(`${what} is refused`, async () => {
      expectRefused(await tryProof(change), status, error);
    });
  }

  test("that was used is refused", async () => {
    const client = newClient();
    await client.post(path, fields);
    const proof = client.proof({
      method: "POST",
      url: `${network.url}${path}`,
    });
    expectRefused(
      await client.post(path, fields, { proof }),
      400,
      "invalid_grant",
    );
    expectRefused(
      await client.post(path, fields, { proof }),
      401,
      "invalid_dpop_proof",
    );
  });
});
