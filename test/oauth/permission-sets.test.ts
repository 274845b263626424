import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  assertion,
  CLIENT_ID,
  createKeyPair,
  createStage,
  type KeyPair,
  metadata,
  REDIRECT_URI,
  requestFields,
  type Stage,
} from "./confidential-fixture.ts";

const AUD = "did:web:api.somewhere.dev#notes";
const INCLUDE = `include:dev.somewhere.authBasic?aud=${AUD.replace("#", "%23")}`;

/** A set as its author publishes it, with one permission that is none of theirs. */
const SET = {
  lexicon: 1,
  id: "dev.somewhere.authBasic",
  defs: {
    main: {
      type: "permission-set",
      title: "Basic notes",
      detail: "Read and write notes",
      permissions: [
        {
          type: "permission",
          resource: "repo",
          collection: ["dev.somewhere.note"],
          action: ["create"],
        },
        {
          type: "permission",
          resource: "rpc",
          lxm: ["dev.somewhere.getNotes"],
          inheritAud: true,
        },
        {
          type: "permission",
          resource: "repo",
          collection: ["app.bsky.feed.post"],
        },
      ],
    },
  },
};

let key: KeyPair;
let proofKey: KeyPair;
let stage: Stage;
beforeEach(async () => {
  key = createKeyPair();
  proofKey = createKeyPair();
  const scope = `atproto ${INCLUDE} include:dev.somewhere.authUnknown`;
  stage = await createStage(
    { [CLIENT_ID]: { body: metadata([key], { scope }) } },
    { [SET.id]: SET },
  );
});
afterEach(() => stage.close());

const push = (scope: string, verifier: string) =>
  stage.post("pushRequest", {
    fields: { ...requestFields(verifier), scope, ...assertion(key) },
    key: proofKey,
  });

test("a set is granted as what is in it, as far as it is its author's", async () => {
  const verifier = randomBytes(32).toString("base64url");
  const pushed = await push(`atproto ${INCLUDE}`, verifier);
  expect(pushed.status).toBe(201);
  const code = await stage.allow(pushed.body.request_uri, [INCLUDE]);
  const { body } = await stage.post("exchangeToken", {
    key: proofKey,
    fields: {
      grant_type: "authorization_code",
      redirect_uri: REDIRECT_URI,
      code,
      code_verifier: verifier,
      ...assertion(key),
    },
  });
  const scopes = (body.scope as string).split(" ");
  expect(scopes).toContain("atproto");
  expect(scopes).toContain("repo:dev.somewhere.note?action=create");
  expect(body.scope).toContain("rpc:dev.somewhere.getNotes?aud=");
  expect(body.scope).not.toContain("app.bsky.feed.post");
  expect(body.scope).not.toContain("include:");
});

test("a page says what is in a set", async () => {
  const verifier = randomBytes(32).toString("base64url");
  const { body } = await push(`atproto ${INCLUDE}`, verifier);
  const asked = await stage.asked(body.request_uri);
  expect(asked).toEqual([
    {
      scope: INCLUDE,
      kind: "set",
      nsid: "dev.somewhere.authBasic",
      title: "Basic notes",
      rights: [
        {
          kind: "repo",
          collections: ["dev.somewhere.note"],
          actions: ["create"],
        },
        { kind: "rpc", methods: ["dev.somewhere.getNotes"], audience: AUD },
      ],
    },
  ]);
});

test("a set that nobody publishes is no scope", async () => {
  const verifier = randomBytes(32).toString("base64url");
  const scope = "atproto include:dev.somewhere.authUnknown";
  const answer = await push(scope, verifier);
  expect(answer).toMatchObject({
    status: 400,
    body: { error: "invalid_scope" },
  });
});
