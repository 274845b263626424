import { expect } from "bun:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { listViolations, listViolationsWithoutScripts } from "./axe.ts";

/** Somebody at a page: with or without scripts, on a phone unless said. */
export interface Visit {
  page: Page;
  context: BrowserContext;
  /**
   * Holds the page against what every page must be: nothing that axe-core
   * minds, nothing beside the screen, nothing loaded from elsewhere, no
   * complaint of the browser.
   */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface VisitOptions {
  hasScripts?: boolean;
  colorScheme?: "light" | "dark";
  width?: number;
  userAgent?: string;
  locale?: string;
}

export async function startVisit(
  browser: Browser,
  origin: string,
  options: VisitOptions = {},
): Promise<Visit> {
  const { hasScripts = true, width = 390, ...rest } = options;
  const context = await browser.newContext({
    ...{ viewport: { width, height: 844 }, javaScriptEnabled: hasScripts },
    ...{ locale: "en", ...rest },
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const foreign: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // That a form was answered with a fault is no fault of the page.
    if (!/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(origin)) foreign.push(request.url());
  });
  return {
    page,
    context,
    async check() {
      const violations = hasScripts
        ? await listViolations(page)
        : await listViolationsWithoutScripts(browser, page, options);
      expect(violations).toEqual([]);
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth,
      );
      expect(wide).toBeLessThanOrEqual(width);
      expect(foreign).toEqual([]);
      expect(complaints).toEqual([]);
    },
    close: () => context.close(),
  };
}
