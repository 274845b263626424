import { expect, test } from "bun:test";
import type { Did } from "#repo/syntax.ts";
import { createApplication } from "../oauth/application.ts";
import { startTwoServers, type TwoServers } from "../support/two-servers.ts";
import { listViolations } from "./axe.ts";
import { describeInBrowser, openBrowser } from "./browser.ts";

/** Alice of our server lets olga act for her, and an application asks for alice. */
async function askAsDelegate({ ours, olga, plcUrl }: TwoServers) {
  const alice = await ours.createAccount("alice");
  await ours.app.contexts.delegations.grant(
    { delegate: olga.did, level: "editor", expiresAtMs: null },
    {
      ...{ kind: "session", scope: "access", sessionId: "page" },
      did: alice.did as Did,
    },
  );
  const client = createApplication(
    { url: ours.url, plcUrl },
    "atproto repo:app.bsky.feed.post",
  );
  return { alice, client, url: await client.authorize(alice.did) };
}

describeInBrowser("somebody whose account is on another server", () => {
  for (const hasScripts of [true, false]) {
    test(`signs in there and lands here, as operator and as delegate, ${hasScripts ? "with" : "without"} scripts`, async () => {
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

        const { alice, client, url } = await askAsDelegate(stage);
        await page.goto(String(url));
        await page.getByRole("link", { name: "Act for this account" }).click();
        await page
          .getByRole("link", { name: "your own on another server" })
          .click();
        if (hasScripts) expect(await listViolations(page)).toEqual([]);
        await page.getByLabel("Your handle or DID").fill(olga.did);
        await page
          .getByRole("button", { name: "Go on to your server" })
          .click();
        await page.waitForURL(`${theirs.url}/**`);
        await page.getByLabel("Password").fill(olga.password);
        await page.getByRole("button", { name: "Sign in" }).click();
        await page.getByRole("button", { name: "Allow" }).click();
        await page.waitForURL(`${ours.url}/oauth/authorize?**`);
        await page.getByText("You act for").waitFor();
        const back = page.waitForRequest((request) =>
          request.url().startsWith("http://127.0.0.1:8080/callback"),
        );
        await page.getByRole("button", { name: "Allow" }).click();
        const { searchParams } = new URL((await back).url());
        const { session } = await client.callback(searchParams);
        expect(session.did as string).toBe(alice.did);
      } finally {
        await browser.close();
      }
    }, 60_000);
  }
});
