import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { XrpcError } from "#lib/errors.ts";
import { type Network, startNetwork } from "../support/network.ts";
import {
  describeInBrowser,
  openApp,
  openBrowser,
  serveClient,
  type Site,
} from "./browser.ts";
import "./page.ts";

interface PageRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

describeInBrowser("the official client in a page of another origin", () => {
  let appView: ReturnType<typeof Bun.serve>;
  let answer: () => Response;
  let network: Network;
  let site: Site;
  let browser: Browser;
  let page: Page;
  const account = { identifier: "alice.test", password: "alice-password" };

  beforeAll(async () => {
    appView = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => answer(),
    });
    network = await startNetwork({
      settings: {
        TEMPEST_RATE_LIMITS_ENABLED: "true",
        TEMPEST_APPVIEW_URL: `http://localhost:${appView.port}`,
        TEMPEST_APPVIEW_DID: "did:web:appview.test",
      },
    });
    await network.createAccount("alice");
    [site, browser] = await Promise.all([serveClient(), openBrowser()]);
    page = await openApp(browser, site);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.stop();
    await network?.stop();
    await appView?.stop(true);
  });

  /** Calls a method in the page; what comes back is what the page may see. */
  function callInPage(nsid: string, init: PageRequest = {}) {
    const url = `${network.url}/xrpc/${nsid}`;
    return page.evaluate(
      async ({ url, init }) => {
        const response = await fetch(url, init);
        const headers = Object.fromEntries(response.headers.entries());
        return {
          status: response.status,
          headers,
          body: await response.json(),
        };
      },
      { url, init },
    );
  }

  async function tokenOf(): Promise<string> {
    const session = await network.call("com.atproto.server.createSession", {
      input: account,
    });
    return session.body.accessJwt;
  }

  test("signs in, posts with an image, and reads it back", async () => {
    const seen = await page.evaluate(
      async ({ service, account }) => {
        const agent = new atproto.AtpAgent({ service });
        await agent.login(account);
        const canvas = document.createElement("canvas");
        const picture = await new Promise<Blob | null>((resolve) =>
          canvas.toBlob(resolve, "image/png"),
        );
        const { data } = await agent.uploadBlob(picture!);
        const { uri } = await agent.post({
          text: "Posted from a page",
          embed: {
            $type: "app.bsky.embed.images",
            images: [{ alt: "Empty", image: data.blob }],
          },
        });
        const { rkey } = new atproto.AtUri(uri);
        const post = await agent.getPost({ repo: agent.did!, rkey });
        const params = { did: agent.did!, cid: data.blob.ref.toString() };
        const blob = await agent.com.atproto.sync.getBlob(params);
        const car = await agent.com.atproto.sync.getRepo({ did: agent.did! });
        return {
          text: post.value.text,
          mimeType: data.blob.mimeType,
          isSameSize: blob.data.byteLength === picture!.size,
          carBytes: car.data.byteLength,
        };
      },
      { service: network.url, account },
    );
    expect(seen).toMatchObject({
      text: "Posted from a page",
      mimeType: "image/png",
      isSameSize: true,
    });
    expect(seen.carBytes).toBeGreaterThan(100);
  });

  test("understands refusals", async () => {
    const seen = await page.evaluate(
      async ({ service, identifier }) => {
        const agent = new atproto.AtpAgent({ service });
        const error = await agent.login({ identifier, password: "wrong" }).then(
          () => null,
          (error: unknown) => error,
        );
        if (!(error instanceof atproto.XRPCError)) return null;
        return { status: error.status, error: error.error };
      },
      { service: network.url, identifier: account.identifier },
    );
    expect(seen).toEqual({ status: 401, error: "AuthenticationRequired" });
  });

  test("may send any header it likes", async () => {
    const { status } = await callInPage("com.atproto.server.getSession", {
      headers: {
        authorization: `Bearer ${await tokenOf()}`,
        "atproto-accept-labelers": "did:web:mod.test",
        dpop: "proof",
        "x-made-up-tomorrow": "1",
      },
    });
    expect(status).toBe(200);
  });

  test("sees how many calls are left", async () => {
    const { status, headers } = await callInPage(
      "com.atproto.server.describeServer",
    );
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "ratelimit-limit": "3000",
      "ratelimit-policy": "3000;w=300",
      "ratelimit-remaining": expect.stringMatching(/^\d+$/),
      "ratelimit-reset": expect.stringMatching(/^\d+$/),
    });
  });

  test("sees how long to wait when none is left", async () => {
    const nsid = "com.atproto.server.reserveSigningKey";
    const init = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    };
    const statuses: number[] = [];
    let last = await callInPage(nsid, init);
    while (last.status === 200 && statuses.length < 100) {
      statuses.push(last.status);
      last = await callInPage(nsid, init);
    }
    expect(last.status).toBe(429);
    expect(last.body.error).toBe("RateLimitExceeded");
    expect(last.headers).toMatchObject({
      "retry-after": expect.stringMatching(/^\d+$/),
      "ratelimit-remaining": "0",
    });
  });

  test("sees what another service says beside its answer", async () => {
    const headers = { authorization: `Bearer ${await tokenOf()}` };
    const said = {
      "atproto-repo-rev": "3l4qpz7ajrc2a",
      "atproto-content-labelers": "did:web:mod.test",
    };
    const nsid = "app.bsky.feed.getTimeline";
    answer = () => Response.json({ feed: [] }, { headers: said });
    const timeline = await callInPage(nsid, { headers });
    expect(timeline).toMatchObject({ status: 200, headers: said });

    answer = () =>
      Response.json(
        { error: "RateLimitExceeded", message: "Slowly" },
        { status: 429, headers: { ...said, "retry-after": "7" } },
      );
    const refused = await callInPage(nsid, { headers });
    expect(refused).toMatchObject({
      status: 429,
      headers: { ...said, "retry-after": "7" },
      body: { error: "RateLimitExceeded" },
    });
  });

  test("sees what a refusal asks for", async () => {
    const asked = {
      "www-authenticate": 'DPoP error="use_dpop_nonce"',
      "dpop-nonce": "a-nonce",
    };
    const { accounts } = network.app.contexts;
    const { getSession } = accounts;
    accounts.getSession = () => {
      throw new XrpcError("AuthenticationRequired", "Use the nonce", {
        headers: asked,
      });
    };
    const headers = { authorization: `Bearer ${await tokenOf()}` };
    const refused = await callInPage("com.atproto.server.getSession", {
      headers,
    }).finally(() => {
      accounts.getSession = getSession;
    });
    expect(refused).toMatchObject({ status: 401, headers: asked });
  });

  test("can read every refusal", async () => {
    const cases: [path: string, status: number][] = [
      ["com.atproto.server.getSession", 401],
      ["com.atproto.repo.getRecord", 400],
      ["com.example.nothing", 401],
      ["not-a-method", 400],
    ];
    for (const [nsid, status] of cases) {
      const refused = await callInPage(nsid);
      expect({ nsid, status: refused.status }).toEqual({ nsid, status });
      expect(refused.body.error).toBeString();
    }
  });

  test("follows the event stream", async () => {
    const bytes = await page.evaluate(
      async (url) => {
        const socket = new WebSocket(url);
        socket.binaryType = "arraybuffer";
        const frame = await new Promise<ArrayBuffer>((resolve, reject) => {
          socket.addEventListener("message", ({ data }) => resolve(data));
          socket.addEventListener("error", () => reject(new Error("closed")));
        });
        socket.close();
        return [...new Uint8Array(frame).subarray(0, 4)];
      },
      `${network.url.replace("http", "ws")}/xrpc/com.atproto.sync.subscribeRepos?cursor=0`,
    );
    // A map of two: the header {"t": …, "op": 1}.
    expect(bytes[0]).toBe(0xa2);
  });
});
