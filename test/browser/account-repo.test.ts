import { afterAll, beforeAll, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import type { Route } from "playwright-core";
import { assetPath } from "#edge/web/assets.ts";
import { listViolations } from "./axe.ts";
import { describeInBrowser } from "./browser.ts";
import { type OwnerStage, PHONE, startOwner } from "./owner.ts";

const POST = "app.bsky.feed.post";
const HOSTILE_KEY = "3l4qpz7ajrc2a";
const HOSTILE = "<script>document.title='broken'</script><img src=x>";

describeInBrowser("owners who look into their repository", () => {
  let stage: OwnerStage;
  beforeAll(async () => {
    stage = await startOwner();
    for (let day = 10; day < 65; day++) {
      await create("com.example.note", { day }, `note-${day}`);
    }
    await create(POST, { text: HOSTILE }, HOSTILE_KEY);
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  function create(collection: string, value: object, rkey: string) {
    const { network, alice } = stage;
    const record = {
      $type: collection,
      createdAt: "2026-01-01T00:00:00Z",
      ...value,
    };
    const input = { repo: alice.did, collection, rkey, record };
    const token = alice.accessJwt;
    return network.call("com.atproto.repo.createRecord", { token, input });
  }

  const read = (collection: string, rkey: string) =>
    stage.network.call("com.atproto.repo.getRecord", {
      params: { repo: stage.alice.did, collection, rkey },
    });

  test("page through a collection from both ends", async () => {
    const { page, open } = stage;
    const follow = (name: string) => page.getByRole("link", { name }).click();
    await open("/account/repo");
    expect(await listViolations(page)).toEqual([]);
    await follow("com.example.note");
    expect(await listViolations(page)).toEqual([]);
    const keys = page.locator("tbody th a");
    const firstPage = await keys.allInnerTexts();
    expect(firstPage.length).toBe(50);
    expect(firstPage[0]).toBe("note-64");
    await follow("Older");
    expect(await keys.allInnerTexts()).toEqual([
      ...["note-14", "note-13", "note-12", "note-11", "note-10"],
    ]);
    expect(await page.getByRole("link", { name: "Older" }).count()).toBe(0);
    await follow("Newer");
    expect(await keys.allInnerTexts()).toEqual(firstPage);
    await follow("Oldest");
    expect((await keys.allInnerTexts()).at(-1)).toBe("note-10");
    await follow("Newest");
    expect(await keys.allInnerTexts()).toEqual(firstPage);
  });

  test("see what others wrote as text, on a page that loads nothing else", async () => {
    const { page, network, open } = stage;
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await open(`/account/repo/record?c=${POST}&k=${HOSTILE_KEY}`);
    expect(await listViolations(page)).toEqual([]);
    expect(await page.locator("pre").innerText()).toContain(HOSTILE);
    expect(await page.title()).not.toContain("broken");
    expect(await page.locator("main img").count()).toBe(0);
    expect(asked.every((url) => url.startsWith(network.url))).toBe(true);
    expect(gzipSync(await page.content()).length).toBeLessThan(60_000);
  });

  test("have all of it checked, and see what was found", async () => {
    const { page, open } = stage;
    await open("/account");
    await page.getByRole("link", { name: "Check-up" }).click();
    expect(await listViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Check everything" }).click();
    // The page looks again by itself.
    await page.getByText("everything is here, whole and signed").waitFor();
    expect(await listViolations(page)).toEqual([]);
    expect(await page.getByText("56 of 56").count()).toBe(1);
    expect(
      await page.getByRole("button", { name: "Check again" }).count(),
    ).toBe(1);
  });

  test("and the page stops to look again when there is nothing to wait for", async () => {
    const { context, network } = stage;
    const tab = await context.newPage();
    await tab.clock.install();
    const url = `${network.url}/account/checkup`;
    /** As it was while the check went on; a line of it names a file. */
    const asBefore = async (route: Route) => {
      const response = await route.fetch();
      const body = (await response.text())
        .replace("whole and signed", "under way")
        .replace(/(<main[^]*?<li>)/, `$1${"b".repeat(59)} `)
        .replace(
          "</head>",
          `<script type="module" src="${script}"></script>$&`,
        );
      const headers = response.headers();
      delete headers["content-security-policy"];
      await route.fulfill({ response, body, headers });
    };
    const script = assetPath("reload.client.js");
    await tab.route(url, asBefore, { times: 1 });
    let looks = 0;
    tab.on("request", (request) => {
      if (request.url() === url) looks++;
    });
    await tab.goto(url);
    await tab.getByText("under way").waitFor();
    await tab.setViewportSize(PHONE);
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBe(PHONE.width);
    await tab.clock.runFor(2000);
    await tab.getByText("whole and signed").waitFor();
    await tab.clock.runFor(20_000);
    expect(looks).toBe(2);
    await tab.close();
  });

  test("write a record, are told what is wrong, and overwrite nothing unseen", async () => {
    const { page, open } = stage;
    await open("/account/repo/edit");
    await page.getByLabel("Collection").fill("com.example.note");
    await page.getByLabel("Key").fill("mine");
    const json = page.getByLabel("Record as JSON");
    await json.fill("{ nonsense");
    await page.getByRole("button", { name: "Save" }).click();
    expect(await page.getByRole("alert").innerText()).toContain("not JSON");
    expect(await listViolations(page)).toEqual([]);
    expect(await json.inputValue()).toBe("{ nonsense");
    await json.fill('{"$type": "com.example.note", "day": 1}');
    await page.getByRole("button", { name: "Save" }).click();
    expect(await page.getByRole("status").innerText()).toBe("Saved.");

    await page.getByRole("link", { name: "Edit" }).click();
    const { alice, network } = stage;
    await network.call("com.atproto.repo.putRecord", {
      token: alice.accessJwt,
      input: {
        ...{ repo: alice.did, collection: "com.example.note", rkey: "mine" },
        record: { $type: "com.example.note", day: 2 },
      },
    });
    await json.fill('{"$type": "com.example.note", "day": 3}');
    await page.getByRole("button", { name: "Save" }).click();
    expect(await page.getByRole("alert").innerText()).toContain("elsewhere");
    expect(await page.locator("pre").innerText()).toContain('"day": 2');
    expect((await read("com.example.note", "mine")).body.value.day).toBe(2);
    await page.getByRole("button", { name: "Save" }).click();
    expect((await read("com.example.note", "mine")).body.value.day).toBe(3);
  });

  test("delete one, some and all, on a phone without scripts", async () => {
    const phone = await stage.signIn({
      viewport: PHONE,
      javaScriptEnabled: false,
    });
    const { network } = stage;
    await phone.goto(
      `${network.url}/account/repo/record?c=${POST}&k=${HOSTILE_KEY}`,
    );
    await phone.getByRole("button", { name: "Delete" }).click();
    expect((await read(POST, HOSTILE_KEY)).status).toBe(200);
    await phone.getByRole("button", { name: "Delete" }).click();
    expect((await read(POST, HOSTILE_KEY)).status).toBe(400);

    const list = `${network.url}/account/repo/collection?c=com.example.note`;
    await phone.goto(list);
    await phone.getByLabel("note-64").check();
    await phone.getByLabel("note-63").check();
    await phone.getByRole("button", { name: "Delete the ticked" }).click();
    expect(await phone.getByText("2 records of").count()).toBe(1);
    await phone.getByRole("button", { name: "Delete" }).click();
    await untilDone(phone, "2 of 2");
    expect((await read("com.example.note", "note-64")).status).toBe(400);
    expect((await read("com.example.note", "note-62")).status).toBe(200);

    await phone.goto(list);
    await phone.getByRole("button", { name: "Delete the whole" }).click();
    await phone.getByLabel("to go on").fill("com.example.wrong");
    await phone.getByRole("button", { name: "Delete" }).click();
    expect(await phone.getByRole("alert").innerText()).toContain("Nothing was");
    await phone.getByLabel("to go on").fill("com.example.note");
    await phone.getByRole("button", { name: "Delete" }).click();
    await untilDone(phone, "54 of 54");
    expect(await phone.getByRole("link", { name: "com.example" }).count()).toBe(
      0,
    );
    await phone.context().close();
  });

  async function untilDone(page: OwnerStage["page"], words: string) {
    for (;;) {
      await page.goto(`${stage.network.url}/account/repo`);
      const text = await page.locator("#deletion").innerText();
      if (text.includes("Done")) return expect(text).toContain(words);
      expect(text).not.toContain("Given up");
    }
  }
});
