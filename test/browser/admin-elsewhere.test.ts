import { expect, test } from "bun:test";
import { startTwoServers } from "../support/two-servers.ts";
import { listViolations } from "./axe.ts";
import { describeInBrowser, openBrowser } from "./browser.ts";

describeInBrowser("the operator whose account is on another server", () => {
  for (const hasScripts of [true, false]) {
    test(`signs in there and lands here, ${hasScripts ? "with" : "without"} scripts`, async () => {
      await using stage = await startTwoServers();
      const { ours, theirs, olga } = stage;
      const browser = await openBrowser();
      try {
        const context = await browser.newContext({
          javaScriptEnabled: hasScripts,
        });
        const page = await context.newPage();
        page.setDefaultTimeout(15_000);
        await page.goto(`${ours.url}/admin/accounts`);
        if (hasScripts) expect(await listViolations(page)).toEqual([]);
        await page.getByLabel("Handle or DID").fill(olga.did);
        await page
          .getByRole("button", { name: "Go on to your server" })
          .click();
        await page.waitForURL(`${theirs.url}/**`);
        await page.getByLabel("Password").fill(olga.password);
        await page.getByRole("button", { name: "Sign in" }).click();
        await page.getByRole("button", { name: "Allow" }).click();
        await page.waitForURL(`${ours.url}/admin/accounts`);
        expect(await page.locator("h1").textContent()).toBe("Accounts");
        const sessions = ours.app.contexts.admins.listAdminSessions();
        expect(sessions.map(({ actor }) => actor)).toEqual([olga.did]);
      } finally {
        await browser.close();
      }
    }, 60_000);
  }
});
