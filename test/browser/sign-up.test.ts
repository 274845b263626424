import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { createApplication } from "../oauth/application.ts";
import { type Network, startNetwork } from "../support/network.ts";
import { until } from "../support/until.ts";
import { describeInBrowser, openBrowser } from "./browser.ts";
import { startVisit, type Visit, type VisitOptions } from "./visit.ts";

describeInBrowser("making an account on a page", () => {
  let network: Network;
  let browser: Browser;
  let visit: Visit;
  beforeAll(async () => {
    network = await startNetwork({
      settings: {
        TEMPEST_TERMS_OF_SERVICE_URL: "https://pds.test/terms",
        TEMPEST_PRIVACY_POLICY_URL: "https://pds.test/privacy",
      },
    });
    await network.createAccount("taken");
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });
  afterEach(async () => {
    network.app.contexts.registration.choose("open", "open");
    await visit.close();
  });

  const open = async (path: string, options: VisitOptions = {}) => {
    visit = await startVisit(browser, network.url, options);
    await visit.page.goto(`${network.url}${path}`);
    return visit.page;
  };

  async function fill(page: Page, name: string): Promise<void> {
    await page.getByLabel("Handle", { exact: true }).fill(name);
    await page.getByLabel("E-mail address").fill(`${name}@mail.test`);
    await page.getByLabel("Password").fill(`${name}-password`);
    await page.getByLabel("I have read them and agree").check();
  }

  const send = (page: Page) =>
    page.getByRole("button", { name: "Create the account" }).click();

  test("says of every field what is wrong, keeps what was typed, and lets in", async () => {
    const page = await open("/account/sign-up", { hasScripts: false });
    await visit.check();
    await fill(page, "taken");
    await send(page);
    await visit.check();
    const faults = page.locator("#faults");
    expect(await faults.textContent()).toContain("This handle is taken");
    expect(await faults.textContent()).toContain("account with this address");
    expect(await faults.evaluate((it) => it === document.activeElement)).toBe(
      true,
    );
    const email = page.getByLabel("E-mail address");
    expect(await email.inputValue()).toBe("taken@mail.test");
    expect(await page.getByLabel("Password").inputValue()).toBe("");
    expect(await page.locator("#handle-status").textContent()).toMatch(
      /Free are: taken/,
    );
    await fill(page, "nora");
    await send(page);
    expect(new URL(page.url()).pathname).toBe("/account");
    expect(await page.getByRole("status").textContent()).toContain("is ready");
    await visit.check();
  });

  test("mails a code that confirms the address, with a link or typed", async () => {
    const page = await open("/account/sign-up", { hasScripts: false });
    await fill(page, "luise");
    await send(page);
    const letter = await until("a letter", 30_000, () =>
      network.mailbox.list().find(({ to }) => to === "luise@mail.test"),
    );
    const [link = ""] = /http\S+verify-email\S+/.exec(letter.text) ?? [];
    await page.goto(link.replace(/.$/, (last) => (last === "A" ? "B" : "A")));
    await page.getByRole("button", { name: "Confirm the address" }).click();
    await visit.check();
    expect(await page.getByRole("alert").textContent()).toContain("is wrong");
    await page.goto(link);
    await visit.check();
    await page.getByRole("button", { name: "Confirm the address" }).click();
    await page.getByText("The address is confirmed").waitFor();
    await visit.check();
    await page.goto(`${network.url}/account/verify-email`);
    expect(await page.locator(".notice").textContent()).toContain("already");
  });

  test("says while one types whether a handle is free", async () => {
    const page = await open("/account/sign-up");
    const status = page.locator("#handle-status");
    await page.getByLabel("Handle", { exact: true }).fill("a");
    await status.getByText("can't be a handle").waitFor();
    await page.getByLabel("Handle", { exact: true }).fill("taken");
    const other = status.getByRole("button").first();
    const name = await other.textContent();
    await visit.check();
    await other.click();
    await status.getByText("is free").waitFor();
    const chosen = await page
      .getByLabel("Handle", { exact: true })
      .inputValue();
    expect(`${chosen}.test`).toBe(name!);
  });

  test("is where an application that asks for it leads at once", async () => {
    visit = await startVisit(browser, network.url, { hasScripts: false });
    const { page } = visit;
    const client = createApplication(network, "atproto repo:com.example.note");
    const url = await client.authorize(network.url, { prompt: "create" });
    await page.goto(String(url));
    expect(new URL(page.url()).pathname).toBe("/account/sign-up");
    await fill(page, "frida");
    await send(page);
    await page.getByRole("button", { name: "Allow" }).waitFor();
    expect(await page.locator("main").textContent()).toContain("@frida.test");
  });

  test("leads somebody whom an application sent to its question", async () => {
    visit = await startVisit(browser, network.url, { hasScripts: false });
    const { page } = visit;
    const client = createApplication(network, "atproto repo:com.example.note");
    await page.goto(String(await client.authorize(network.url)));
    await page.getByRole("link", { name: "Create an account" }).click();
    await fill(page, "mina");
    await send(page);
    expect(await page.locator("main").textContent()).toContain("@mina.test");
    await page.route("http://127.0.0.1:8080/**", (route) =>
      route.fulfill({ body: "back" }),
    );
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL("http://127.0.0.1:8080/**");
    const { session } = await client.callback(new URL(page.url()).searchParams);
    const mina = await network.call("com.atproto.identity.resolveHandle", {
      params: { handle: "mina.test" },
    });
    expect(String(session.did)).toBe(mina.body.did);
  });

  test("takes an invitation, once, and says when it is spent or unknown", async () => {
    const { registration, accounts } = network.app.contexts;
    registration.choose("invite");
    const { code } = (await accounts.createInviteCode({
      useCount: 1,
      forAccount: "admin",
    })) as { code: string };
    const page = await open(`/invite/${code}`, { hasScripts: false });
    expect(await page.locator(".notice").textContent()).toContain("invited");
    await visit.check();
    await fill(page, "greta");
    await send(page);
    expect(new URL(page.url()).pathname).toBe("/account");
    const again = await page.goto(`${network.url}/invite/${code}`);
    expect(again?.status()).toBe(410);
    await visit.check();
    const unknown = await page.goto(`${network.url}/invite/nonsense`);
    expect(unknown?.status()).toBe(404);
    await page.goto(`${network.url}/account/sign-up`);
    await fill(page, "hanna");
    await page.getByLabel("Invite code").fill(code);
    await send(page);
    expect(await page.locator("#faults").textContent()).toContain("used up");
  });

  test("says who invites", async () => {
    const { accounts } = network.app.contexts;
    const { did } = accounts.findByHandle("taken.test" as never)!;
    const { code } = (await accounts.createInviteCode({
      useCount: 1,
      forAccount: did,
    })) as { code: string };
    const page = await open(`/invite/${code}`);
    await page.getByText("@taken.test invites you").waitFor();
  });

  test("lets a browser show that a person sits before it", async () => {
    network.app.contexts.registration.choose("captcha");
    const page = await open("/account/sign-up");
    await fill(page, "paula");
    await page.getByText("Your browser has shown it").waitFor();
    await visit.check();
    await send(page);
    await page.waitForURL("**/account?done=welcome");
  });

  test("waits for the check when it is sent too early, and says what it needs without scripts", async () => {
    network.app.contexts.registration.choose("captcha");
    let page = await open("/account/sign-up");
    await page.evaluate(() => {
      for (const [id, value] of [
        ["handle", "quick"],
        ["email", "quick@mail.test"],
        ["password", "quick-password"],
      ]) {
        (document.getElementById(id!) as HTMLInputElement).value = value!;
      }
      (document.getElementById("agree") as HTMLInputElement).checked = true;
    });
    await send(page);
    await page.waitForURL("**/account?done=welcome");
    await visit.close();
    page = await open("/account/sign-up", { hasScripts: false });
    await page.getByText("needs JavaScript").waitFor();
    await visit.check();
    await fill(page, "rosa");
    await send(page);
    await visit.check();
    expect(await page.locator("#faults").textContent()).toContain("check");
  });

  test("asks for cookies before it makes anything", async () => {
    const page = await open("/account/sign-up", { hasScripts: false });
    await visit.context.clearCookies();
    await fill(page, "berta");
    await send(page);
    expect(await page.locator("#faults").textContent()).toContain("cookie");
    expect(
      network.app.contexts.accounts.findByHandle("berta.test" as never),
    ).toBeNull();
  });

  test("takes no form of another site", async () => {
    visit = await startVisit(browser, network.url);
    const send = (origin: string) =>
      visit.context.request.post(`${network.url}/account/sign-up`, {
        headers: { origin },
        form: { handle: "evil", email: "e@mail.test", password: "evil-evil" },
      });
    expect((await send("https://evil.test")).status()).toBe(403);
  });

  test("takes nobody where the operator takes nobody", async () => {
    network.app.contexts.registration.choose("closed");
    const page = await open("/account/sign-up");
    await page.getByText("takes no new accounts").waitFor();
    await visit.check();
  });
});
