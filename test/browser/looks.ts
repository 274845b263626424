import type { Page } from "playwright-core";
import { sizeOf, testColumn } from "../support/sizes.ts";
import { listViolations, RENDERED } from "./axe.ts";
import { PHONE } from "./owner.ts";

export const DESK = { width: 1280, height: 900 };

/** Two neighbours at an even place have both widths and both colours, and those that come first have. */
const LOOKS = [
  { viewport: PHONE, colorScheme: "dark" },
  { viewport: DESK, colorScheme: "light" },
  { viewport: DESK, colorScheme: "dark" },
  { viewport: PHONE, colorScheme: "light" },
] as const;

/** Runs in the page: of a long list only so many lines stay, since all are made alike. */
function shortenLists(most: number): void {
  for (const list of document.querySelectorAll("tbody, ul, ol, dl, article"))
    for (const item of [...list.children].slice(most)) item.remove();
}

/**
 * Opens a page, and tells what is wrong with it: what axe-core minds, and what
 * stands out over the edge. A width folds menus and tables, a colour scheme
 * changes what can be read: so every page is seen in both of each on a push, in
 * one pair of looks or the other, and in all four in a long run. On a push the
 * second look is at that alone which a look can change.
 * @param nth Place of the page among the pages; the pairs take turns.
 */
export async function listFaultsOfLooks(
  page: Page,
  url: string,
  nth: number,
): Promise<string[]> {
  await page.goto(url);
  await page.evaluate(shortenLists, sizeOf("listItems"));
  const faults: string[] = [];
  for (let more = 0; more < sizeOf("pageLooks"); more++) {
    const look = LOOKS[((nth % 2) * 2 + more) % LOOKS.length]!;
    const { viewport, colorScheme } = look;
    await page.setViewportSize(viewport);
    // Colours on their way would be taken for those that are meant.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth - innerWidth,
    );
    const isFirst = more === 0 || testColumn === "long";
    const said = await listViolations(page, isFirst ? undefined : RENDERED);
    if (wide > 0) said.push(`is ${wide} pixels too wide`);
    const where = `${url} ${viewport.width} ${colorScheme}`;
    faults.push(...said.map((fault) => `${where}: ${fault}`));
  }
  return faults;
}
