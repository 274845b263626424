import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { AskedRequest } from "#contexts/oauth/view.ts";
import {
  createStage,
  type Documents,
  metadata,
  requestFields,
  type Stage,
} from "../confidential-fixture.ts";
import { createKeyPair } from "../raw-client.ts";

/** An application that wants to be taken for another. */

const documents: Documents = {};
let stage: Stage;
beforeAll(async () => {
  stage = await createStage(documents);
});
afterAll(() => stage.close());

/** All that the pages are given of an application that describes itself so. */
async function show(
  clientId: string,
  changes: object = {},
): Promise<AskedRequest | null> {
  const { href, host } = new URL(clientId);
  const redirectUri = `https://${host}/callback`;
  documents[href] = {
    body: metadata([], {
      ...{ client_id: href, redirect_uris: [redirectUri], jwks: undefined },
      token_endpoint_auth_method: "none",
      token_endpoint_auth_signing_alg: undefined,
      ...changes,
    }),
  };
  const { body } = await stage.post("pushRequest", {
    fields: {
      ...requestFields(randomBytes(32).toString("base64url")),
      ...{ client_id: clientId, redirect_uri: redirectUri },
    },
    key: createKeyPair(),
  });
  if (body.request_uri === undefined) return null;
  const visitor = {
    ...{ cookie: null, visit: null, userAgent: null },
    ipAddress: "192.0.2.1",
  };
  const { next } = await stage.engine.openRequest(
    { clientId, requestUri: body.request_uri },
    visitor,
    { account: null, asSomeoneElse: false },
  );
  return "request" in next ? next.request : null;
}

test.each([
  // A letter of another script that looks like ours.
  "https://\u0430pple.somewhere.dev/client.json",
  "https://APPLE.somewhere.dev/client.json",
  "https://bank.example@evil.somewhere.dev/client.json",
  "https://evil.somewhere.dev/client.json#https://bank.example",
  "https://evil.somewhere.dev/x/../client.json",
])("by how the address is written: %s", async (clientId) => {
  const request = await show(clientId);
  if (request === null) return;
  const { host, id } = request.client;
  expect([host, new URL(id).href]).toEqual([new URL(clientId).hostname, id]);
  // eslint-disable-next-line no-control-regex
  expect(id).toMatch(/^[\x21-\x7e]*$/);
});

test("by the name, the picture and the links that it gives itself", async () => {
  const request = await show("https://app.somewhere.dev/client.json", {
    client_name: "Your Bank",
    logo_uri: "https://bank.example/logo.png",
    tos_uri: "https://bank.example/terms",
    policy_uri: "https://bank.example/policy",
  });
  // Nothing of it reaches a page: no words, and no picture that is fetched.
  expect(JSON.stringify(request)).not.toContain("ank");
  expect(request?.client).toEqual({
    id: "https://app.somewhere.dev/client.json",
    host: "app.somewhere.dev",
  });
});
