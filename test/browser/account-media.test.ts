import { afterAll, beforeAll, expect, test } from "bun:test";
import { listViolations } from "./axe.ts";
import { describeInBrowser } from "./browser.ts";
import { type OwnerStage, startOwner } from "./owner.ts";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const PAGE = "<html><script>alert(1)</script></html>";

describeInBrowser("owners who look at their files", () => {
  let stage: OwnerStage;
  beforeAll(async () => {
    stage = await startOwner();
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
    expect(await page.getByText("Not used").count()).toBe(1);
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
    await page.getByRole("button", { name: "Remove unused" }).click();
    expect(await page.getByRole("status").count()).toBe(1);
    // It is younger than an hour.
    expect(await page.getByText("Not used").count()).toBe(1);
  });
});
