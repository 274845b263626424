import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import {
  type Browser,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { findTool } from "../../scripts/tools.ts";

const executablePath = findTool("chromium");

/** Nothing that the browser does by itself, and nothing that it asks of Google. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Registers tests that need a browser. Without one there is one skipped test
 * that says why, and in CI one that fails.
 */
export function describeInBrowser(group: string, define: () => void): void {
  describe(group, () => {
    if (executablePath !== null) {
      define();
    } else if (process.env["CI"]) {
      test("Chromium must be there in CI", () => {
        expect.unreachable("no Chromium on the PATH");
      });
    } else {
      test.skip("there is no Chromium, so no page is opened", () => {});
    }
  });
}

/** A browser with a profile of its own, removed when it closes. */
export async function openBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: executablePath!,
    headless: true,
    args: ARGUMENTS,
  });
  await makeClicksWait(browser);
  return browser;
}

let doClicksWait = false;

/**
 * By itself a click is over when the page that it leads to begins. Texts and
 * numbers are read off a page at once, so here it is over when all of it is there.
 */
async function makeClicksWait(browser: Browser): Promise<void> {
  if (doClicksWait) return;
  const page = await browser.newPage();
  const locators: Pick<Locator, "click"> = Object.getPrototypeOf(
    page.locator("html"),
  );
  const { click } = locators;
  locators.click = async function (this: Locator, options) {
    await click.call(this, options);
    const page = this.page();
    if (!page.isClosed()) await page.waitForLoadState();
  };
  doClicksWait = true;
  await page.close();
}

export interface Site {
  origin: string;
  stop(): Promise<void>;
}

/**
 * Another origin, whose only page runs a script of this folder: unless told
 * otherwise, the one that carries the official client as `window.atproto`.
 */
export async function serveClient(name = "page.ts"): Promise<Site> {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dir, name)],
    target: "browser",
    minify: true,
  });
  const script = await built.outputs[0]!.text();
  const html =
    '<!doctype html><meta charset="utf-8"><title>App</title><script type="module" src="/app.js"></script>';
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    routes: {
      "/": () =>
        new Response(html, { headers: { "content-type": "text/html" } }),
      "/app.js": () =>
        new Response(script, {
          headers: { "content-type": "text/javascript" },
        }),
    },
  });
  return {
    origin: server.url.origin,
    stop: () => server.stop(true),
  };
}

/** Opens the page, and waits for the client. */
export async function openApp(browser: Browser, site: Site): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(site.origin);
  await page.waitForFunction(() => "atproto" in globalThis);
  return page;
}
