import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Clock, systemClock } from "#lib/clock.ts";
import { listViolations } from "./axe.ts";
import { describeInBrowser } from "./browser.ts";
import { type OwnerStage, startOwner } from "./owner.ts";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const PAGE = "<html><script>alert(1)</script></html>";

/** The server's clock runs so far ahead of ours. */
let aheadMs = 0;
const clock: Clock = {
  nowMs: () => systemClock.nowMs() + aheadMs,
  nowMicros: () => systemClock.nowMicros() + aheadMs * 1000,
};

describeInBrowser("owners who look at their files", () => {
  let stage: OwnerStage;
  beforeAll(async () => {
    stage = await startOwner({ deps: { clock } });
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  async function upload(input: Buffer | string, type: string) {
    const answer = await stage.network.call("com.atproto.repo.uploadBlob", {
      ...{ input, type, token: stage.alice.accessJwt },
    });
    return answer.body.blob;
  }

  test("see pictures, what uses them, and no page that somebody uploaded", async () => {
    const { page, open, network, alice } = stage;
    const picture = await upload(PNG, "image/png");
    const html = await upload(PAGE, "text/html");
    await network.call("com.atproto.repo.createRecord", {
      token: alice.accessJwt,
      input: {
        ...{ repo: alice.did, collection: "com.example.album", rkey: "one" },
        record: { $type: "com.example.album", picture },
      },
    });
    await open("/account/media");
    expect(await listViolations(page)).toEqual([]);
    const drawn = page.locator("img.thumb");
    expect(await drawn.count()).toBe(1);
    await drawn.evaluate((image) => (image as HTMLImageElement).decode());
    expect(await page.locator("td .state").allInnerTexts()).toEqual([
      "Not used",
    ]);
    const file = `${network.url}/account/media/file?cid=${html.ref.$link}`;
    const { headers, status } = await page.evaluate(async (url) => {
      const answer = await fetch(url).catch(() => null);
      return { status: answer?.status ?? 0, headers: {} };
    }, file);
    // A page without scripts may ask for nothing.
    expect([status, headers]).toEqual([0, {}]);
    const answer = await stage.context.request.get(file);
    expect(answer.headers()).toMatchObject({
      "content-disposition": expect.stringContaining("attachment"),
      "content-security-policy": "default-src 'none'; sandbox",
    });
    await page.getByRole("link", { name: "com.example.album/one" }).click();
    expect(await page.locator("pre").innerText()).toContain("image/png");
    await open("/account/media?show=missing");
    expect(await listViolations(page)).toEqual([]);
    await open("/account/media");
    expect(await page.getByText("2 files,").count()).toBe(1);
    await page.getByRole("link", { name: "Used", exact: true }).click();
    expect(await page.getByText("text/html").count()).toBe(0);
    expect(await page.getByText("image/png").count()).toBe(1);
    await page.getByRole("link", { name: "Not used", exact: true }).click();
    await page.getByText("text/html").waitFor();
    expect(await listViolations(page)).toEqual([]);
    const remove = page.getByRole("button", {
      name: `Remove the file ${html.ref.$link}`,
    });
    await remove.click();
    expect(await page.getByRole("alert").innerText()).toContain("still there");
    await page.getByRole("button", { name: "Remove unused" }).click();
    expect(await page.getByRole("status").count()).toBe(1);
    // It is younger than an hour.
    expect(await page.getByText("text/html").count()).toBe(1);
    aheadMs = 3_600_001;
    await remove.click();
    expect(await page.getByRole("status").innerText()).toContain("is gone");
    expect((await stage.context.request.get(file)).status()).toBe(400);
    expect(await page.getByText("One file,").count()).toBe(1);
  });
});
