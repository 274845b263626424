import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CLIENT_RULES, LOCAL_RULES } from "#contexts/oauth/client-rules.ts";
import { OAuthRefusal } from "#contexts/oauth/refusal.ts";
import {
  createStage,
  type Document,
  type Documents,
  ISSUER,
  metadata,
  publicKeyOf,
  requestFields,
  type Stage,
} from "./confidential-fixture.ts";
import { createKeyPair } from "./raw-client.ts";

/** An application whose description breaks a rule is told which, and so is the person. */

const key = createKeyPair();
const documents: Documents = {};
let stage: Stage;
beforeAll(async () => {
  stage = await createStage(documents);
});
afterAll(() => stage.close());

let count = 0;
/** Puts a description at an address of its own: what was good once is kept. */
function publish(change: object | ((id: string) => Document)): string {
  const id = `https://app${++count}.somewhere.dev/client.json`;
  const { origin } = new URL(id);
  documents[id] =
    typeof change === "function"
      ? change(id)
      : {
          body: metadata([key], {
            client_id: id,
            redirect_uris: [`${origin}/callback`],
            ...change,
          }),
        };
  return id;
}

const isPublic = {
  token_endpoint_auth_method: "none",
  token_endpoint_auth_signing_alg: undefined,
  jwks: undefined,
};
const isNative = { ...isPublic, application_type: "native" };
const withKeysAt = (uri: string) => ({ jwks: undefined, jwks_uri: uri });

/** How each rule is broken; the rest of the description is as it should be. */
const BREACHES: readonly [rule: string, name: string, client: () => string][] =
  [
    ["address", "no path", () => "https://app.somewhere.dev/"],
    ["address", "an IP address", () => "https://203.0.113.1/client.json"],
    ["address", "no https", () => "http://app.somewhere.dev/client.json"],
    ["address", "of no place", () => "https://app.somewhere.test/client.json"],
    ["address", "of itself", () => "https://app.localhost/client.json"],
    [
      "certificate",
      "of its own making",
      () => publish(() => ({ body: {}, failure: "tls" })),
    ],
    [
      "answer",
      "on the own network",
      () => publish(() => ({ body: {}, failure: "address" })),
    ],
    ["answer", "nobody there", () => "https://gone.somewhere.dev/client.json"],
    ["status", "a redirect", () => publish(() => ({ status: 302, body: "" }))],
    ["status", "not found", () => publish(() => ({ status: 404, body: {} }))],
    ["type", "HTML", () => publish(() => ({ type: "text/html", body: {} }))],
    ["json", "no JSON", () => publish(() => ({ body: "{" }))],
    ["json", "a list", () => publish(() => ({ body: [] }))],
    ["client-id", "another", () => publish({ client_id: "https://a.dev/b" })],
    ["client-id", "none", () => publish({ client_id: undefined })],
    ["scope", "none", () => publish({ scope: undefined })],
    ["scope", "no atproto", () => publish({ scope: "transition:generic" })],
    ["scope", "one twice", () => publish({ scope: "atproto atproto" })],
    ["dpop", "none", () => publish({ dpop_bound_access_tokens: undefined })],
    ["response-types", "no code", () => publish({ response_types: ["none"] })],
    ["grant-types", "implicit", () => publish({ grant_types: ["implicit"] })],
    [
      "grant-types",
      "a password",
      () => publish({ grant_types: ["authorization_code", "password"] }),
    ],
    ["application-type", "a robot", () => publish({ application_type: "bot" })],
    ["redirect-uris", "none", () => publish({ redirect_uris: [] })],
    ["redirect-uris", "no address", () => publish({ redirect_uris: ["home"] })],
    [
      "redirect-https",
      "plain http",
      () => publish({ redirect_uris: ["http://app.somewhere.dev/back"] }),
    ],
    [
      "redirect-https",
      "localhost",
      () => publish({ redirect_uris: ["https://localhost/back"] }),
    ],
    [
      "redirect-https",
      "of no place in the world",
      () => publish({ redirect_uris: ["https://app.somewhere.test/back"] }),
    ],
    [
      "redirect-loopback",
      "for the web",
      () => publish({ redirect_uris: ["http://127.0.0.1/back"] }),
    ],
    [
      "redirect-scheme",
      "of somebody else",
      () => publish({ ...isNative, redirect_uris: ["dev.evil.app:/back"] }),
    ],
    [
      "redirect-scheme",
      "for the web",
      () => publish({ redirect_uris: ["dev.somewhere.app:/back"] }),
    ],
    [
      "authentication",
      "a password",
      () => publish({ token_endpoint_auth_method: "client_secret_basic" }),
    ],
    [
      "authentication",
      "not said",
      () => publish({ token_endpoint_auth_method: undefined }),
    ],
    [
      "native-authentication",
      "a key in an app",
      () => publish({ application_type: "native" }),
    ],
    [
      "signing-alg",
      "none",
      () => publish({ token_endpoint_auth_signing_alg: undefined }),
    ],
    [
      "signing-alg",
      "for nothing",
      () => publish({ ...isPublic, token_endpoint_auth_signing_alg: "ES256" }),
    ],
    ["keys", "none", () => publish({ jwks: undefined })],
    ["keys", "an empty list", () => publish({ jwks: { keys: [] } })],
    [
      "keys",
      "one without a name",
      () =>
        publish({ jwks: { keys: [{ ...publicKeyOf(key), kid: undefined }] } }),
    ],
    [
      "keys",
      "one that only signs",
      () =>
        publish({
          jwks: {
            keys: [{ ...publicKeyOf(key), use: undefined, key_ops: ["sign"] }],
          },
        }),
    ],
    ["keys", "both", () => publish({ jwks_uri: "https://a.dev/keys" })],
    [
      "keys-found",
      "nobody there",
      () => publish(withKeysAt("https://gone.somewhere.dev/keys")),
    ],
    [
      "public-keys",
      "a private one",
      () =>
        publish({ jwks: { keys: [{ ...publicKeyOf(key), d: "c2VjcmV0" }] } }),
    ],
    [
      "public-keys",
      "a private one as browsers give it out",
      () =>
        publish({
          jwks: {
            keys: [{ ...publicKeyOf(key), d: "c2VjcmV0", key_ops: ["sign"] }],
          },
        }),
    ],
    [
      "client-uri",
      "on another host",
      () => publish({ client_uri: "https://evil.dev" }),
    ],
    ["local-address", "a path", () => "http://localhost/app"],
    ["local-address", "a port", () => "http://localhost:3000"],
    ["local-address", "more", () => "http://localhost?client_name=Bank"],
    ["local-scope", "no atproto", () => "http://localhost?scope=other"],
    [
      "local-redirect",
      "localhost",
      () => "http://localhost?redirect_uri=http%3A%2F%2Flocalhost%2Fback",
    ],
  ];

const urlOf = (rule: string) => `${ISSUER}/docs/reference/client-rules#${rule}`;
const sentenceOf = (rule: string) =>
  [...CLIENT_RULES, ...LOCAL_RULES].find(({ id }) => id === rule)?.sentence;

const push = (clientId: string) => {
  const fields = requestFields(randomBytes(32).toString("base64url"));
  const { hostname } = new URL(clientId);
  const host = hostname === "localhost" ? "app.somewhere.dev" : hostname;
  return stage.post("pushRequest", {
    fields: {
      ...fields,
      ...{ client_id: clientId, redirect_uri: `https://${host}/callback` },
    },
    key: createKeyPair(),
  });
};

test.each([...BREACHES])("%s: %s", async (rule, _, client) => {
  const clientId = client();
  const { status, body } = await push(clientId);
  expect([status, body.error_uri, body.error_description]).toEqual([
    400,
    urlOf(rule),
    sentenceOf(rule),
  ]);
  const visitor = {
    ...{ cookie: null, visit: null, userAgent: null },
    ipAddress: "192.0.2.1",
  };
  const requestUri = "urn:ietf:params:oauth:request_uri:req-1";
  const shown = await stage.engine
    .openRequest({ clientId, requestUri }, visitor, {
      ...{ account: null, asSomeoneElse: false },
    })
    .catch((error: unknown) => error);
  expect(shown).toBeInstanceOf(OAuthRefusal);
  const { message, uri } = shown as OAuthRefusal;
  expect([message, uri]).toEqual([sentenceOf(rule)!, urlOf(rule)]);
});

test("every rule is broken here once at least", () => {
  const broken = new Set(BREACHES.map(([rule]) => rule));
  const all = [...CLIENT_RULES, ...LOCAL_RULES].map(({ id }) => id);
  expect(all.filter((id) => !broken.has(id))).toEqual([]);
});

describe("no rule is broken", () => {
  test.each([
    ["by an application that is public", isPublic],
    ["by one that has its keys elsewhere", null],
    ["by one on a phone", { ...isNative, redirect_uris: [] }],
  ])("%s", async (_, changes) => {
    const keysUri = "https://keys.somewhere.dev/keys.json";
    documents[keysUri] = { body: { keys: [publicKeyOf(key)] } };
    const id = publish((own) => ({
      body: metadata([key], {
        client_id: own,
        ...(changes ?? withKeysAt(keysUri)),
        redirect_uris: [
          ...(changes === null || !("application_type" in changes)
            ? [`${new URL(own).origin}/callback`]
            : [
                `${new URL(own).hostname.split(".").toReversed().join(".")}:/back`,
                "http://127.0.0.1/back",
                `${new URL(own).origin}/callback`,
              ]),
        ],
      }),
    }));
    const { body } = await push(id);
    // Who has keys has proved nothing yet, which is no fault of the description.
    expect(body.error_uri).toBeUndefined();
    expect(body.error).toBe(changes === null ? "invalid_request" : undefined);
  });
});
