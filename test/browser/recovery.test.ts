import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { createApplication } from "../oauth/application.ts";
import { type Network, startNetwork } from "../support/network.ts";
import { until } from "../support/until.ts";
import { describeInBrowser, openBrowser } from "./browser.ts";
import { startVisit, type Visit } from "./visit.ts";

describeInBrowser("the ways back in", () => {
  let network: Network;
  let browser: Browser;
  let visit: Visit;
  beforeAll(async () => {
    network = await startNetwork({
      settings: { TEMPEST_CONTACT_EMAIL_ADDRESS: "help@pds.test" },
    });
    await network.createAccount("alice");
    await network.createAccount("bob");
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });
  afterEach(() => visit.close());

  const open = async (path: string, hasScripts = false) => {
    visit = await startVisit(browser, network.url, { hasScripts });
    await visit.page.goto(`${network.url}${path}`);
    return visit.page;
  };

  const letterTo = (address: string) =>
    until("a letter", 30_000, () =>
      network.mailbox.list().find(({ to }) => to === address),
    );

  async function askFor(page: Page, address: string): Promise<void> {
    await page.getByLabel("E-mail address").fill(address);
    await page.getByRole("button", { name: "Send the code" }).click();
  }

  test("lead from an application's sign-in to a new password and back", async () => {
    visit = await startVisit(browser, network.url, { hasScripts: false });
    const { page } = visit;
    const client = createApplication(network, "atproto");
    await page.goto(String(await client.authorize("alice.test")));
    await page.getByRole("link", { name: "Can't sign in?" }).click();
    await visit.check();
    await page.getByRole("link", { name: "Set a new password" }).click();
    await visit.check();
    await askFor(page, "alice@mail.test");
    await visit.check();
    const { text } = await letterTo("alice@mail.test");
    const [code = ""] = /[A-Z2-7]{5}-[A-Z2-7]{5}/.exec(text) ?? [];
    await page.getByLabel("Code from the letter").fill("AAAAA-AAAAA");
    await page.getByLabel("New password").fill("a new password");
    await page.getByRole("button", { name: "Set the password" }).click();
    await visit.check();
    expect(await page.locator("#faults").textContent()).toContain("wrong");
    await page
      .getByLabel("Code from the letter")
      .fill(` ${code.toLowerCase()} `);
    await page.getByLabel("New password").fill("a new password");
    await page.getByRole("button", { name: "Set the password" }).click();
    await visit.check();
    await page.getByRole("link", { name: "Sign in" }).click();
    expect(new URL(page.url()).pathname).toBe("/oauth/authorize");
    await page.getByLabel("Password").fill("a new password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("@alice.test").waitFor();
  });

  test("take the code out of the letter's link, and use it up once", async () => {
    const page = await open("/account/reset-password");
    await askFor(page, "bob@mail.test");
    const { text } = await letterTo("bob@mail.test");
    const [link = ""] = /http\S+reset-password\S+/.exec(text) ?? [];
    for (const [password, says] of [
      ["bobs-new-password", "The password is set"],
      ["another-password", "is wrong, or was used"],
    ] as const) {
      await page.goto(link);
      await page.getByLabel("New password").fill(password);
      await page.getByRole("button", { name: "Set the password" }).click();
      await page.getByText(says).first().waitFor();
    }
    const signIn = (password: string) =>
      network.call("com.atproto.server.createSession", {
        input: { identifier: "bob.test", password },
      });
    expect((await signIn("bobs-new-password")).status).toBe(200);
    expect((await signIn("bob-password")).status).toBe(401);
  });

  test("do not tell whether there is an account", async () => {
    const page = await open("/account/reset-password");
    const seen: string[] = [];
    for (const name of ["bob", "nobody"]) {
      await page.goto(`${network.url}/account/reset-password`);
      await askFor(page, `${name}@mail.test`);
      seen.push(`${page.url()} ${await page.locator("main").innerHTML()}`);
    }
    expect(seen[0]).toBe(seen[1]!);
  });

  test("are where password managers look for them", async () => {
    const page = await open("/.well-known/change-password");
    await page.getByLabel("Handle or e-mail address").fill("alice.test");
    await page.getByLabel("Password").fill("a new password");
    await page.getByRole("button", { name: "Sign in" }).click();
    expect(new URL(page.url()).pathname).toBe("/account/security/password");
  });

  test("name the operator, and lead to no other site", async () => {
    const page = await open("/account/recover?return_to=//evil.test/account");
    const hrefs = await page
      .getByRole("link")
      .evaluateAll((links) =>
        links.map((link) => (link as HTMLAnchorElement).href),
      );
    expect(hrefs).toContain("mailto:help@pds.test");
    expect(
      hrefs.filter((href) => !/^(mailto:)|^http:\/\/localhost:/.test(href)),
    ).toEqual([]);
  });

  test("send a code to who is signed in", async () => {
    const page = await open("/account/sign-in?return_to=/account/verify-email");
    await page.getByLabel("Handle or e-mail address").fill("bob.test");
    await page.getByLabel("Password").fill("bobs-new-password");
    await page.getByRole("button", { name: "Sign in" }).click();
    network.mailbox.clear();
    await page.getByRole("button", { name: "Send a code" }).click();
    await visit.check();
    const { text } = await letterTo("bob@mail.test");
    const [code = ""] = /[A-Z2-7]{5}-[A-Z2-7]{5}/.exec(text) ?? [];
    await page.getByLabel("Code from the letter").fill(code);
    await page.getByRole("button", { name: "Confirm the address" }).click();
    await page.getByText("The address is confirmed").waitFor();
  });
});
