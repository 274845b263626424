import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { type Network, startNetwork } from "../support/network.ts";
import { describeInBrowser, openBrowser } from "./browser.ts";
import { listFaultsOfLooks } from "./looks.ts";
import { contrastsOfText, MIN_CONTRAST } from "./contrast.ts";

const PAGES = [
  "/",
  "/stats",
  "/status",
  "/docs",
  "/docs/operate",
  "/docs/reference/settings",
  "/docs?q=relay",
  "/changelog",
  "/api",
  "/api/com.atproto.repo.createRecord",
  "/api/com.atproto.sync.subscribeRepos",
  "/privacy",
];
const MOST_BYTES = 60_000;

describeInBrowser("the pages for everybody", () => {
  let network: Network;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    network = await startNetwork({
      settings: {
        TEMPEST_CONTACT_EMAIL_ADDRESS: "help@pds.test",
        TEMPEST_SERVICE_NAME: "Averylongnamewithoutanyspaceinitatall PDS",
      },
    });
    const site = join(network.config.dataFolder, "site");
    mkdirSync(join(site, "well-known"), { recursive: true });
    writeFileSync(join(site, "privacy.md"), "# Ours\n\nWe read nothing.");
    writeFileSync(join(site, "well-known", "apple.json"), '{"a":1}');
    const { did, accessJwt: token } = await network.createAccount("alice");
    await network.call("com.atproto.repo.createRecord", {
      token,
      input: {
        ...{ repo: did, collection: "app.bsky.actor.profile", rkey: "self" },
        record: { displayName: "<b>Alice</b>" },
      },
    });
    await network.createAccount("bob");
    browser = await openBrowser();
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });

  for (const colorScheme of ["light", "dark"] as const) {
    test(`fit a small phone and are easy to read, ${colorScheme}`, async () => {
      const phone = await browser.newPage({
        viewport: { width: 320, height: 640 },
        colorScheme,
        javaScriptEnabled: true,
      });
      const complaints: string[] = [];
      phone.on("console", (message) => complaints.push(message.text()));
      phone.on("pageerror", (error) => complaints.push(error.message));
      phone.on("request", (request) => {
        if (!request.url().startsWith(network.url)) {
          complaints.push(`${request.url()} is elsewhere`);
        }
      });
      for (const path of PAGES) {
        await phone.goto(`${network.url}${path}`);
        const width = await phone.evaluate(
          () => document.documentElement.scrollWidth,
        );
        expect(`${path} ${width <= 320}`).toBe(`${path} true`);
        const contrasts = await phone.evaluate(contrastsOfText);
        expect(contrasts.length).toBeGreaterThan(5);
        for (const { text, contrast } of contrasts) {
          const isEnough = contrast >= MIN_CONTRAST;
          expect(`${path} ${text}: ${isEnough}`).toBe(`${path} ${text}: true`);
        }
      }
      expect(complaints).toEqual([]);
      await phone.close();
    });
  }

  test("are fit for everybody: wide and narrow, light and dark", async () => {
    const ways = [
      ...["/account/sign-in", "/account/sign-up", "/account/recover"],
      ...["/account/reset-password", "/account/verify-email", "/invite/none"],
      ...["/account/elsewhere", "/admin/sign-in", "/nowhere"],
    ];
    for (const [nth, path] of [...PAGES, ...ways].entries()) {
      const url = `${network.url}${path}`;
      expect(await listFaultsOfLooks(page, url, nth)).toEqual([]);
    }
  });

  test("are small", async () => {
    for (const path of PAGES) {
      const html = await (await fetch(`${network.url}${path}`)).text();
      const { length } = Bun.gzipSync(html);
      expect(`${path} ${length <= MOST_BYTES}`).toBe(`${path} true`);
    }
  });

  test("show who wants to be shown, and nobody else", async () => {
    await page.goto(network.url);
    expect(await page.getByText("alice.test").count()).toBe(0);
    await page.goto(`${network.url}/account`);
    await page.getByLabel("Handle or e-mail address").fill("alice.test");
    await page.getByLabel("Password").fill("alice-password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("button", { name: "Show me there" }).click();
    await page.goto(network.url);
    expect(await page.getByText("@alice.test").count()).toBeGreaterThan(0);
    expect(await page.getByText("<b>Alice</b>").count()).toBe(1);
    expect(await page.getByText("bob.test").count()).toBe(0);
    const stats = await (await fetch(`${network.url}/xrpc/_stats`)).json();
    expect(stats).toMatchObject({
      status: "ok",
      metrics: { hostedAccountCount: 2, recordCount: 1 },
      users: [{ handle: "alice.test", recordCount: 1 }],
      latestRecord: { handle: "alice.test", rkey: "self" },
      collections: [{ collection: "app.bsky.actor.profile", recordCount: 1 }],
    });
    expect(stats.commitWeeks).toHaveLength(4);
    expect(JSON.stringify(stats)).not.toMatch(/bob|@pds|\/tmp/);
    await page.goto(`${network.url}/account`);
    await page.getByRole("button", { name: "Show me no longer" }).click();
    await page.goto(network.url);
    expect(await page.getByText("alice.test").count()).toBe(0);
  });

  test("lead through the manual", async () => {
    await page.goto(`${network.url}/docs`);
    await page.getByLabel("Search the manual").fill("restore backup");
    await page.getByRole("button", { name: "Search" }).click();
    await page
      .getByRole("main")
      .getByRole("link", { name: "Back up and restore" })
      .click();
    expect(new URL(page.url()).pathname).toBe("/docs/operate/backup");
    await page.getByRole("link", { name: /^Next: / }).click();
    expect(new URL(page.url()).pathname).not.toBe("/docs/operate/backup");
    for (const path of ["/docs/nothing", "/docs/../package.json", "/terms"]) {
      expect((await fetch(`${network.url}${path}`)).status).toBe(404);
    }
  });

  test("have no link that leads nowhere", async () => {
    const seen = new Set<string>();
    const waiting = ["/"];
    const broken: string[] = [];
    while (waiting.length > 0) {
      const path = waiting.pop()!;
      if (seen.has(path)) continue;
      seen.add(path);
      const response = await fetch(`${network.url}${path}`);
      if (response.status === 404) broken.push(path);
      const html = await response.text();
      if (path.startsWith("/account")) continue;
      for (const [, href] of html.matchAll(/<a [^>]*href="(\/[^"#]*)/g)) {
        waiting.push(href!.replaceAll("&amp;", "&"));
      }
    }
    expect(seen.size).toBeGreaterThan(100);
    // Made with the other pages of accounts.
    expect(broken.filter((path) => path !== "/account/sign-up")).toEqual([]);
  });

  test("serve the operator's own words and files", async () => {
    await page.goto(`${network.url}/privacy`);
    expect(await page.getByText("We read nothing.").count()).toBe(1);
    const file = await fetch(`${network.url}/.well-known/apple.json`);
    expect(file.headers.get("content-type")).toContain("application/json");
    const security = await fetch(`${network.url}/.well-known/security.txt`);
    expect(await security.text()).toMatch(
      /^Contact: mailto:help@pds.test\nExpires: 20\d\d-/,
    );
  });

  test("describe every method to programs", async () => {
    const response = await fetch(`${network.url}/api/openapi.json`);
    const document = await response.json();
    expect(document.openapi).toBe("3.1.0");
    const operation =
      document.paths["/xrpc/com.atproto.repo.createRecord"].post;
    const { schema } = operation.requestBody.content["application/json"];
    expect(schema.required).toEqual(["repo", "collection", "record"]);
    expect(schema.properties.rkey).toMatchObject({ maxLength: 512 });
    const refs = JSON.stringify(document).matchAll(
      /"#\/components\/schemas\/([^"]+)"/g,
    );
    for (const [, name] of refs) {
      expect(document.components.schemas).toHaveProperty([name!]);
    }
  });
});
