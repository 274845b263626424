import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { createApplication } from "../oauth/application.ts";
import { type Network, startNetwork } from "../support/network.ts";
import { describeInBrowser, openBrowser } from "./browser.ts";
import { startVisit, type Visit } from "./visit.ts";

const SCOPE = "atproto transition:generic repo:app.bsky.feed.post";
const TITLES = {
  de: "Konto anlegen",
  fr: "Créer un compte",
};

describeInBrowser("the languages of the way in", () => {
  let network: Network;
  let browser: Browser;
  let visit: Visit;
  beforeAll(async () => {
    network = await startNetwork({
      settings: {
        TEMPEST_PRIVACY_POLICY_URL: "https://pds.test/privacy",
        TEMPEST_PRIMARY_COLOR: "#804000",
      },
    });
    await network.createAccount("alice");
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });
  afterEach(() => visit.close());

  for (const locale of ["de", "fr"] as const) {
    test(`fit a small phone, and a screen at 400 %, ${locale}`, async () => {
      const options = { locale, width: 320, hasScripts: false };
      visit = await startVisit(browser, network.url, options);
      const { page } = visit;
      await page.goto(`${network.url}/account/sign-up`);
      expect(await page.locator("h1").textContent()).toBe(TITLES[locale]);
      expect(await page.locator("html").getAttribute("lang")).toBe(locale);
      await visit.check();
      for (const path of ["sign-in", "recover", "reset-password?step=sent"]) {
        await page.goto(`${network.url}/account/${path}`);
        await visit.check();
      }
      const client = createApplication(network, SCOPE);
      await page.goto(String(await client.authorize("alice.test")));
      await visit.check();
      await page.locator("input[name=password]").fill("alice-password");
      await page
        .locator("form[action$=sign-in] button[type=submit]")
        .first()
        .click();
      await page.getByText("app.bsky.feed.post (").waitFor();
      await visit.check();
    });
  }

  test("are chosen below a page, and kept", async () => {
    visit = await startVisit(browser, network.url, { hasScripts: false });
    const { page, context } = visit;
    await page.goto(`${network.url}/account/sign-up?invite=abc`);
    await page.getByRole("button", { name: "Français" }).click();
    expect(page.url()).toBe(`${network.url}/account/sign-up?invite=abc`);
    expect(await page.locator("h1").textContent()).toBe(TITLES.fr);
    await page.goto(`${network.url}/account/recover`);
    expect(await page.locator("html").getAttribute("lang")).toBe("fr");
    await visit.check();
    const refused = await context.request.post(`${network.url}/language`, {
      headers: { origin: "https://evil.test" },
      form: { language: "de" },
    });
    expect(refused.status()).toBe(403);
  });

  test("wear the operator's colour, on light paper and on dark", async () => {
    const colours: string[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      visit = await startVisit(browser, network.url, { colorScheme });
      await visit.page.goto(`${network.url}/account/sign-in`);
      await visit.check();
      colours.push(
        await visit.page
          .getByRole("button", { name: "Sign in" })
          .evaluate((button) => getComputedStyle(button).backgroundColor),
      );
      await visit.close();
    }
    expect(colours[0]).toBe("rgb(128, 64, 0)");
    expect(colours[1]).not.toBe(colours[0]);
  });
});
