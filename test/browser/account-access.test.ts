import { afterAll, beforeAll, expect, test } from "bun:test";
import { listViolations } from "./axe.ts";
import { describeInBrowser } from "./browser.ts";
import { type OwnerStage, PHONE, startOwner } from "./owner.ts";

describeInBrowser("owners who look after access to their account", () => {
  let stage: OwnerStage;
  beforeAll(async () => {
    stage = await startOwner();
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  const signInWith = (password: string) =>
    stage.network.call("com.atproto.server.createSession", {
      input: { identifier: "alice.test", password },
    });

  test("axe sees what is wrong with a page", async () => {
    const page = await stage.browser.newPage();
    await page.setContent("<html><body><img src='/a.png'></body></html>");
    const found = await listViolations(page);
    expect(found.some((line) => line.startsWith("image-alt"))).toBe(true);
    await page.close();
  });

  test("make an app password, use it, and take it back", async () => {
    const { page, open } = stage;
    await open("/account");
    expect(await listViolations(page)).toEqual([]);
    await page.getByRole("link", { name: "Apps and sessions" }).click();
    await page.getByRole("link", { name: "New app password" }).click();
    expect(await listViolations(page)).toEqual([]);
    const name = "<i>Phone</i> & co";
    await page.getByLabel("What is it for?").fill(name);
    await page.getByLabel("Private messages too").check();
    await page.getByRole("button", { name: "Make it" }).click();
    const password = (await page.locator("#app-password").innerText()).trim();
    expect(password).toMatch(/^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/);
    expect((await signInWith(password)).status).toBe(200);

    await page.getByRole("link", { name: "I have copied it" }).click();
    expect(await listViolations(page)).toEqual([]);
    // What somebody typed is text, whatever it looks like.
    expect(await page.getByText(name, { exact: true }).count()).toBe(1);
    expect(await page.locator("i").count()).toBe(0);
    expect(await page.getByText(`the app password “${name}”`).count()).toBe(1);
    await page
      .getByRole("button", { name: `Delete the app password ${name}` })
      .click();
    expect(await page.getByRole("status").innerText()).toContain("is gone");
    expect((await signInWith(password)).status).toBe(401);
  });

  test("limit one, and are told what is no scope", async () => {
    const { page, open } = stage;
    await open("/account/apps/new");
    await page.getByLabel("What is it for?").fill("Notes");
    await page.getByLabel("Only these").check();
    await page.getByLabel("More, in the words").fill("nonsense:of");
    await page.getByRole("button", { name: "Make it" }).click();
    expect(await page.getByRole("alert").count()).toBe(1);
    expect(await page.getByLabel("What is it for?").inputValue()).toBe("Notes");
    await page.getByLabel("More, in the words").fill("repo:com.example.note");
    await page.getByLabel("Write posts").check();
    await page.getByRole("button", { name: "Make it" }).click();
    const password = (await page.locator("#app-password").innerText()).trim();
    const { body } = await signInWith(password);
    const write = (collection: string) =>
      stage.network.call("com.atproto.repo.createRecord", {
        token: body.accessJwt,
        input: {
          repo: stage.alice.did,
          collection,
          record: { text: "hello", createdAt: "2026-01-01T00:00:00Z" },
        },
      });
    expect((await write("com.example.note")).status).toBe(200);
    expect((await write("app.bsky.feed.post")).status).toBe(200);
    expect((await write("com.example.other")).status).toBe(403);
  });

  test("end sessions, and sign out elsewhere, on a phone without scripts", async () => {
    const { body } = await signInWith(stage.alice.password);
    const phone = await stage.signIn({
      viewport: PHONE,
      javaScriptEnabled: false,
    });
    await phone.goto(`${stage.network.url}/account/apps`);
    const ends = phone.getByRole("button", { name: "End the session with" });
    const before = await ends.count();
    await ends.first().click();
    expect(await ends.count()).toBe(before - 1);
    await phone.getByRole("button", { name: "End all of them" }).click();
    expect(await ends.count()).toBe(0);
    const refreshed = await stage.network.call(
      "com.atproto.server.refreshSession",
      { token: body.refreshJwt, input: "" },
    );
    expect(refreshed.status).toBe(400);

    await phone.getByRole("button", { name: "Sign out everywhere" }).click();
    expect(await phone.getByText("This one").count()).toBe(1);
    await stage.open("/account");
    expect(new URL(stage.page.url()).pathname).toBe("/account/sign-in");
    await phone.context().close();
  });
});
