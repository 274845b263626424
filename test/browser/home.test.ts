import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { type Network, startNetwork } from "../support/network.ts";
import { describeInBrowser, openBrowser } from "./browser.ts";

/** WCAG 2.2, 1.4.3: contrast of text of normal size at level AA. */
const MIN_CONTRAST = 4.5;

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

/** Runs in the page: each text with its contrast to what is behind it. */
function contrastsOfText(): { text: string; contrast: number }[] {
  const channelsOf = (color: string) =>
    color.match(/[\d.]+/g)!.map((part) => Number(part));
  const luminanceOf = (color: string) => {
    const [red, green, blue] = channelsOf(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045
        ? share / 12.92
        : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const backgroundOf = (element: Element): string => {
    const color = getComputedStyle(element).backgroundColor;
    if (channelsOf(color)[3] !== 0) return color;
    return backgroundOf(element.parentElement!);
  };
  return [...document.body.querySelectorAll("*")]
    .filter(({ childNodes }) =>
      [...childNodes].some(({ nodeType }) => nodeType === Node.TEXT_NODE),
    )
    .map((element) => {
      const [dark, light] = [
        luminanceOf(getComputedStyle(element).color),
        luminanceOf(backgroundOf(element)),
      ].toSorted((a, b) => a - b);
      const contrast = (light! + 0.05) / (dark! + 0.05);
      return { text: element.textContent ?? "", contrast };
    });
}
