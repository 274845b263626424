import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import type { TestAccount } from "../support/network.ts";
import { listViolations, listViolationsWithoutScripts } from "./axe.ts";
import { describeInBrowser } from "./browser.ts";
import { type OwnerStage, PHONE, startOwner } from "./owner.ts";

const PATH = "/account/delegation";
const GRANTED = "Who may act for this account";
const RECEIVED = "Accounts that you may act for";

describeInBrowser("owners who let others act for them", () => {
  let stage: OwnerStage;
  let bob: TestAccount;
  beforeAll(async () => {
    stage = await startOwner();
    bob = await stage.network.createAccount("bob");
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  const rowOf = (page: Page, caption: string, name: string) =>
    page
      .getByRole("table", { name: caption })
      .getByRole("row")
      .filter({ hasText: name });
  const submit = (page: Page) =>
    page.getByRole("button", { name: "Let them act for me" }).click();

  async function signInAs({ did, password }: TestAccount): Promise<Page> {
    const context = await stage.browser.newContext();
    const page = await context.newPage();
    await page.goto(`${stage.network.url}${PATH}`);
    await page.getByLabel("Handle or e-mail address").fill(did);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    return page;
  }

  test("name somebody, see it on both sides, and take it back", async () => {
    const { page, open } = stage;
    await open("/account");
    await page.getByRole("link", { name: "People who act for you" }).click();
    expect(await listViolations(page)).toEqual([]);
    await page.getByRole("link", { name: "Let somebody act" }).click();
    expect(await listViolations(page)).toEqual([]);
    await page.getByLabel("Handle or DID").fill("@bob.test");
    await page.getByRole("radio", { name: "Write." }).check();
    await page.getByLabel("Last day").fill("2031-02-03");
    await submit(page);
    expect(await page.getByRole("status").innerText()).toContain(
      "They may act for you now",
    );
    expect(await listViolations(page)).toEqual([]);
    const granted = await rowOf(page, GRANTED, "@bob.test").innerText();
    expect(granted).toContain(bob.did);
    expect(granted).toContain("Also post, like, follow");
    expect(granted).toContain("3 Feb 2031, 23:59 UTC");

    const other = await signInAs(bob);
    const received = rowOf(other, RECEIVED, "@alice.test");
    expect(await received.innerText()).toContain("3 Feb 2031, 23:59 UTC");
    expect(await listViolations(other)).toEqual([]);

    await page
      .getByRole("button", { name: "Take back what bob.test may do" })
      .click();
    expect(await rowOf(page, GRANTED, "@bob.test").count()).toBe(0);
    await other.reload();
    expect(await received.count()).toBe(0);
    await other.context().close();
  });

  test("are told what is wrong, and keep what they typed", async () => {
    const { page, open } = stage;
    await open(`${PATH}/new`);
    const who = page.getByLabel("Handle or DID");
    await who.fill("<i>nobody</i>");
    await page.getByRole("radio", { name: "Manage." }).check();
    await page.getByLabel("Last day").fill("2031-02-03");
    await submit(page);
    const alert = page.getByRole("alert");
    expect(await alert.innerText()).toBe(
      "There is no account “<i>nobody</i>”. Look how it is written.",
    );
    expect(await who.inputValue()).toBe("<i>nobody</i>");
    expect(await page.getByRole("radio", { name: "Manage." }).isChecked()).toBe(
      true,
    );
    expect(await page.getByLabel("Last day").inputValue()).toBe("2031-02-03");
    expect(await listViolations(page)).toEqual([]);

    await who.fill(bob.did);
    await page.getByLabel("Last day").fill("2001-02-03");
    await submit(page);
    expect(await alert.innerText()).toContain("in the future");
    await who.fill("alice.test");
    await page.getByLabel("Last day").fill("");
    await submit(page);
    expect(await alert.innerText()).toContain("your own account");
    await who.fill(bob.did);
    await page.getByRole("radio", { name: "Only what I name." }).check();
    await page.getByLabel("Permissions, if").fill("nonsense:of");
    await submit(page);
    expect(await alert.count()).toBe(1);
    await page.getByLabel("Permissions, if").fill("repo:com.example.note");
    await submit(page);
    const granted = rowOf(page, GRANTED, "@bob.test");
    expect(await granted.innerText()).toContain("repo:com.example.note");
    expect(await granted.innerText()).toContain("Until it is taken back");
  });

  test("are given back what they gave, on a phone without scripts", async () => {
    const phone = await stage.signIn({
      viewport: PHONE,
      javaScriptEnabled: false,
    });
    await phone.goto(`${stage.network.url}${PATH}/new`);
    expect(await listViolationsWithoutScripts(stage.browser, phone)).toEqual(
      [],
    );
    await phone.getByLabel("Handle or DID").fill(bob.did);
    await submit(phone);
    const granted = rowOf(phone, GRANTED, "@bob.test");
    expect(await granted.innerText()).toContain("Look.");
    expect(await listViolationsWithoutScripts(stage.browser, phone)).toEqual(
      [],
    );
    const { scrollWidth } = await phone.evaluate(() => ({
      scrollWidth: document.documentElement.scrollWidth,
    }));
    expect(scrollWidth).toBeLessThanOrEqual(PHONE.width);

    const other = await signInAs(bob);
    await other
      .getByRole("button", { name: "Give back what you may do for alice.test" })
      .click();
    expect(await other.getByRole("status").innerText()).toContain(
      "do not act for that account",
    );
    expect(await rowOf(other, RECEIVED, "@alice.test").count()).toBe(0);
    await phone.reload();
    expect(await granted.count()).toBe(0);
    await other.context().close();
    await phone.context().close();
  });
});
