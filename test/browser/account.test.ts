import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { type Network, startNetwork } from "../support/network.ts";
import { describeInBrowser, openBrowser } from "./browser.ts";

describeInBrowser("the pages of an account", () => {
  let network: Network;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    network = await startNetwork();
    await network.createAccount("alice");
    await network.createAccount("bob");
    browser = await openBrowser();
    context = await browser.newContext();
    page = await context.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });

  async function signIn(name: string): Promise<void> {
    await page.getByLabel("Handle or e-mail address").fill(`${name}.test`);
    await page.getByLabel("Password").fill(`${name}-password`);
    await page.getByRole("button", { name: "Sign in" }).click();
  }

  test("ask who comes, and lead to where one wanted to go", async () => {
    await page.goto(`${network.url}/account?from=test`);
    expect(new URL(page.url()).pathname).toBe("/account/sign-in");
    await page.getByLabel("Password").fill("wrong");
    await page.getByLabel("Handle or e-mail address").fill("alice.test");
    await page.getByRole("button", { name: "Sign in" }).click();
    expect(await page.getByRole("alert").textContent()).toContain(
      "do not belong together",
    );
    await signIn("alice");
    expect(page.url()).toBe(`${network.url}/account?from=test`);
    expect(await page.getByText("@alice.test").count()).toBeGreaterThan(0);
  });

  test("are looked at with a style of our own, and load nothing else", async () => {
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    await page.goto(`${network.url}/account`);
    expect(asked.every((url) => url.startsWith(network.url))).toBe(true);
    expect(complaints).toEqual([]);
    const border = await page
      .locator(".card")
      .first()
      .evaluate((card) => getComputedStyle(card).borderTopStyle);
    expect(border).toBe("solid");
  });

  test("switch between accounts, and forget one that signs out", async () => {
    await page.goto(`${network.url}/account/sign-in`);
    await signIn("bob");
    expect(await page.locator(".bar").textContent()).toContain("@bob.test");
    await page.getByRole("button", { name: "Switch to @alice.test" }).click();
    expect(await page.locator(".bar").textContent()).toContain("@alice.test");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.goto(`${network.url}/account`);
    expect(await page.locator(".bar").textContent()).toContain("@bob.test");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.goto(`${network.url}/account`);
    expect(new URL(page.url()).pathname).toBe("/account/sign-in");
  });

  test("forget who did not stay signed in when the browser is closed", async () => {
    await page.goto(`${network.url}/account/sign-in`);
    await signIn("alice");
    const kept = await context.cookies();
    const lasting = kept.filter(({ expires }) => expires !== -1);
    await context.clearCookies();
    await context.addCookies(lasting);
    await page.goto(`${network.url}/account`);
    expect(new URL(page.url()).pathname).toBe("/account/sign-in");
    await page.getByLabel("Stay signed in on this device").check();
    await signIn("alice");
    expect(new URL(page.url()).pathname).toBe("/account");
    const remembered = await context.cookies();
    await context.clearCookies();
    await context.addCookies(
      remembered.filter(({ expires }) => expires !== -1),
    );
    await page.goto(`${network.url}/account`);
    expect(new URL(page.url()).pathname).toBe("/account");
  });

  test("do nothing for a form of another site", async () => {
    const response = await context.request.post(
      `${network.url}/account/sign-out`,
      { headers: { origin: "https://evil.test" }, form: {} },
    );
    expect(response.status()).toBe(403);
  });
});
