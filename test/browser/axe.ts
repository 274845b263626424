import axe from "axe-core";
import type { Browser, Page } from "playwright-core";

/** WCAG 2.2 at levels A and AA, and what axe's authors hold to be good practice. */
const TAGS = [
  "wcag2a",
  "wcag2aa",
  "wcag21a",
  "wcag21aa",
  "wcag22aa",
  "best-practice",
];

/** What comes out differently when only widths and colours change; all else is in the markup. */
export const RENDERED = [
  "color-contrast",
  "link-in-text-block",
  "scrollable-region-focusable",
  "target-size",
];

/**
 * What axe-core finds wrong with the page that is open, a line each; nothing
 * when all is well. The library is put into the page past its policy, which
 * forbids every script but our own.
 * @param rules Names of rules, or of groups of them.
 */
export async function listViolations(
  page: Page,
  rules: readonly string[] = TAGS,
): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const evaluate = (expression: string) =>
    session.send("Runtime.evaluate", {
      ...{ expression, awaitPromise: true, returnByValue: true },
    });
  // It stays for as long as the page does.
  const there = await evaluate("typeof axe");
  if (there.result.value === "undefined") await evaluate(axe.source);
  // What passes is not even counted: that is half of the time.
  const options = { runOnly: rules, resultTypes: ["violations"] };
  const { result } = await evaluate(
    `axe.run(${JSON.stringify(options)}).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => [id, html.slice(0, 200), failureSummary].join(" · "))))`,
  );
  await session.detach();
  return result.value as string[];
}

/**
 * The same for a page without scripts, which axe-core needs: what it shows is
 * shown once more in a browser with them, but without those of the page.
 */
export async function listViolationsWithoutScripts(
  browser: Browser,
  page: Page,
  look: { colorScheme?: "light" | "dark" } = {},
): Promise<string[]> {
  const html = await page.content();
  const twin = await browser.newPage({
    ...look,
    viewport: page.viewportSize(),
  });
  try {
    await twin.route(page.url(), (route) =>
      route.fulfill({
        body: html.replace(/<script\b[^>]*><\/script>/g, ""),
        contentType: "text/html; charset=utf-8",
      }),
    );
    await twin.goto(page.url());
    return await listViolations(twin);
  } finally {
    await twin.close();
  }
}
