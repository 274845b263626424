import { afterAll, beforeAll, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import {
  assertion,
  CLIENT_ID,
  createKeyPair,
  createStage,
  ISSUER,
  metadata,
  REDIRECT_URI,
  requestFields,
  signJwt,
  type Stage,
} from "../confidential-fixture.ts";

/** Whatever stands in one field of a message is the fault of who sends it, never ours. */

const clientKey = createKeyPair();
const proofKey = createKeyPair();
let stage: Stage;
beforeAll(async () => {
  stage = await createStage({ [CLIENT_ID]: { body: metadata([clientKey]) } });
});
afterAll(() => stage.close());

const NO_CODE = `cod-${"0".repeat(64)}`;
const NO_REFRESH_TOKEN = `ref-${"0".repeat(64)}`;
const FOREIGN_TOKEN = signJwt(
  createKeyPair(),
  { alg: "HS256", typ: "at+jwt", kid: "access-tokens" },
  { iss: ISSUER, jti: `tok-${"0".repeat(32)}`, exp: 1e16 },
);

type Endpoint = Parameters<Stage["post"]>[0];
const verifier = randomBytes(32).toString("base64url");
const MESSAGES: [name: Endpoint, fields: Record<string, string>][] = [
  ["pushRequest", requestFields(verifier)],
  [
    "exchangeToken",
    {
      ...{ grant_type: "authorization_code", code: NO_CODE },
      ...{ redirect_uri: REDIRECT_URI, code_verifier: verifier },
    },
  ],
  [
    "exchangeToken",
    { grant_type: "refresh_token", refresh_token: NO_REFRESH_TOKEN },
  ],
  ["revokeToken", { token: NO_REFRESH_TOKEN }],
  ["introspectToken", { token: FOREIGN_TOKEN }],
];

/** Beside those of the message, which are tried too. */
const MORE_FIELDS = [
  ...["client_id", "client_assertion", "client_assertion_type", "request"],
  ...["request_uri", "login_hint", "prompt", "max_age", "dpop_jkt"],
  ...["authorization_details", "claims", "response_mode", "ui_locales"],
  ...["token_type_hint", "__proto__"],
];

const VALUES: unknown[] = [
  ...[null, true, -1, 1e300, [], ["a"], {}, "\0", "\u{1f4a5}"],
  ...["a".repeat(5000), "http://[", "https://a b/", "http://127.0.0.1:99999/"],
  ...[NO_CODE, NO_REFRESH_TOKEN, FOREIGN_TOKEN, "a.b.c", "...."],
];

test.each(MESSAGES)("%s fails at no value of a field", async (name, fields) => {
  for (const field of [...Object.keys(fields), ...MORE_FIELDS]) {
    for (const value of VALUES) {
      const given = { ...fields, ...assertion(clientKey) };
      Object.defineProperty(given, field, { value, enumerable: true });
      const { status } = await stage.post(name, {
        ...{ fields: given, key: proofKey },
      });
      const told = { field, value, isOurs: status >= 500 };
      expect(told).toEqual({ field, value, isOurs: false });
    }
  }
});
