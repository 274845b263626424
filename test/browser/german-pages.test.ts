import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { ACCOUNT_PAGES } from "#edge/http/account/table.ts";
import { ADMIN_PAGES } from "#edge/web/admin/table.ts";
import {
  ADMIN_PASSWORD,
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";
import { describeInBrowser, openBrowser } from "./browser.ts";
import { PHONE } from "./owner.ts";

/** English words that German does not have, alone or at the edge of a word. */
const ENGLISH =
  /(?<![\w.:/@-])(?:the|your|you|were|with|and|not|this|that|from|for|of|to|is|are|account|password)(?![\w.:/@-])/;

describeInBrowser(
  "every page in German, whose words are long, on a phone",
  () => {
    let network: Network;
    let alice: TestAccount;
    let browser: Browser;
    let context: BrowserContext;
    let page: Page;

    beforeAll(async () => {
      network = await startNetwork({
        settings: { TEMPEST_CRAWLERS: "http://localhost:9" },
      });
      alice = await network.createAccount("alice");
      await network.call("com.atproto.server.requestPasswordReset", {
        input: { email: "alice@mail.test" },
      });
      await network.call("com.atproto.server.createAppPassword", {
        ...{ token: alice.accessJwt, input: { name: "phone" } },
      });
      browser = await openBrowser();
      context = await browser.newContext({ viewport: PHONE, locale: "de" });
      page = await context.newPage();
    });
    afterAll(async () => {
      await browser?.close();
      await network?.stop();
    });

    /** What is wrong with the page at a path; nothing where it is as it should be. */
    async function faultsOf(path: string): Promise<string[]> {
      await page.goto(`${network.url}${path}`);
      const { lang, wide, text } = await page.evaluate(() => {
        const wide = document.scrollingElement!.scrollWidth - innerWidth;
        const { lang } = document.documentElement;
        // What says of itself that it is in another language, or in none.
        for (const other of document.querySelectorAll("[lang]:not(html), pre"))
          other.remove();
        return { lang, wide, text: document.body.innerText };
      });
      const lines = text.split("\n").filter((line) => ENGLISH.test(line));
      return [
        ...(lang === "de" ? [] : [`${path} is in ${lang}`]),
        ...(wide > 0 ? [`${path} is ${wide} pixels too wide`] : []),
        ...lines.map((line) => `${path} has English: ${line}`),
      ];
    }

    async function faultsOfAll(paths: readonly string[]): Promise<string[]> {
      const faults: string[] = [];
      for (const path of paths) faults.push(...(await faultsOf(path)));
      return faults;
    }

    test("those for everybody", async () => {
      expect(
        await faultsOfAll([
          ...["/", "/status", "/stats", "/docs", "/docs?q=mail", "/changelog"],
          ...["/api", "/api/com.atproto.repo.putRecord", "/nowhere"],
          ...["/account/sign-in", "/account/sign-up", "/account/recover"],
          ...["/account/reset-password", "/invite/none", "/account/apply"],
        ]),
      ).toEqual([]);
    });

    test("those of owners", async () => {
      await page.goto(`${network.url}/account`);
      await page.getByLabel("Handle oder E-Mail-Adresse").fill(alice.did);
      await page.getByLabel("Passwort").fill(alice.password);
      await page.getByRole("button", { name: "Anmelden" }).click();
      const paths = ACCOUNT_PAGES.filter(({ show }) => show !== null)
        .map(({ path }) => path)
        .filter((path) => !/:|\.\w+$|live$/.test(path));
      expect(paths.length).toBeGreaterThan(20);
      expect(await faultsOfAll(paths)).toEqual([]);
    });

    test("those of the operator", async () => {
      await page.goto(`${network.url}/admin`);
      await page.getByLabel("Administratorpasswort").fill(ADMIN_PASSWORD);
      await page.getByRole("button", { name: "Anmelden" }).click();
      const paths = ADMIN_PAGES.map(({ path }) =>
        path
          .replace(":did", alice.did)
          .replace(":id", "1")
          .replace(/accounts\/(.*)\/act$/, "accounts/$1/act?name=delete"),
      );
      expect(await faultsOfAll(paths)).toEqual([]);
    });
  },
);
