import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import {
  type ApplicationStage,
  startApplicationStage,
} from "./application-stage.ts";
import { describeInBrowser } from "./browser.ts";
import { contrastsOfText, MIN_CONTRAST } from "./contrast.ts";

const SCOPE =
  "atproto transition:email repo:app.bsky.feed.post?action=create blob:image/* identity:handle";

describeInBrowser("the pages of sign-in", () => {
  let stage: ApplicationStage;
  beforeAll(async () => {
    stage = await startApplicationStage();
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  async function checkLooks(page: Page): Promise<void> {
    const width = await page.evaluate(
      () => document.documentElement.scrollWidth,
    );
    expect(width).toBeLessThanOrEqual(320);
    for (const { text, contrast } of await page.evaluate(contrastsOfText)) {
      expect(`${text}: ${contrast >= MIN_CONTRAST}`).toBe(`${text}: true`);
    }
  }

  for (const colorScheme of ["light", "dark"] as const) {
    test(`lead to the application by keyboard alone, without scripts, ${colorScheme}`, async () => {
      const context = await stage.browser.newContext({
        viewport: { width: 320, height: 640 },
        colorScheme,
      });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      const client = stage.newApplication(SCOPE);
      await page.goto(String(await client.authorize("alice.test")));
      await checkLooks(page);
      // The application named the account, so the password has the focus.
      await page.locator("input[name=password]:focus").waitFor();
      await page.keyboard.type(stage.alice.password);
      await page.keyboard.press("Enter");
      await page.waitForSelector("text=Read your e-mail address.");
      await checkLooks(page);
      await page.getByText("Change your handle.").click();
      await page.getByRole("button", { name: "Allow" }).press("Enter");
      await page.waitForSelector("text=back at the application");
      const { searchParams } = new URL(page.url());
      const { session } = await client.callback(searchParams);
      expect(String(session.did)).toBe(stage.alice.did);
      const { scope } = await session.getTokenInfo();
      expect(String(scope)).toBe(SCOPE.replace(" identity:handle", ""));
      expect(complaints).toEqual([]);
      await context.close();
    });
  }

  test("say what is wrong where a reader of screens hears it", async () => {
    const page = await stage.browser.newPage();
    await page.goto(
      String(await stage.newApplication(SCOPE).authorize("alice.test")),
    );
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    const alert = page.getByRole("alert");
    expect(await alert.textContent()).toContain("do not belong together");
    expect(await page.getByLabel("Handle").inputValue()).toBe("alice.test");
    expect(await page.getByLabel("Password").inputValue()).toBe("");
    await page.close();
  });
});
