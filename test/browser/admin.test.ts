import { afterAll, beforeAll, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { ADMIN_PAGES } from "#edge/web/admin/table.ts";
import {
  ADMIN_PASSWORD,
  type Network,
  startNetwork,
} from "../support/network.ts";
import { until } from "../support/until.ts";
import { describeInBrowser, openBrowser } from "./browser.ts";
import { listViolations } from "./axe.ts";
import { DESK, listFaultsOfLooks } from "./looks.ts";
import { PHONE } from "./owner.ts";

const MOST_BYTES = 60_000;

describeInBrowser("the pages of the operator", () => {
  let network: Network;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let alice: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    network = await startNetwork({
      settings: {
        TEMPEST_CONTACT_EMAIL_ADDRESS: "op@pds.test",
        TEMPEST_CRAWLERS: "http://localhost:9",
      },
    });
    const { did, accessJwt } = await network.createAccount("alice");
    alice = did;
    const profile = {
      ...{ repo: did, collection: "app.bsky.actor.profile", rkey: "self" },
      record: { $type: "app.bsky.actor.profile", displayName: "Alice" },
    };
    await network.call("com.atproto.repo.createRecord", {
      ...{ input: profile, token: accessJwt },
    });
    await network.createAccount("bob");
    await network.createAccount("carla");
    await network.call("com.atproto.server.requestPasswordReset", {
      input: { email: "bob@mail.test" },
    });
    browser = await openBrowser();
    context = await browser.newContext();
    context.setDefaultTimeout(10_000);
    page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(network.url))
        complaints.push(request.url());
    });
  });
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });

  const go = (path: string) => page.goto(`${network.url}${path}`);
  const heading = () => page.locator("h1").textContent();
  const notice = () => page.getByRole("status").first().textContent();
  const press = (name: string) =>
    page.getByRole("button", { name, exact: true }).click();
  const follow = (name: string) =>
    page.getByRole("link", { name, exact: true }).click();

  async function signIn(on: Page): Promise<void> {
    await on.goto(`${network.url}/admin`);
    await on.getByLabel("Admin password").fill(ADMIN_PASSWORD);
    await on.getByRole("button", { name: "Sign in" }).click();
  }

  /** Every page that a link leads to, with names filled in. */
  function paths(): string[] {
    return ADMIN_PAGES.map(({ path }) =>
      path
        .replace(":did", alice)
        .replace(":id", "1")
        .replace(/\/act$/, "/act?name=takeDown")
        .replace(
          "/moderation/act?name=takeDown",
          `/moderation/act?did=${alice}&applied=yes`,
        )
        .replace("/accounts/bulk", "/accounts/bulk?act=announce&q=bob"),
    );
  }

  test("ask for the password, and lead to where one wanted to go", async () => {
    await go("/admin/jobs?cursor=9");
    expect(await heading()).toBe("Operator");
    expect(await listViolations(page)).toEqual([]);
    await page.getByLabel("Admin password").fill("wrong");
    await press("Sign in");
    expect(await page.getByRole("alert").textContent()).toContain(
      "not the password",
    );
    await page.getByLabel("Admin password").fill(ADMIN_PASSWORD);
    await press("Sign in");
    expect(page.url()).toBe(`${network.url}/admin/jobs?cursor=9`);
    await go("/admin/sign-in?to=//evil.test/admin");
    await page.getByLabel("Admin password").fill(ADMIN_PASSWORD);
    await press("Sign in");
    expect(page.url()).toBe(`${network.url}/admin`);
  });

  test("are easy to use for everybody: wide and narrow, light and dark", async () => {
    for (const [nth, path] of paths().entries()) {
      const url = `${network.url}${path}`;
      expect(await listFaultsOfLooks(page, url, nth)).toEqual([]);
      expect([path, page.url()]).toEqual([path, url]);
      const html = await (await context.request.get(url)).text();
      const bytes = gzipSync(html).length;
      expect([path, bytes < MOST_BYTES]).toEqual([path, true]);
    }
    await page.setViewportSize(DESK);
  });

  test("each account can be helped, and what is done is remembered", async () => {
    await go("/admin/accounts");
    await page.getByLabel("Handle, e-mail or DID").fill("ALICE");
    await press("Show");
    expect(await page.locator("tbody tr").count()).toBe(1);
    await follow("@alice.test");
    await follow("Confirm the e-mail address");
    await press("Do it");
    expect(await notice()).toContain("counts as confirmed");
    await follow("Change the handle");
    await page.getByLabel("New handle").fill("bob.test");
    await press("Do it");
    expect(await page.getByRole("alert").textContent()).toContain("taken");
    await page.getByLabel("New handle").fill("alicia.test");
    await press("Do it");
    expect(await heading()).toBe("@alicia.test");
    await follow("Change the e-mail address");
    await page.getByLabel("New e-mail address").fill("new@mail.test");
    await press("Do it");
    expect(await page.locator("main").textContent()).toContain("new@mail.test");
    await follow("Take down");
    await page.getByLabel("Reference").fill("case 7");
    await press("Do it");
    expect(await page.locator("main").textContent()).toContain("case 7");
    const status = await network.call("com.atproto.sync.getRepoStatus", {
      params: { did: alice },
    });
    expect(status.body).toMatchObject({ active: false, status: "takendown" });
    await follow("Restore");
    await press("Do it");
    await follow("Deactivate");
    await press("Do it");
    await follow("Activate");
    await press("Do it");
    expect(await page.locator("main").textContent()).toContain(
      "Took it out of sight (case 7)",
    );
    await go("/admin/security");
    const acts = await page.locator("main").textContent();
    expect(acts).toContain(
      "Changed the handle from @alice.test to @alicia.test",
    );
    expect(acts).toContain("updateAccountHandle");
  });

  test("what happened to accounts is found by account, kind and day", async () => {
    const rows = page.locator("tbody tr");
    await go(`/admin/accounts/${alice}`);
    // Counted now: nobody has measured these accounts.
    expect(await page.locator("main").innerText()).toMatch(
      /records: 1 \([1-9]/,
    );
    await follow("Its security log");
    expect(await heading()).toBe("Security log");
    expect(await page.getByLabel("Handle or DID").inputValue()).toBe(alice);
    const all = await rows.allInnerTexts();
    expect(all.every((row) => row.includes("@alicia.test"))).toBe(true);
    expect(all.join()).toContain("Account made");
    await page.getByLabel("Handle or DID").fill("@alicia.test");
    await page.getByLabel("What").selectOption("Handle changed");
    await press("Show");
    expect(await rows.count()).toBe(1);
    expect(await rows.innerText()).toMatch(
      /before: alice.test[^]*the operator/,
    );
    await page.getByLabel("What").selectOption("Failures: all");
    await press("Show");
    expect(await rows.count()).toBe(0);
    await page.getByLabel("What").selectOption("Account made");
    await page.getByLabel("Handle or DID").fill("");
    await press("Show");
    expect(await rows.count()).toBe(3);
    await page.getByLabel("Begun until").fill("2020-01-01");
    await press("Show");
    expect(await rows.count()).toBe(0);
    await page.getByLabel("Handle or DID").fill("nobody.test");
    await press("Show");
    expect(await page.getByRole("alert").textContent()).toContain("no such");
  });

  test("a code for a new password is shown once, and sets one", async () => {
    await go(`/admin/accounts/${alice}`);
    await follow("Make a link for a new password");
    await press("Do it");
    const text = await page.locator("main").textContent();
    const token = /[A-Z2-7]{5}-[A-Z2-7]{5}/.exec(text!)![0];
    expect(page.url()).not.toContain(token);
    const answer = await network.call("com.atproto.server.resetPassword", {
      input: { token, password: "another-password" },
    });
    expect(answer.status).toBe(200);
  });

  test("an account is made, and deleted only by typing its name", async () => {
    await go("/admin/accounts");
    await follow("Make an account");
    await page.getByLabel("Handle", { exact: true }).fill("alicia.test");
    await page.getByLabel("E-mail address").fill("dan@mail.test");
    await page.getByLabel("Password").fill("dans-password");
    await press("Make the account");
    expect(await page.getByRole("alert").textContent()).toContain("taken");
    await page.getByLabel("Handle", { exact: true }).fill("dan.test");
    await page.getByLabel("Password").fill("dans-password");
    await press("Make the account");
    expect(await heading()).toBe("@dan.test");
    await follow("Delete");
    await page.getByLabel("Type dan.test to go on").fill("dan");
    await press("Do it");
    expect(await page.getByRole("alert").textContent()).toContain(
      "Nothing has happened",
    );
    await page.getByLabel("Type dan.test to go on").fill("dan.test");
    await press("Do it");
    expect(await notice()).toContain("being deleted");
  });

  test("many accounts are acted on by a job that one can watch", async () => {
    await go("/admin/accounts?q=carla");
    await page.getByLabel("What").selectOption("takeDown");
    await press("Look whom it would be");
    expect(await page.locator("main").textContent()).toContain("@carla.test");
    await page.getByLabel("Type 1 to go on").fill("1");
    await press("Do it");
    expect(await heading()).toContain("act on accounts");
    await network.app.queue.find(1);
    await until("the job is done", 30_000, async () => {
      await page.reload();
      return (await page.locator("main").textContent())!.includes("Done");
    });
    await go("/admin/accounts?q=carla");
    expect(await page.locator("tbody").textContent()).toContain("Taken down");
  });

  test("the registration is chosen, and open only by a typed word", async () => {
    await go("/admin/registration");
    await page.getByLabel("Closed").check();
    await press("Save");
    expect(await notice()).toBe("Saved.");
    await page.getByLabel("Open to everybody").check();
    await press("Save");
    expect(await page.getByRole("alert").textContent()).toContain(
      "Type the word",
    );
    await page.getByLabel("After your approval").check();
    await press("Save");
    await go("/apply");
    expect(await listViolations(page)).toEqual([]);
    await page.getByLabel("Handle").fill("bob.test");
    await page.getByLabel("E-mail address").fill("eve@mail.test");
    await page.getByLabel("Who you are").fill("Let me in");
    await press("Ask");
    expect(await page.getByRole("alert").textContent()).toContain("taken");
    await page.getByLabel("Handle").fill("eve.test");
    await press("Ask");
    expect(await page.getByRole("status").textContent()).toContain("Thank you");
    await go("/admin/registration");
    expect(await page.locator("main").textContent()).toContain("Let me in");
    await press("Approve @eve.test");
    expect(await notice()).toContain("mailed a code");
    await go("/admin/invites");
    await page.getByLabel("How many").fill("2");
    await press("Make them");
    expect(await page.locator('[role="status"] li').count()).toBe(2);
    await page
      .getByRole("button", { name: /^Disable / })
      .first()
      .click();
    expect(await notice()).toContain("worthless");
  });

  test("a letter is read with its code, tried and sent again", async () => {
    await network.call("com.atproto.server.requestPasswordReset", {
      input: { email: "bob@mail.test" },
    });
    await until("a letter with a code", 30_000, async () => {
      await go("/admin/mail");
      return /[A-Z2-7]{5}-[A-Z2-7]{5}/.test(
        (await page.locator("main").textContent())!,
      );
    });
    await page.getByLabel("Send a trial letter to").fill("me@mail.test");
    await press("Send");
    expect(await page.locator("main").textContent()).toContain("has taken it");
    await page
      .getByRole("link", { name: /Reset your password/ })
      .first()
      .click();
    await press("Send again");
    expect(await notice()).toContain("sent again");
  });

  test("settings hold at once, and those of others are only shown", async () => {
    await go("/admin/settings");
    await page
      .getByLabel("TEMPEST_SERVICE_NAME", { exact: true })
      .fill("The Red House");
    await press("Save TEMPEST_SERVICE_NAME");
    expect(await page.locator(".bar").textContent()).toContain("The Red House");
    expect(await page.getByLabel("TEMPEST_CONTACT_EMAIL_ADDRESS").count()).toBe(
      0,
    );
    expect(await page.locator("main").textContent()).not.toContain(
      ADMIN_PASSWORD,
    );
    await page
      .getByLabel("TEMPEST_SUPPORT_URL", { exact: true })
      .fill("nonsense");
    await press("Save TEMPEST_SUPPORT_URL");
    expect(await page.getByRole("alert").textContent()).toContain(
      "can't have that value",
    );
  });

  test("relays, chores and checks are a button away", async () => {
    await go("/admin/relays");
    await press("Ask them");
    expect(await notice()).toContain("being asked");
    await follow("Announce all accounts");
    await press("Do it");
    expect(await heading()).toContain("announce accounts");
    await go("/admin/jobs");
    await press("Run now: prune the log");
    expect(await notice()).toBe("Started.");
    await go("/admin/identity");
    await page.getByLabel("Handle or DID of an account here").fill("bob.test");
    await press("Check");
    expect(await page.getByRole("status").textContent()).toContain("Well");
    await press("Check all");
    expect(await heading()).toContain("check handles");
    await until("all handles are checked", 30_000, async () => {
      await go("/admin/identity");
      return /handles 0 are broken/.test(
        (await page.locator("main").textContent())!,
      );
    });
    await go("/admin/storage");
    await press("Check all repositories");
    expect(await heading()).toContain("check all repositories");
    await until("all repositories are checked", 30_000, async () => {
      await go("/admin/storage");
      return /All \d+ repositories are whole/.test(
        (await page.locator("main").textContent())!,
      );
    });
    await go(`/admin/accounts/${alice}`);
    await follow("Check the repository");
    await press("Do it");
    // The page looks again by itself.
    await page.locator("main .notice").waitFor({ timeout: 30_000 });
    await go("/admin/moderation/act?applied=yes");
    expect(await heading()).toBe("Moderation");
    await page.getByLabel("Account").fill("did:plc:nobody");
    await press("Look");
    expect(await page.getByRole("alert").textContent()).toContain("no such");
  });

  test("work without scripts, on a phone", async () => {
    const other = await browser.newContext({
      javaScriptEnabled: false,
      viewport: PHONE,
    });
    const tab = await other.newPage();
    await signIn(tab);
    expect(await tab.locator("h1").textContent()).toBe("Overview");
    await tab.goto(`${network.url}/admin/accounts?q=bob`);
    await tab.getByRole("link", { name: "@bob.test" }).click();
    await tab.getByRole("link", { name: "Deactivate" }).click();
    await tab.getByRole("button", { name: "Do it" }).click();
    expect(await tab.getByRole("status").first().textContent()).toContain(
      "rests",
    );
    await other.close();
  });

  test("do nothing for a form of another site, or for somebody who is not signed in", async () => {
    const url = `${network.url}/admin/relays/crawl`;
    const foreign = await context.request.post(url, {
      headers: { origin: "https://evil.test" },
      form: {},
    });
    expect(foreign.status()).toBe(403);
    const nobody = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: { origin: network.url },
    });
    expect([nobody.status, nobody.headers.get("location")]).toEqual([
      ...[303, "/admin/sign-in"],
    ]);
  });

  test("end with the session, wherever it is ended", async () => {
    await go("/admin/security");
    await press("End all sessions, this one too");
    expect(await heading()).toBe("Operator");
    expect(complaints).toEqual([]);
  });
});
