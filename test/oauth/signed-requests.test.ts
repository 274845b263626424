import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  ALICE,
  assertion,
  CLIENT_ID,
  createKeyPair,
  createStage,
  ISSUER,
  type KeyPair,
  metadata,
  requestFields,
  signJwt,
  type Stage,
} from "./confidential-fixture.ts";

/** Requests that an application signs as a whole. @see RFC 9101 */

let clientKey: KeyPair;
let stage: Stage;
beforeEach(async () => {
  clientKey = createKeyPair();
  stage = await createStage({ [CLIENT_ID]: { body: metadata([clientKey]) } });
});
afterEach(() => stage.close());

const newFields = () => requestFields(randomBytes(32).toString("base64url"));

function sign(key: KeyPair, changes: object = {}): string {
  const header = { alg: "ES256", kid: "key-0" };
  return signJwt(key, header, {
    ...newFields(),
    ...{ client_id: CLIENT_ID, iss: CLIENT_ID, aud: ISSUER },
    jti: randomBytes(16).toString("hex"),
    iat: Math.floor(Date.now() / 1000),
    ...changes,
  });
}

/** Sends it beside what would have been right by itself. */
function push(request: string, beside: Record<string, string> = {}) {
  const fields = {
    ...newFields(),
    ...beside,
    request,
    ...assertion(clientKey),
  };
  return stage.post("pushRequest", { fields, key: createKeyPair() });
}

test("a signed request counts, and nothing that is sent beside it", async () => {
  const { status, body } = await push(sign(clientKey, { scope: "atproto" }), {
    state: "another",
  });
  expect(status).toBe(201);
  const name = { clientId: CLIENT_ID, requestUri: body.request_uri };
  const { browser } = await stage.signIn(body.request_uri);
  const answer = await stage.engine.decide(name, browser, {
    ...{ account: ALICE, isAllowed: false, scopes: [] },
  });
  expect(Object.fromEntries(answer.params).state).toBe("state");
});

test("a signed request counts once", async () => {
  const request = sign(clientKey);
  expect((await push(request)).status).toBe(201);
  expect(await push(request)).toMatchObject({
    status: 400,
    body: { error: "invalid_request" },
  });
});

test.each<[what: string, make: () => string]>([
  ["by another key", () => sign(createKeyPair())],
  ["for another server", () => sign(clientKey, { aud: "https://other.dev" })],
  [
    "of two minutes ago",
    () => sign(clientKey, { iat: Date.now() / 1000 - 120 }),
  ],
  ["that is no JWT", () => "words"],
])("a signed request is refused %s", async (_what, make) => {
  expect(await push(make())).toMatchObject({
    status: 400,
    body: { error: "invalid_request" },
  });
});
