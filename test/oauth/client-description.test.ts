import { randomBytes } from "node:crypto";
import { expect, test } from "bun:test";
import { OAuthClient } from "@atproto/oauth-client";
import { describeClient } from "#contexts/oauth/client-description.ts";
import { startTestEdge } from "#edge/edge-fixture.ts";
import {
  createKeyPair,
  createStage,
  requestFields,
} from "./confidential-fixture.ts";

const OURS = "https://pds.somewhere.dev";

test("other servers take us for the application that we say we are", async () => {
  const client = describeClient(OURS);
  expect(client.client_id).toBe(`${OURS}/oauth/client-metadata.json`);
  expect(client.redirect_uris).toEqual([
    `${OURS}/admin/oauth/callback`,
    `${OURS}/oauth/elsewhere/callback`,
  ]);
  const stage = await createStage({ [client.client_id]: { body: client } });
  const ask = (changes: Record<string, string>) => {
    const fields = {
      ...requestFields(randomBytes(32).toString("base64url")),
      client_id: client.client_id,
      redirect_uri: client.redirect_uris[0],
      scope: client.scope,
      ...changes,
    };
    return stage.post("pushRequest", { fields, key: createKeyPair() });
  };
  try {
    for (const redirect_uri of client.redirect_uris) {
      expect((await ask({ redirect_uri })).status).toBe(201);
    }
    // Whoever gets hold of our name can ask for no more, and lead nowhere else.
    for (const changes of [
      { scope: "atproto transition:generic" },
      { redirect_uri: `${OURS}/account` },
    ] as Record<string, string>[]) {
      const { status, body } = await ask(changes);
      expect([status, Object.keys(body)]).toEqual([
        400,
        ["error", "error_description"],
      ]);
    }
  } finally {
    stage.close();
  }
});

test("a server on somebody's own machine describes itself by its id", () => {
  const { client_id, redirect_uris } = describeClient("http://localhost:2583");
  expect(redirect_uris).toEqual([
    "http://127.0.0.1:2583/admin/oauth/callback",
    "http://127.0.0.1:2583/oauth/elsewhere/callback",
  ]);
  const id = new URL(client_id);
  expect(id.origin).toBe("http://localhost");
  expect(id.searchParams.getAll("redirect_uri")).toEqual(redirect_uris);
});

test("the description is read as the library reads it", async () => {
  const stage = startTestEdge();
  try {
    const read = await OAuthClient.fetchMetadata({
      clientId: `${stage.origin}/oauth/client-metadata.json` as `https://a.b/c`,
    });
    expect(read.scope).toBe("atproto");
  } finally {
    await stage.edge.stop();
  }
});
