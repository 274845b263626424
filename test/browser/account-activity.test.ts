import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { listViolations, listViolationsWithoutScripts } from "./axe.ts";
import { describeInBrowser } from "./browser.ts";
import { type OwnerStage, PHONE, startOwner } from "./owner.ts";

const PATH = "/account/activity";
const NOTE = "com.example.note";

describeInBrowser("owners who look at what the network was told", () => {
  let stage: OwnerStage;
  beforeAll(async () => {
    stage = await startOwner();
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  async function call(method: string, input: object) {
    const { status, body } = await stage.network.call(
      `com.atproto.repo.${method}`,
      {
        token: stage.alice.accessJwt,
        input: { repo: stage.alice.did, ...input },
      },
    );
    expect(status).toBe(200);
    return body;
  }
  const note = (rkey: string, text: string) => ({
    ...{ collection: NOTE, rkey },
    record: { text, createdAt: "2026-01-01T00:00:00Z" },
  });
  const rowsOf = (page: Page) => page.locator("tbody tr");

  test("see each change, and what is new when they look again", async () => {
    const { page, open } = stage;
    await call("createRecord", note("one", "hello"));
    await open("/account");
    await page.getByRole("link", { name: "Activity" }).click();
    expect(await listViolations(page)).toEqual([]);
    const newest = rowsOf(page).first();
    expect(await newest.innerText()).toContain(`Created ${NOTE}/one`);
    expect(await page.getByText("Identity changed").count()).toBe(1);
    expect(await page.getByText("that changes no record").count()).toBe(1);
    expect(await page.getByText("@alice.test").count()).toBeGreaterThan(1);

    await page.getByText("added by itself").waitFor();
    const { commit } = await call("putRecord", note("one", "changed"));
    await newest.getByText(`Changed ${NOTE}/one`).waitFor();
    expect(await listViolations(page)).toEqual([]);
    expect(await newest.innerText()).toContain(commit.rev);
    await newest.getByRole("link", { name: `${NOTE}/one` }).click();
    expect(await page.getByText("changed").count()).toBeGreaterThan(0);

    await call("deleteRecord", { collection: NOTE, rkey: "one" });
    await open(PATH);
    expect(await newest.innerText()).toContain(`Deleted ${NOTE}/one`);
    expect(await newest.getByRole("link").count()).toBe(0);
  });

  test("stop following, go on without a gap, and are told when they are signed out", async () => {
    const { page, open } = stage;
    await open(PATH);
    const state = page.locator("[data-live-state]");
    await state.getByText("added by itself").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    expect(await state.innerText()).toContain("Paused");
    const before = await rowsOf(page).count();
    await call("createRecord", note("two", "<b>hello</b>"));
    await call("putRecord", note("two", "again"));
    await page.getByRole("button", { name: "Go on" }).click();
    await rowsOf(page)
      .nth(before + 1)
      .waitFor();
    const texts = await rowsOf(page).allInnerTexts();
    expect(texts[0]).toContain(`Changed ${NOTE}/two`);
    expect(texts[1]).toContain(`Created ${NOTE}/two`);
    expect(texts.length).toBe(before + 2);

    const other = await stage.context.newPage();
    await other.goto(`${stage.network.url}/account`);
    await other.getByRole("button", { name: "Sign out" }).click();
    await other.close();
    await call("putRecord", note("two", "secret"));
    await state.getByText("You are signed out").waitFor();
    expect(await rowsOf(page).count()).toBe(before + 2);
    await page.goto(`${stage.network.url}${PATH}`);
    await page.getByLabel("Handle or e-mail address").fill(stage.alice.did);
    await page.getByLabel("Password").fill(stage.alice.password);
    await page.getByRole("button", { name: "Sign in" }).click();
  });

  test("go on following a server that was started again", async () => {
    const { page, open, network } = stage;
    await open(PATH);
    const state = page.locator("[data-live-state]");
    await state.getByText("added by itself").waitFor();
    await network.restart();
    await state.getByText("added by itself").waitFor();
  });

  test("unfold what is too much for a line", async () => {
    const { page, open } = stage;
    await call("applyWrites", {
      writes: ["a", "b", "c", "d", "e", "f", "g"].map((rkey) => ({
        $type: "com.atproto.repo.applyWrites#create",
        ...{ collection: NOTE, rkey, value: note(rkey, rkey).record },
      })),
    });
    await open(PATH);
    const newest = rowsOf(page).first();
    const last = newest.getByText(`${NOTE}/g`);
    expect(await last.isVisible()).toBe(false);
    await newest.getByText("and 2 more").click();
    expect(await last.isVisible()).toBe(true);
    expect(await listViolations(page)).toEqual([]);
  });

  test("go back to the oldest, on a phone without scripts", async () => {
    for (let n = 0; n < 30; n++) {
      await call("putRecord", note("many", `number ${n}`));
    }
    const phone = await stage.signIn({
      viewport: PHONE,
      javaScriptEnabled: false,
    });
    await phone.goto(`${stage.network.url}${PATH}`);
    expect(await rowsOf(phone).count()).toBe(30);
    expect(await phone.getByText(`Changed ${NOTE}/many`).count()).toBe(29);
    const { scrollWidth } = await phone.evaluate(() => ({
      scrollWidth: document.documentElement.scrollWidth,
    }));
    expect(scrollWidth).toBeLessThanOrEqual(PHONE.width);
    expect(await listViolationsWithoutScripts(stage.browser, phone)).toEqual(
      [],
    );
    await phone.locator("a[rel=next]").click();
    expect(await phone.getByText(`Created ${NOTE}/one`).count()).toBe(1);
    expect(await phone.getByText("Identity changed").count()).toBe(1);
    expect(await phone.locator("a[rel=next]").count()).toBe(0);
    await phone.goto(`${stage.network.url}${PATH}?cursor=<i>x</i>`);
    expect(await phone.locator("i").count()).toBe(0);
    expect(await phone.getByText("The list has no such page").count()).toBe(1);
    await phone.context().close();
  });
});
