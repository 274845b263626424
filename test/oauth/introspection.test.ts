import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import {
  assertion,
  CLIENT_ID,
  createKeyPair,
  createStage,
  type KeyPair,
  metadata,
  REDIRECT_URI,
  requestFields,
  RESOURCE_SECRET,
  type Stage,
} from "./confidential-fixture.ts";

/** What tokens are worth, and who is told. */

const OTHER_ID = "https://other.somewhere.dev/client.json";
let keys: { client: KeyPair; other: KeyPair; proof: KeyPair };
let stage: Stage;
let tokens: { access_token: string; refresh_token: string };

beforeEach(async () => {
  keys = {
    client: createKeyPair(),
    other: createKeyPair(),
    proof: createKeyPair(),
  };
  const other = metadata([keys.other], { client_id: OTHER_ID });
  stage = await createStage({
    [CLIENT_ID]: { body: metadata([keys.client]) },
    [OTHER_ID]: { body: other },
    "https://public.somewhere.dev/client.json": {
      body: metadata([], {
        client_id: "https://public.somewhere.dev/client.json",
        token_endpoint_auth_method: "none",
        ...{ token_endpoint_auth_signing_alg: undefined, jwks: undefined },
      }),
    },
  });
  tokens = await signIn();
});
afterEach(() => stage.close());

async function signIn() {
  const verifier = randomBytes(32).toString("base64url");
  const key = keys.proof;
  const fields = { ...requestFields(verifier), ...assertion(keys.client) };
  const pushed = await stage.post("pushRequest", { fields, key });
  const code = await stage.allow(pushed.body.request_uri);
  const { body } = await stage.post("exchangeToken", {
    key,
    fields: {
      ...{ grant_type: "authorization_code", redirect_uri: REDIRECT_URI },
      ...{ code, code_verifier: verifier },
      ...assertion(keys.client),
    },
  });
  return body;
}

const basic = (name: string, secret: string) =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`;
const ask = (
  token: string,
  {
    authorization = null,
    ...fields
  }: { authorization?: string | null } & Record<string, string | null> = {},
) =>
  stage.post("introspectToken", {
    fields: { token, ...(fields as Record<string, string>) },
    key: null,
    authorization,
  });
const service = { authorization: basic("feeds", RESOURCE_SECRET) };
const otherClient = () => ({
  client_id: OTHER_ID,
  ...assertion(keys.other, { claims: { iss: OTHER_ID, sub: OTHER_ID } }),
});

describe("a resource server of ours", () => {
  test("is told whose a token is, what for, and to which key it is bound", async () => {
    const { status, body } = await ask(tokens.access_token, service);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ active: true, client_id: CLIENT_ID, token_type: "DPoP" },
      ...{ iss: "https://pds.example", aud: "did:web:pds.example" },
      sub: "did:plc:alicealicealicealicealic",
      scope: "atproto transition:generic",
      cnf: { jkt: expect.any(String) },
    });
    const lifeSec = body.exp - body.iat;
    expect(lifeSec).toBeGreaterThan(0);
    expect(lifeSec).toBeLessThanOrEqual(900);
  });

  test.each([
    ["a refresh token", () => tokens.refresh_token],
    ["what is no token", () => "x"],
    [
      "a token that was changed",
      () => `${tokens.access_token.slice(0, -3)}AAA`,
    ],
    [
      "a token of no signature",
      () => `${tokens.access_token.split(".", 2).join(".")}.`,
    ],
    ["a code", () => "cod-0123456789"],
  ])("is told nothing of %s", async (_what, make) => {
    const { status, body } = await ask(make(), service);
    expect({ status, body }).toEqual({ status: 200, body: { active: false } });
  });

  test("is told nothing of one that was revoked, replaced, or whose account rests", async () => {
    const replaced = tokens.access_token;
    const next = await stage.post("exchangeToken", {
      key: keys.proof,
      fields: {
        ...{ grant_type: "refresh_token", refresh_token: tokens.refresh_token },
        ...assertion(keys.client),
      },
    });
    expect((await ask(replaced, service)).body).toEqual({ active: false });
    const token = next.body.access_token;
    expect((await ask(token, service)).body.active).toBe(true);
    const did = "did:plc:alicealicealicealicealic" as never;
    stage.db.accounts.update(did, { deactivatedAtMs: 1 });
    expect((await ask(token, service)).body).toEqual({ active: false });
    stage.db.accounts.update(did, { deactivatedAtMs: null });
    await stage.post("revokeToken", {
      key: keys.proof,
      fields: { token, ...assertion(keys.client) },
    });
    expect((await ask(token, service)).body).toEqual({ active: false });
  });
});

describe("an application that proves who it is", () => {
  test("is told of its own tokens", async () => {
    const proof = assertion(keys.client);
    const { body } = await ask(tokens.access_token, proof);
    expect(body).toMatchObject({ active: true, client_id: CLIENT_ID });
  });

  test("is told of no others: they look like none", async () => {
    const { status, body } = await ask(tokens.access_token, otherClient());
    expect({ status, body }).toEqual({ status: 200, body: { active: false } });
  });
});

test.each([
  ["nobody", {}],
  ["a wrong secret", { authorization: basic("feeds", "x") }],
  ["a wrong name", { authorization: basic("x", RESOURCE_SECRET) }],
  ["no secret", { authorization: basic("feeds", "") }],
  ["a bearer token", { authorization: `Bearer ${RESOURCE_SECRET}` }],
  [
    "an application that proves nothing",
    { client_id: "https://public.somewhere.dev/client.json" },
  ],
])("%s is refused", async (_who, given) => {
  const { status, body } = await ask(tokens.access_token, given as never);
  expect([status, body.error]).toEqual([401, "invalid_client"]);
});

test("the metadata says what works, and nothing that does not", () => {
  const told = stage.engine.metadata() as Record<string, unknown>;
  expect(told).toMatchObject({
    introspection_endpoint: "https://pds.example/oauth/introspect",
    introspection_endpoint_auth_methods_supported: [
      "client_secret_basic",
      "private_key_jwt",
    ],
    require_pushed_authorization_requests: true,
    authorization_response_iss_parameter_supported: true,
    code_challenge_methods_supported: ["S256"],
    scopes_supported: expect.arrayContaining(["atproto"]),
    response_modes_supported: ["query", "fragment", "form_post"],
    prompt_values_supported: expect.arrayContaining(["none", "create"]),
  });
  for (const [name, value] of Object.entries(told)) {
    if (!name.includes("alg")) continue;
    expect(value).not.toContain("none");
    expect(value).not.toContain("ES256K");
  }
});
