import { afterAll, beforeAll, expect, test } from "bun:test";
import { listViolations, listViolationsWithoutScripts } from "./axe.ts";
import { until } from "../support/until.ts";
import { describeInBrowser } from "./browser.ts";
import { type OwnerStage, PHONE, startOwner } from "./owner.ts";

describeInBrowser("owners who choose their letters", () => {
  let stage: OwnerStage;
  beforeAll(async () => {
    stage = await startOwner();
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  const subjects = () =>
    stage.network.mailbox.list().map(({ subject }) => subject);

  /** The mailbox once the letter is there. */
  const waitForLetter = (subject: string) =>
    until(`the letter "${subject}"`, 30_000, () =>
      subjects().includes(subject) ? subjects() : null,
    );

  const makeAppPassword = (name: string) =>
    stage.network.call("com.atproto.server.createAppPassword", {
      ...{ token: stage.alice.accessJwt, input: { name } },
    });

  test("on a phone without scripts, and get no others", async () => {
    const { network, browser } = stage;
    const phone = await stage.signIn({
      viewport: PHONE,
      javaScriptEnabled: false,
    });
    await phone.goto(`${network.url}/account/notifications`);
    expect(await listViolationsWithoutScripts(browser, phone)).toEqual([]);
    const { scrollWidth } = await phone
      .locator("html")
      .evaluate(({ scrollWidth }) => ({ scrollWidth }));
    expect(scrollWidth).toBe(PHONE.width);
    const box = phone.getByLabel("A new app password");
    expect(await box.isChecked()).toBe(true);
    expect(await phone.getByRole("checkbox").count()).toBe(4);
    expect(await phone.getByText("A new password, or none").count()).toBe(1);

    await box.uncheck();
    await phone.getByRole("button", { name: "Save" }).click();
    expect(await phone.getByRole("status").innerText()).toContain("is saved");
    expect(await box.isChecked()).toBe(false);
    await waitForLetter("Which letters you get was changed");
    expect((await makeAppPassword("silent")).status).toBe(200);
    await phone.getByLabel("A new app password").check();
    await phone.getByRole("button", { name: "Save" }).click();
    expect((await makeAppPassword("told")).status).toBe(200);
    const told = "An app password was made for your account";
    const letters = await waitForLetter(told);
    expect(letters.filter((subject) => subject === told)).toHaveLength(1);
    await phone.context().close();
  });

  test("in a browser, and are told when nothing changed", async () => {
    const { page, open } = stage;
    await open("/account/notifications");
    expect(await listViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Save" }).click();
    expect(await page.getByRole("status").innerText()).toContain("already");
    await page.getByLabel("Language of letters").selectOption("fr");
    await page.getByRole("button", { name: "Save" }).click();
    expect(await page.getByRole("status").innerText()).toBe("Saved.");
    expect((await makeAppPassword("français")).status).toBe(200);
    await waitForLetter(
      "Un mot de passe d’application a été créé pour votre compte",
    );
  });
});
