import { randomBytes } from "node:crypto";
import { JoseKey, Keyset } from "@atproto/oauth-client-node";
import {
  afterEach,
  beforeEach,
  describe,
  expect,
  setSystemTime,
  test,
} from "bun:test";
import {
  assertion,
  CLIENT_ID,
  createKeyPair,
  createStage,
  type Document,
  type KeyPair,
  metadata,
  publicKeyOf,
  REDIRECT_URI,
  requestFields,
  type Stage,
} from "./confidential-fixture.ts";

const KEYS_URL = "https://app.somewhere.dev/keys.json";

let clientKey: KeyPair;
let proofKey: KeyPair;
let stage: Stage;
beforeEach(() => {
  clientKey = createKeyPair();
  proofKey = createKeyPair();
});
afterEach(() => {
  setSystemTime();
  stage.close();
});

const newVerifier = () => randomBytes(32).toString("base64url");

async function open(document: Partial<Document> & { changes?: object } = {}) {
  const { changes, ...rest } = document;
  stage = await createStage({
    [CLIENT_ID]: { body: metadata([clientKey], changes), ...rest },
    [KEYS_URL]: { body: { keys: [publicKeyOf(clientKey)] } },
  });
}

function push(given: Record<string, string>, key: KeyPair | null = proofKey) {
  const fields = { ...requestFields(newVerifier()), ...given };
  return stage.post("pushRequest", { fields, key });
}

/** All the way to the tokens. */
async function signIn() {
  const verifier = newVerifier();
  const fields = { ...requestFields(verifier), ...assertion(clientKey) };
  const pushed = await stage.post("pushRequest", { fields, key: proofKey });
  expect(pushed.status).toBe(201);
  const code = await stage.allow(pushed.body.request_uri);
  return stage.post("exchangeToken", {
    key: proofKey,
    fields: {
      grant_type: "authorization_code",
      redirect_uri: REDIRECT_URI,
      code,
      code_verifier: verifier,
      ...assertion(clientKey),
    },
  });
}

function refresh(token: string, given: Record<string, string>) {
  const fields = { grant_type: "refresh_token", refresh_token: token };
  return stage.post("exchangeToken", {
    fields: { ...fields, ...given },
    key: proofKey,
  });
}

describe("an application that proves who it is", () => {
  test("gets tokens and refreshes them", async () => {
    await open();
    const { status, body } = await signIn();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      token_type: "DPoP",
      scope: "atproto transition:generic",
    });
    const next = await refresh(body.refresh_token, assertion(clientKey));
    expect(next.status).toBe(200);
    expect(next.body.refresh_token).not.toBe(body.refresh_token);
  });

  test.each([
    ["application/json; charset=utf-8", 200],
    ["application/jwk-set+json", 200],
    ["text/html", 400],
  ])("may publish its keys elsewhere, as %s: %d", async (type, status) => {
    const changes = { jwks: undefined, jwks_uri: KEYS_URL };
    stage = await createStage({
      [CLIENT_ID]: { body: metadata([clientKey], changes) },
      [KEYS_URL]: { body: { keys: [publicKeyOf(clientKey)] }, type },
    });
    if (status === 200) expect((await signIn()).status).toBe(200);
    const answer = await push(assertion(clientKey));
    expect(stage.fetched.map(({ href }) => href)).toContain(KEYS_URL);
    if (status === 200) return;
    expect(answer.body.error_uri).toEndWith("#keys-found");
  });

  test.each(["in the description", "at a place of their own"])(
    "may publish its keys %s as the official library does",
    async (place) => {
      const jwk = clientKey.privateKey.export({ format: "jwk" });
      const key = await JoseKey.fromJWK({ ...jwk, kid: "key-0" });
      const jwks = new Keyset([key]).publicJwks;
      expect(jwks.keys[0]!.key_ops).toContain("encrypt");
      const isElsewhere = place === "at a place of their own";
      const keys = isElsewhere ? { jwks_uri: KEYS_URL } : { jwks };
      const changes = { jwks: undefined, ...keys };
      stage = await createStage({
        [CLIENT_ID]: { body: metadata([clientKey], changes) },
        [KEYS_URL]: { body: jwks },
      });
      expect((await signIn()).status).toBe(200);
    },
  );

  test.each([
    ["kept for a while", 400, {}],
    ["read anew each time in development", 201, { isDevelopment: true }],
  ])("is %s, also when its key changes", async (_, expected, given) => {
    const document = { body: metadata([clientKey]) };
    stage = await createStage({ [CLIENT_ID]: document }, {}, given);
    expect((await push(assertion(clientKey))).status).toBe(201);
    const later = createKeyPair();
    document.body = metadata([later]);
    expect((await push(assertion(later))).status).toBe(expected);
  });

  test("is read without following redirects, and in bounds", async () => {
    await open();
    await push(assertion(clientKey));
    expect(stage.fetched).not.toBeEmpty();
    for (const { options } of stage.fetched) {
      expect(options.redirect).toBe("error");
      expect(options.maxBytes).toBeLessThanOrEqual(512 * 1024);
    }
  });

  test("may have a clock that is half a minute ahead", async () => {
    await open();
    const aheadSec = Math.floor(Date.now() / 1000) + 30;
    const claims = { iat: aheadSec, exp: aheadSec + 60 };
    expect((await push(assertion(clientKey, { claims }))).status).toBe(201);
    const endless = assertion(clientKey, { claims: { exp: 1e16 } });
    expect((await push(endless)).status).toBe(201);
    const forged = assertion(createKeyPair(), { claims });
    expect((await push(forged)).status).toBe(400);
  });

  test("may not sign proofs with the key of its assertions", async () => {
    await open();
    const answer = await push(assertion(clientKey), clientKey);
    expect(answer).toMatchObject({
      status: 400,
      body: { error: "invalid_client" },
    });
  });

  test("is refused, but stays signed in, when another of its keys refreshes", async () => {
    const second = createKeyPair();
    stage = await createStage({
      [CLIENT_ID]: { body: metadata([clientKey, second]) },
    });
    const { body } = await signIn();
    const other = assertion(second, { header: { kid: "key-1" } });
    const refused = await refresh(body.refresh_token, other);
    expect(refused).toMatchObject({
      status: 400,
      body: { error: "invalid_grant" },
    });
    expect(
      (await refresh(body.refresh_token, assertion(clientKey))).status,
    ).toBe(200);
  });

  test("revokes nothing without proving who it is, and is told so", async () => {
    await open();
    const { body } = await signIn();
    const revoke = (given: Record<string, string>) =>
      stage.post("revokeToken", {
        fields: { token: body.access_token, ...given },
        key: proofKey,
      });
    for (const given of [{}, assertion(createKeyPair())]) {
      const { status, body: told } = await revoke(given);
      expect(status).toBe(400);
      expect(told.error).toBeOneOf(["invalid_client", "invalid_request"]);
    }
    const next = await refresh(body.refresh_token, assertion(clientKey));
    expect(next.status).toBe(200);
    const { access_token: token } = next.body;
    const done = await revoke({ token, ...assertion(clientKey) });
    expect(done).toMatchObject({ status: 200 });
    const late = await refresh(next.body.refresh_token, assertion(clientKey));
    expect(late.status).toBe(400);
  });

  test("signs out with an access token that has expired", async () => {
    await open();
    const { body } = await signIn();
    setSystemTime(Date.now() + 20 * 60_000);
    // The nonce has grown old as well.
    await push(assertion(clientKey));
    const fields = { token: body.access_token, ...assertion(clientKey) };
    const { status } = await stage.post("revokeToken", {
      ...{ fields, key: proofKey },
    });
    expect(status).toBe(200);
    const late = await refresh(body.refresh_token, assertion(clientKey));
    expect(late.body.error).toBe("invalid_grant");
  });

  test("cannot leave the proof away later", async () => {
    await open();
    const { body } = await signIn();
    const answer = await refresh(body.refresh_token, {});
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(
      (await refresh(body.refresh_token, assertion(clientKey))).status,
    ).toBe(200);
  });
});

describe("an assertion is refused", () => {
  const nowSec = () => Math.floor(Date.now() / 1000);
  const cases: [what: string, make: () => Record<string, string>][] = [
    ["that is missing", () => ({})],
    [
      "for another server",
      () => assertion(clientKey, { claims: { aud: "https://other.example" } }),
    ],
    [
      "of another application",
      () =>
        assertion(clientKey, {
          claims: { iss: "https://evil.example/client.json" },
        }),
    ],
    [
      "about another application",
      () =>
        assertion(clientKey, {
          claims: { sub: "https://evil.example/client.json" },
        }),
    ],
    ["by an unknown key", () => assertion(createKeyPair())],
    [
      "that names no key",
      () => assertion(clientKey, { header: { kid: undefined } }),
    ],
    [
      "of five minutes ago",
      () => assertion(clientKey, { claims: { iat: nowSec() - 300 } }),
    ],
    [
      "of five minutes from now",
      () =>
        assertion(clientKey, {
          claims: { iat: nowSec() + 300, exp: nowSec() + 330 },
        }),
    ],
    [
      "of a moment from now that has expired by then",
      () =>
        assertion(clientKey, {
          claims: { iat: nowSec() + 30, exp: nowSec() + 30 },
        }),
    ],
    [
      "that has expired",
      () => assertion(clientKey, { claims: { exp: nowSec() - 1 } }),
    ],
    [
      "without an id",
      () => assertion(clientKey, { claims: { jti: undefined } }),
    ],
    [
      "that is not signed",
      () => assertion(clientKey, { header: { alg: "none" } }),
    ],
  ];
  for (const [what, make] of cases) {
    test(what, async () => {
      await open();
      const { status, body } = await push(make());
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(body.error).toBeOneOf(["invalid_client", "invalid_request"]);
    });
  }

  test("that was used", async () => {
    await open();
    const used = assertion(clientKey);
    expect((await push(used)).status).toBe(201);
    expect((await push(used)).status).toBe(400);
  });
});

describe("an application's description is refused", () => {
  const cases: [
    what: string,
    document: Partial<Document> & { changes?: object },
  ][] = [
    ["as a web page", { type: "text/html" }],
    ["with a status of failure", { status: 404 }],
    ["with a status of success that is not 200", { status: 201 }],
    [
      "of another application",
      { changes: { client_id: "https://evil.example/client.json" } },
    ],
    [
      "without tokens that are bound to a key",
      { changes: { dpop_bound_access_tokens: false } },
    ],
    ["without a place to go back to", { changes: { redirect_uris: [] } }],
    [
      "with a place of plain http",
      { changes: { redirect_uris: ["http://app.somewhere.dev/callback"] } },
    ],
    [
      "with a place on localhost",
      { changes: { redirect_uris: ["https://localhost/callback"] } },
    ],
    ["with keys in two places", { changes: { jwks_uri: KEYS_URL } }],
    ["with the implicit grant", { changes: { grant_types: ["implicit"] } }],
    ["without the scope atproto", { changes: { scope: "transition:generic" } }],
    [
      "with a home page of another origin",
      { changes: { client_uri: "https://evil.example" } },
    ],
    ["that is no JSON", { body: "<html>" }],
  ];
  for (const [what, document] of cases) {
    test(what, async () => {
      await open(document);
      const { status, body } = await push(assertion(clientKey));
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(body.error).toStartWith("invalid_");
      expect(body.error_description).not.toBe("");
    });
  }

  test("when its place to go back to is not declared", async () => {
    await open();
    const answer = await push({
      ...assertion(clientKey),
      redirect_uri: "https://app.somewhere.dev/other",
    });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: "invalid_request" },
    });
  });
});
