import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  startNetwork,
  type Network,
  type TestAccount,
} from "../support/network.ts";
import { Agent } from "@atproto/api";
import { pictureOf } from "../clients/agents.ts";
import { createApplication, letIn } from "./application.ts";

describe("an application of the official library", () => {
  let network: Network;
  let alice: TestAccount;
  beforeAll(async () => {
    network = await startNetwork();
    alice = await network.createAccount("alice");
  });
  afterAll(() => network.stop());

  test("signs in, writes, refreshes and signs out", async () => {
    const application = createApplication(
      network,
      "atproto transition:generic",
    );
    const url = await application.authorize("alice.test", { state: "mine" });
    const back = await letIn(network, url, alice);
    const { session, state } = await application.callback(back);
    expect(state).toBe("mine");
    expect(String(session.did)).toBe(alice.did);

    const agent = new Agent(session);
    const picture = await agent.uploadBlob(pictureOf(8), {
      encoding: "image/png",
    });
    const { uri } = await agent.post({
      text: "By an application",
      embed: {
        $type: "app.bsky.embed.images",
        images: [{ image: picture.data.blob, alt: "" }],
      },
    });
    expect(uri).toContain(alice.did);
    await agent.deletePost(uri);

    const before = await session.getTokenInfo();
    const after = await session.getTokenInfo(true);
    expect(before).toMatchObject({
      sub: alice.did,
      scope: "atproto transition:generic",
    });
    expect(after.expiresAt!.getTime()).toBeGreaterThan(
      before.expiresAt!.getTime(),
    );
    const seen = await session.fetchHandler(
      "/xrpc/com.atproto.server.getSession",
    );
    const body = await seen.json();
    expect(body).toMatchObject({ did: alice.did, handle: "alice.test" });
    expect(body).not.toHaveProperty("email");

    await session.signOut();
    const later = session.fetchHandler("/xrpc/com.atproto.server.getSession");
    await expect(later).rejects.toThrow();
    await later.catch(() => undefined);
  });

  test("goes on when the server has started anew and knows no old nonce", async () => {
    const application = createApplication(
      network,
      "atproto transition:generic",
    );
    const url = await application.authorize(network.url);
    const back = await letIn(network, url, alice);
    const { session } = await application.callback(back);
    await session.fetchHandler("/xrpc/com.atproto.server.getSession");
    await network.restart();
    const seen = await session.fetchHandler(
      "/xrpc/com.atproto.server.getSession",
    );
    expect(seen.status).toBe(200);
    await network.restart();
    const { expired } = await session.getTokenInfo(true);
    expect(expired).toBe(false);
  });

  test("asks for many things at once, while it refreshes", async () => {
    const application = createApplication(
      network,
      "atproto transition:generic",
    );
    const url = await application.authorize("alice.test");
    const back = await letIn(network, url, alice);
    const { session } = await application.callback(back);
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        if (index % 5 === 0) await session.getTokenInfo(true);
        return session.fetchHandler("/xrpc/com.atproto.server.getSession");
      }),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  });

  test("is told when the person says no", async () => {
    const application = createApplication(network, "atproto");
    const url = await application.authorize("alice.test");
    const back = await letIn(network, url, alice, "deny");
    expect(back.get("error")).toBe("access_denied");
    const result = application.callback(back);
    await expect(result).rejects.toThrow();
    await result.catch(() => undefined);
  });
});
