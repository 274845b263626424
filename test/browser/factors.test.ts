import { afterAll, beforeAll, expect, test } from "bun:test";
import type { AccountCaller } from "#contexts/security/caller.ts";
import type { Did } from "#repo/syntax.ts";
import type { BrowserContext, Page } from "playwright-core";
import type { Network, TestAccount } from "../support/network.ts";

import { until } from "../support/until.ts";
import {
  type ApplicationStage,
  startApplicationStage,
} from "./application-stage.ts";
import {
  addAuthenticator,
  createTotpApp,
  type VirtualAuthenticator,
} from "./authenticator.ts";
import { describeInBrowser } from "./browser.ts";

const SECURITY = "/account/security";

/** One account and its owner's phone, from the first factor to the last way in. */
describeInBrowser("an owner's second factors", () => {
  let stage: ApplicationStage;
  let network: Network;
  let alice: TestAccount;
  let context: BrowserContext;
  let page: Page;
  let phone: VirtualAuthenticator;
  let appCode: (steps?: number) => string;
  /** One that has let somebody in. */
  let usedCode: string;
  let backupCodes: string[];
  const complaints: string[] = [];

  beforeAll(async () => {
    stage = await startApplicationStage();
    ({ network, alice } = stage);
    context = await stage.browser.newContext();
    context.setDefaultTimeout(10_000);
    page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    phone = await addAuthenticator(page);
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  const open = (path: string) => page.goto(`${network.url}${path}`);
  const press = (name: string) =>
    page.getByRole("button", { name, exact: true }).click();

  async function givePassword(): Promise<void> {
    await page.getByLabel("Handle or e-mail address").fill("alice.test");
    await page.getByLabel("Password").fill(alice.password);
    await press("Sign in");
  }

  /** Another browser on the same phone: who was signed in is forgotten. */
  const forgetBrowser = () => context.clearCookies();

  /** Begins the sign-in of an application; `finish` sees it through. */
  async function beginApplication() {
    const client = stage.newApplication("atproto");
    await page.goto(String(await client.authorize(network.url)));
    return async () => {
      await press("Allow");
      await page.waitForSelector("text=back at the application");
      const { searchParams } = new URL(page.url());
      const { session } = await client.callback(searchParams);
      expect(String(session.did)).toBe(alice.did);
    };
  }

  test("begin with an authenticator app, and codes to keep", async () => {
    await open(`${SECURITY}/app`);
    await givePassword();
    await page.waitForSelector("text=Scan this picture");
    const secret = await page.locator("main code").textContent();
    appCode = createTotpApp(secret!);
    await page.getByLabel("The code that the app shows now").fill("000000");
    await press("Turn it on");
    await page.waitForSelector("text=That is not the code");
    await page.getByLabel("The code that the app shows now").fill(appCode());
    await press("Turn it on");
    await page.waitForSelector("text=They are shown this once.");
    backupCodes = await page.locator(".codes code").allTextContents();
    expect(backupCodes).toHaveLength(10);
    await page.getByRole("link", { name: "I have kept them" }).click();
    await page.waitForSelector("text=Second factor asked for");
  });

  test("go on with a passkey", async () => {
    await open(`${SECURITY}/passkeys`);
    const name = page.getByLabel("Name", { exact: true });
    await name.fill("Phone");
    await name.press("Enter");
    await page.waitForSelector("text=The passkey was added.");
    expect(await phone.count()).toBe(1);
    await page.locator("summary", { hasText: "Rename" }).click();
    await page.getByLabel("New name of Phone").fill("My phone");
    await press("Rename");
    await page.waitForSelector("text=The passkey has its new name.");
    await page.waitForSelector("text=My phone");
  });

  test("let an application in by a passkey that the field for the name suggests", async () => {
    await forgetBrowser();
    const finish = await beginApplication();
    await finish();
    // From here on it is used only where it is asked for.
    await phone.setPresent(false);
  });

  test("let an application in by password and app", async () => {
    await forgetBrowser();
    const finish = await beginApplication();
    await givePassword();
    await press("Use an authenticator app");
    await page.getByLabel("Code from your authenticator app").fill("000000");
    await press("Go on");
    await page.waitForSelector("text=wrong or too old");
    // The next one: that of now may have been given to begin with.
    usedCode = appCode(1);
    await page.getByLabel("Code from your authenticator app").fill(usedCode);
    await press("Go on");
    await finish();
  });

  test("take no code twice", async () => {
    await forgetBrowser();
    await beginApplication();
    await givePassword();
    await press("Use an authenticator app");
    await page.getByLabel("Code from your authenticator app").fill(usedCode);
    await press("Go on");
    await page.waitForSelector("text=was used before");
  });

  test("let an application in by a passkey alone, where nothing is suggested", async () => {
    await forgetBrowser();
    await suggest(page, false);
    const finish = await beginApplication();
    await phone.setPresent(true);
    await press("Use a passkey");
    await finish();
    await phone.setPresent(false);
  });

  test("let an application in by password and passkey", async () => {
    await forgetBrowser();
    const finish = await beginApplication();
    await givePassword();
    await page.waitForSelector("text=One more step");
    await phone.setPresent(true);
    await press("Use a passkey");
    await finish();
    await phone.setPresent(false);
  });

  test("let an application in by a backup code, once", async () => {
    for (const isFirst of [true, false]) {
      await forgetBrowser();
      const finish = await beginApplication();
      await givePassword();
      await press("Use a backup code");
      await page.getByLabel("Backup code").fill(backupCodes[0]!);
      await press("Go on");
      if (isFirst) await finish();
      else await page.waitForSelector("text=was used before");
    }
  });

  test("let an application in by a code from the mail", async () => {
    network.app.contexts.factors.settings.removeTotp(ownerOf(alice));
    await confirmAddress(network, alice);
    network.app.contexts.factors.settings.setEmailFactor(ownerOf(alice), true);
    network.mailbox.clear();
    await forgetBrowser();
    const finish = await beginApplication();
    await givePassword();
    await press("Get a code by e-mail");
    const code = await mailedCode(network);
    await page.getByLabel("Code from your e-mail").fill(code);
    await press("Go on");
    await finish();
  });

  test("are not asked for in a browser that is trusted, but for grave changes", async () => {
    await forgetBrowser();
    await open(SECURITY);
    await givePassword();
    await press("Use a backup code");
    await page.getByLabel("Backup code").fill(backupCodes[1]!);
    await page.getByLabel("Do not ask for this on this device").check();
    await press("Go on");
    await page.waitForSelector("text=What lets you into this account");
    await press("Sign out");
    await open(SECURITY);
    await givePassword();
    await page.waitForSelector("text=What lets you into this account");
    // The password alone was enough here, which is not fresh enough for this.
    await open(`${SECURITY}/password`);
    await page.waitForSelector("text=say again that it is you");
    await page.getByLabel("Password").fill(alice.password);
    await press("Sign in");
    await page.waitForSelector("text=One more step");
    await phone.setPresent(true);
    await press("Use a passkey");
    await page.waitForSelector("text=A new password signs out");
  });

  test("outlive a new password, which ends everything elsewhere", async () => {
    alice.password = "four random words here";
    await page.getByLabel("New password").fill(alice.password);
    await page.getByLabel("The same once more").fill(alice.password);
    await press("Set the password");
    await page.waitForSelector("text=Your password was changed.");
    const answer = await network.call("com.atproto.server.getSession", {
      token: alice.accessJwt,
    });
    expect(answer.status).toBe(400);
  });

  test("may be all there is: without a password a passkey signs in", async () => {
    await open(`${SECURITY}/password`);
    await press("Remove the password");
    await page.waitForSelector("text=Your password was removed.");
    const call = await network.call("com.atproto.server.createSession", {
      input: { identifier: "alice.test", password: alice.password },
    });
    expect(call.body.error).toBe("AuthenticationRequired");
    await forgetBrowser();
    const finish = await beginApplication();
    await press("Use a passkey");
    await finish();
    await open(`${SECURITY}/passkeys`);
    await press("Use a passkey");
    await press("Remove My phone");
    await page.waitForSelector("text=its last passkey has to stay");
  });

  test("are suggested on a page that has stood open for long", async () => {
    await forgetBrowser();
    await phone.setPresent(false);
    await suggest(page, true);
    await page.clock.install();
    const finish = await beginApplication();
    let challenge = "";
    // The phone comes when the old question has been taken back.
    await page.route("**/oauth/passkey-challenge", async (route) => {
      await phone.setPresent(true);
      const response = await route.fetch();
      ({ challenge } = await response.json());
      await route.fulfill({ response });
    });
    const sent = page.waitForRequest("**/oauth/authorize/sign-in");
    await page.clock.fastForward(4 * 60_000);
    const fields = new URLSearchParams((await sent).postData()!);
    const { response } = JSON.parse(fields.get("passkey")!);
    const signed = Buffer.from(response.clientDataJSON, "base64url");
    expect(challenge).not.toBe("");
    expect(JSON.parse(signed.toString()).challenge).toBe(challenge);
    await finish();
  });

  test("ran without a complaint of the browser but for answers that refuse", () => {
    const unexpected = complaints.filter(
      (text) => !text.includes("status of 400"),
    );
    expect(unexpected).toEqual([]);
  });
});

/** As in browsers that suggest passkeys beside a field, or don't. */
const suggest = (page: Page, isPossible: boolean) =>
  page.addInitScript((can) => {
    PublicKeyCredential.isConditionalMediationAvailable = async () => can;
  }, isPossible);

const ownerOf = ({ did }: TestAccount): AccountCaller => ({
  kind: "session",
  did: did as Did,
  scope: "access",
  sessionId: "test",
});

/** The code in a letter that comes. */
async function mailedCode({ mailbox }: Network): Promise<string> {
  const letter = await until("a letter with a code", 30_000, () =>
    mailbox.list().find(({ text }) => CODE.test(text)),
  );
  return CODE.exec(letter.text)![0];
}

const CODE = /\b[A-Z2-7]{5}-[A-Z2-7]{5}\b/;

async function confirmAddress(
  network: Network,
  { accessJwt: token }: TestAccount,
): Promise<void> {
  network.mailbox.clear();
  const nsid = "com.atproto.server.requestEmailConfirmation";
  await fetch(`${network.url}/xrpc/${nsid}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });
  const { status } = await network.call("com.atproto.server.confirmEmail", {
    token,
    input: { email: "alice@mail.test", token: await mailedCode(network) },
  });
  expect(status).toBe(200);
}
