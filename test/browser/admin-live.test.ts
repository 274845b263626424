import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { createLogKeeper } from "#lib/log-keeper.ts";
import { createLogger } from "#lib/log.ts";
import {
  ADMIN_PASSWORD,
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";
import { describeInBrowser, openBrowser } from "./browser.ts";
import { startVisit, type Visit } from "./visit.ts";

/** Without a schema, so that any key will do. */
const COLLECTION = "test.tempest.note";

describeInBrowser("what happens, on the operator's pages", () => {
  let network: Network;
  let browser: Browser;
  let visit: Visit;
  let page: Page;
  let alice: TestAccount;
  let bob: TestAccount;

  beforeAll(async () => {
    const logKeeper = createLogKeeper("info");
    const { level, keep } = logKeeper;
    const log = createLogger({ format: "json", write: () => {}, level, keep });
    network = await startNetwork({
      settings: { TEMPEST_LOG_LEVEL: "info" },
      deps: { log, logKeeper },
    });
    alice = await network.createAccount("alice");
    bob = await network.createAccount("bob");
    browser = await openBrowser();
    visit = await startVisit(browser, network.url, { width: 1200 });
    ({ page } = visit);
    page.setDefaultTimeout(20_000);
    await page.goto(`${network.url}/admin`);
    await page.getByLabel("Admin password").fill(ADMIN_PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });

  const state = () => page.locator("[data-live-state]");
  const rows = () => page.locator("[data-live-rows] tbody tr");
  const rowWith = (text: string) => rows().filter({ hasText: text });
  const press = (name: string) =>
    page.getByRole("button", { name, exact: true }).click();
  const isOn = () => state().filter({ hasText: "added by itself" }).waitFor();

  async function write({ did, accessJwt }: TestAccount, rkey: string) {
    const answer = await network.call("com.atproto.repo.createRecord", {
      input: {
        ...{ repo: did, collection: COLLECTION, rkey },
        record: { text: rkey },
      },
      token: accessJwt,
    });
    expect(answer.status).toBe(200);
  }

  test("events are added as they come, unless one pauses", async () => {
    await page.goto(`${network.url}/admin/stream`);
    await isOn();
    expect(await rowWith("Identity changed").count()).toBe(2);
    await write(alice, "first");
    await rowWith(`${COLLECTION}/first`).waitFor();
    expect(await rows().first().textContent()).toContain("first");
    await visit.check();
    await press("Pause");
    await state().filter({ hasText: "Paused" }).waitFor();
    await write(bob, "second");
    await write(alice, "third");
    expect(await rowWith("second").count()).toBe(0);
    await press("Go on");
    await rowWith("third").waitFor();
    expect(await rowWith("second").count()).toBe(1);
    expect(await rowWith("third").count()).toBe(1);
  });

  test("are read out only when asked to", async () => {
    const box = page.locator("[data-live-rows]");
    expect(await box.getAttribute("aria-live")).toBe("off");
    await page.getByLabel("Read new lines out").check();
    expect(await box.getAttribute("aria-live")).toBe("polite");
  });

  test("are narrowed to an account and a kind", async () => {
    await page.getByRole("textbox", { name: "Account" }).fill("@Bob.test");
    await page.getByRole("combobox", { name: "Kind" }).selectOption("commit");
    await press("Show");
    await isOn();
    expect(await rowWith("second").count()).toBe(1);
    expect(await rowWith("third").count()).toBe(0);
    await write(alice, "not-this");
    await write(bob, "but-this");
    await rowWith("but-this").waitFor();
    expect(await rowWith("not-this").count()).toBe(0);
    await page.getByRole("textbox", { name: "Account" }).fill("nobody.test");
    await press("Show");
    expect(await page.locator("main").textContent()).toContain("is not here");
  });

  test("work by a link without scripts, to the second page too", async () => {
    for (let i = 0; i < 35; i++) await write(alice, `many-${i}`);
    const plain = await browser.newContext({
      javaScriptEnabled: false,
      storageState: await visit.context.storageState(),
      viewport: { width: 390, height: 844 },
    });
    const tab = await plain.newPage();
    await tab.goto(`${network.url}/admin/stream?kind=commit`);
    expect(await tab.getByRole("button", { name: "Pause" }).count()).toBe(0);
    await write(alice, "after-it");
    await tab.getByRole("link", { name: "Look again" }).click();
    const first = await tab.locator("main").textContent();
    expect(first).toContain("after-it");
    await tab.getByRole("link", { name: "Next page" }).click();
    const second = await tab.locator("main").textContent();
    expect(second).toContain("many-0");
    expect(second).not.toContain("after-it");
    await plain.close();
  });

  test("lines of the log are added, and nothing once the session has ended", async () => {
    await page.goto(`${network.url}/admin/logs?q=admin`);
    await isOn();
    const other = await visit.context.newPage();
    await other.goto(`${network.url}/admin/relays`);
    await other.getByRole("button", { name: "Ask them" }).click();
    await rowWith("admin.acted").first().waitFor();
    await visit.check();
    await other.goto(`${network.url}/admin/security`);
    await other
      .getByRole("button", { name: "End all sessions, this one too" })
      .click();
    await state().filter({ hasText: "signed out" }).waitFor();
    expect(await page.getByRole("button", { name: "Pause" }).count()).toBe(0);
  });
});
