import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { createRawClient } from "../oauth/raw-client.ts";
import type { Network, TestAccount } from "../support/network.ts";
import {
  type ApplicationStage,
  startApplicationStage,
} from "./application-stage.ts";
import { describeInBrowser } from "./browser.ts";
import { startVisit, type Visit, type VisitOptions } from "./visit.ts";

const SCOPE =
  "atproto repo:app.bsky.feed.post repo:com.example.note rpc:com.example.read?aud=*";
const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

describeInBrowser("the last steps to an application", () => {
  let stage: ApplicationStage;
  let network: Network;
  let alice: TestAccount;
  let visit: Visit;
  beforeAll(async () => {
    stage = await startApplicationStage();
    ({ network, alice } = stage);
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });
  afterEach(() => visit.close());

  async function open(options: VisitOptions = {}) {
    visit = await startVisit(stage.browser, network.url, options);
    const client = stage.newApplication(SCOPE);
    const url = String(await client.authorize("alice.test"));
    await visit.page.goto(url);
    return { client, url, page: visit.page };
  }

  async function signIn(page: Page): Promise<void> {
    await page.getByLabel("Password").fill(alice.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("button", { name: "Allow" }).waitFor();
  }

  for (const hasScripts of [true, false]) {
    test(`take the answer ${hasScripts ? "by a script" : "by a form"}, then leave by a plain request`, async () => {
      const { client, page } = await open({ hasScripts });
      await signIn(page);
      await visit.check();
      await page.getByText("app.bsky.feed.post (posts)").waitFor();
      await page.getByText("What do the names mean?").waitFor();
      await page.getByText("com.example.note").click();
      const sent: string[] = [];
      page.on("request", (request) => {
        const { pathname } = new URL(request.url());
        const type = request.headers()["content-type"] ?? "";
        const isForm = request.method() === "POST";
        sent.push(`${request.method()} ${pathname}${isForm ? ` ${type}` : ""}`);
      });
      await page.getByRole("button", { name: "Allow" }).click();
      await page.waitForURL(`${stage.origin}/**`);
      const type = hasScripts
        ? "application/json"
        : "application/x-www-form-urlencoded";
      expect(sent.slice(0, 3)).toEqual([
        `POST /oauth/authorize/consent ${type}`,
        "GET /oauth/authorize/redirect",
        "GET /callback",
      ]);
      const { searchParams } = new URL(page.url());
      const { session } = await client.callback(searchParams);
      const { scope } = await session.getTokenInfo();
      expect(String(scope).split(" ").toSorted()).toEqual([
        "atproto",
        "repo:app.bsky.feed.post",
        "rpc:com.example.read?aud=*",
      ]);
    });
  }

  test.each(["query", "form_post"])(
    "lead to an IPv6 address as well, without a script (%s)",
    async (mode) => {
      const place = "http://[::1]:4567/";
      const name = { client_id: "http://localhost" };
      const { body } = await createRawClient(network.url, "atproto").push({
        ...{ ...name, redirect_uri: place, response_mode: mode },
      });
      const query = { ...name, request_uri: body.request_uri as string };
      visit = await startVisit(stage.browser, network.url, {
        hasScripts: false,
      });
      const { page } = visit;
      // Whatever listens there, or does not.
      const isThere = (url: URL) => url.href.startsWith(place);
      await page.route(isThere, (route) => route.fulfill({ body: "" }));
      const url = `${network.url}/oauth/authorize?${new URLSearchParams(query)}`;
      await page.goto(url);
      await page.getByLabel("Handle").fill(alice.handle);
      await signIn(page);
      const sent: string[] = [];
      page.on("request", (request) => {
        if (!isThere(new URL(request.url()))) return;
        sent.push(request.postData() ?? request.url());
      });
      await page.getByRole("button", { name: "Allow" }).click();
      if (mode === "form_post") {
        const language = page.getByRole("button", { name: "Deutsch" });
        await page.getByRole("button", { name: "Continue" }).waitFor();
        expect(await language.count()).toBe(0);
        await page.getByRole("button", { name: "Continue" }).click();
      }
      await page.waitForURL(isThere);
      expect(sent[0]).toContain("code=cod-");
    },
  );

  test("tell the application that somebody did not want to", async () => {
    const { page } = await open();
    await signIn(page);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.waitForURL(`${stage.origin}/**`);
    const { searchParams } = new URL(page.url());
    expect(searchParams.get("error")).toBe("access_denied");
  });

  test("are not to be taken over from another site", async () => {
    const { page, url } = await open();
    await signIn(page);
    const query = new URL(url).searchParams;
    const account = await page.locator("input[name=account]").inputValue();
    const answer = {
      client_id: query.get("client_id"),
      request_uri: query.get("request_uri"),
      ...{ account, decision: "allow", scope: ["repo:com.example.note"] },
    };
    const send = (headers: Record<string, string>) =>
      visit.context.request.post(`${network.url}/oauth/authorize/consent`, {
        headers: { "content-type": "application/json", ...headers },
        data: JSON.stringify(answer),
      });
    const others: Record<string, string>[] = [
      {},
      { origin: "https://evil.test" },
      { origin: network.url, "sec-fetch-site": "cross-site" },
      { origin: network.url, "sec-fetch-site": "same-site" },
    ];
    for (const headers of others) {
      expect((await send(headers)).status()).toBe(403);
    }
    const answered = await send({ origin: network.url });
    const { url: next } = (await answered.json()) as { url: string };
    const follow = (headers: Record<string, string>) =>
      visit.context.request.get(`${network.url}${next}`, {
        ...{ headers, maxRedirects: 0 },
      });
    const evil = { referer: "https://evil.test/" };
    expect((await follow(evil)).status()).toBe(403);
    const from = { referer: url };
    const other = await fetch(`${network.url}${next}`, { redirect: "manual" });
    expect(other.status).toBe(400);
    const left = await follow(from);
    expect(left.status()).toBe(303);
    expect(left.headers()["location"]).toStartWith(stage.origin);
    expect((await follow(from)).status()).toBe(400);
  });

  test("are shown in no frame", async () => {
    const { page, url } = await open();
    const headers = (await page.goto(url))!.headers();
    expect(headers["x-frame-options"]).toBe("DENY");
    expect(headers["content-security-policy"]).toContain(
      "frame-ancestors 'none'",
    );
    const embedded = await fetch(url, {
      headers: { "sec-fetch-dest": "iframe", "sec-fetch-mode": "navigate" },
    });
    expect(embedded.status).toBe(400);
    expect(await embedded.text()).toContain("only as a page of its own");
  });

  test("look whether an iPhone keeps cookies before anything begins", async () => {
    const { client, page } = await open({ userAgent: PHONE });
    expect(new URL(page.url()).searchParams.get("cookies")).toBe("test");
    await signIn(page);
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL(`${stage.origin}/**`);
    await client.callback(new URL(page.url()).searchParams);
  });

  test("say so when it keeps none, and go on after a click that helped", async () => {
    visit = await startVisit(stage.browser, network.url, { userAgent: PHONE });
    const { page } = visit;
    const url = await stage.newApplication(SCOPE).authorize("alice.test");
    // As if the cookie of the first look had been lost on the way.
    await page.goto(`${url}&cookies=test`);
    await page.getByText("did not keep the cookie").waitFor();
    await visit.check();
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByLabel("Password").waitFor();
  });

  test("name the rule that an application broke, and the request", async () => {
    visit = await startVisit(stage.browser, network.url);
    const { page } = visit;
    const open = (query: Record<string, string>) =>
      page.goto(`${network.url}/oauth/authorize?${new URLSearchParams(query)}`);
    await open({ client_id: "https://app.example/client.json" });
    await page.getByText("did not announce its request").waitFor();
    await visit.check();
    await open({
      client_id: "https://app.localhost/<b>client.json",
      request_uri: "urn:ietf:params:oauth:request_uri:req-00",
    });
    await page.getByText("does not describe itself").waitFor();
    expect(await page.locator("dl").textContent()).toContain(
      "The client_id is an https address",
    );
    expect(await page.locator("dl code").textContent()).toMatch(/^\S{6,}$/);
    await visit.check();
  });
});
