import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { type Network, startNetwork } from "../support/network.ts";
import { describeInBrowser, openBrowser } from "./browser.ts";
import { contrastsOfText, MIN_CONTRAST } from "./contrast.ts";

describeInBrowser("the home page", () => {
  let network: Network;
  let browser: Browser;
  beforeAll(async () => {
    network = await startNetwork({
      settings: {
        TEMPEST_CONTACT_EMAIL_ADDRESS: "help@pds.test",
        TEMPEST_SERVICE_NAME: "Averylongnamewithoutanyspaceinitatall PDS",
      },
    });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });

  for (const colorScheme of ["light", "dark"] as const) {
    test(`fits a small phone and is easy to read, ${colorScheme}`, async () => {
      const page = await browser.newPage({
        viewport: { width: 320, height: 640 },
        colorScheme,
      });
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      await page.goto(network.url);
      const width = await page.evaluate(
        () => document.documentElement.scrollWidth,
      );
      expect(width).toBeLessThanOrEqual(320);
      const contrasts = await page.evaluate(contrastsOfText);
      expect(contrasts.length).toBeGreaterThan(5);
      for (const { text, contrast } of contrasts) {
        expect(`${text}: ${contrast >= MIN_CONTRAST}`).toBe(`${text}: true`);
      }
      expect(await page.getByRole("link").count()).toBe(2);
      expect(complaints).toEqual([]);
      await page.close();
    });
  }
});
