import {
  afterAll,
  afterEach,
  beforeAll,
  expect,
  setSystemTime,
  test,
} from "bun:test";
import type { AccountCaller } from "#contexts/security/caller.ts";
import type { Did } from "#repo/syntax.ts";
import type { Browser, BrowserContext, Page } from "playwright-core";
import {
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";
import { addAuthenticator, createTotpApp } from "./authenticator.ts";
import {
  describeInBrowser,
  openBrowser,
  serveClient,
  type Site,
} from "./browser.ts";

const GET_SESSION = "com.atproto.server.getSession";
const SCOPE = "atproto transition:generic";

/** Nonces change each minute, and one is good in its own and the two around. */
const NONCE_TURN_MS = 61_000;
const NONCE_LIFE_MS = 181_000;

describeInBrowser("the official library for pages", () => {
  let network: Network;
  let site: Site;
  let browser: Browser;
  let alice: TestAccount;
  let context: BrowserContext;
  let page: Page;
  let appCode: (steps?: number) => string;

  beforeAll(async () => {
    network = await startNetwork();
    [site, browser] = await Promise.all([
      serveClient("oauth-client-page.ts"),
      openBrowser(),
    ]);
    alice = await network.createAccount("alice");
    appCode = addTotp(network, alice);
    [context, page] = await openContext();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.stop();
    await network?.stop();
  });

  afterEach(() => {
    setSystemTime();
  });

  async function openContext(): Promise<[BrowserContext, Page]> {
    const opened = await browser.newContext();
    opened.setDefaultTimeout(20_000);
    return [opened, await opened.newPage()];
  }

  /** Waits for the script of the page, and starts it: who is signed in. */
  async function start(at: Page): Promise<string | null> {
    await at.waitForURL(`${site.origin}/**`);
    await at.waitForFunction(() => "application" in globalThis);
    const { url, plcUrl } = network;
    return at.evaluate((servers) => application.start(servers), {
      ...{ url, plcUrl, scope: SCOPE },
    });
  }

  async function open(at: Page): Promise<string | null> {
    await at.goto(site.origin);
    return start(at);
  }

  const press = (at: Page, name: string) =>
    at.getByRole("button", { name, exact: true }).click();

  async function beginSignIn(at: Page, { handle }: TestAccount) {
    expect(await open(at)).toBeNull();
    await at.evaluate((handle) => application.signIn(handle), handle);
    await at.waitForURL(`${network.url}/**`);
  }

  async function allow(at: Page, code: string): Promise<void> {
    await at.getByLabel("Password").fill(alice.password);
    await press(at, "Sign in");
    await at.getByLabel("Code from your authenticator app").fill(code);
    await press(at, "Go on");
    await press(at, "Allow");
  }

  const call = (nsid: string, input?: object) =>
    page.evaluate(([nsid, input]) => application.call(nsid, input), [
      nsid,
      input,
    ] as const);

  /** Ten calls, stopped on their way out while `meanwhile` comes to pass. */
  async function callWhile(meanwhile: () => Promise<void>) {
    await page.evaluate(() => {
      application.statuses = [];
      application.hold();
    });
    const answers = page.evaluate(
      (nsid) =>
        Promise.all(Array.from({ length: 10 }, () => application.call(nsid))),
      GET_SESSION,
    );
    await page.waitForFunction(() => application.held === 10);
    await meanwhile();
    await page.evaluate(() => application.release());
    expect((await answers).map(({ body }) => body.did)).toEqual(
      Array(10).fill(alice.did),
    );
    const statuses = await page.evaluate(() => application.statuses);
    return { refused: statuses.filter((status) => status === 401).length };
  }

  /**
   * Moves the server's clock and not the page's, until the test ends. The
   * nonces follow when one is given out next, so one is.
   */
  async function passTime(ms: number): Promise<void> {
    const before = await askNonce();
    setSystemTime(Date.now() + ms);
    expect(await askNonce()).not.toBe(before);
  }

  async function askNonce(): Promise<string> {
    const { headers } = await network.call(GET_SESSION, { token: "DPoP none" });
    const nonce = headers.get("dpop-nonce");
    expect(nonce).not.toBeEmpty();
    return nonce!;
  }

  test("signs in with a password and the code of an app, and writes", async () => {
    await beginSignIn(page, alice);
    await allow(page, appCode());
    expect(await start(page)).toBe(alice.did);
    // What the page was told it keeps to itself: no code stays in its address.
    expect(page.url()).toBe(`${site.origin}/`);
    const record = { text: "By a page", createdAt: "2026-01-01T00:00:00Z" };
    const place = { repo: alice.did, collection: "app.bsky.feed.post" };
    const nsid = "com.atproto.repo.createRecord";
    const created = await call(nsid, { ...place, record });
    expect(created.status).toBe(200);
    const kept = await network.call("com.atproto.repo.listRecords", {
      params: place,
    });
    expect(kept.body.records).toMatchObject([{ value: record }]);
  });

  test("asks for ten things at once while nonces change, and is refused none", async () => {
    await call(GET_SESSION);
    const seen = await callWhile(() => passTime(NONCE_TURN_MS));
    expect(seen).toEqual({ refused: 0 });
  });

  test("asks again, once each, when the nonces of all ten are too old", async () => {
    await call(GET_SESSION);
    const seen = await callWhile(() => passTime(NONCE_LIFE_MS));
    expect(seen).toEqual({ refused: 10 });
  });

  test("refreshes again and again while ten calls are on their way", async () => {
    const { statuses, ends } = await page.evaluate(async (nsid) => {
      const ends = [await application.refresh()];
      const calls = Array.from({ length: 10 }, async (_, index) => {
        if (index % 3 === 1) ends.push(await application.refresh());
        return application.call(nsid);
      });
      const answers = await Promise.all(calls);
      return { ends, statuses: answers.map(({ status }) => status) };
    }, GET_SESSION);
    expect(statuses).toEqual(Array(10).fill(200));
    expect(ends).toHaveLength(4);
    expect(ends.at(-1)).toBeGreaterThan(ends[0]!);
  });

  test("refreshes in two tabs at once", async () => {
    const other = await context.newPage();
    expect(await open(other)).toBe(alice.did);
    const refreshAndCall = (at: Page) =>
      at.evaluate(async (nsid) => {
        await application.refresh();
        return application.call(nsid);
      }, GET_SESSION);
    for (const answer of await Promise.all([page, other].map(refreshAndCall))) {
      expect(answer.body.did).toBe(alice.did);
    }
    await other.close();
  });

  test("finds its session again when the page is loaded anew", async () => {
    await page.reload();
    expect(await start(page)).toBe(alice.did);
    const { status, body } = await call(GET_SESSION);
    expect({ status, did: body.did }).toEqual({ status: 200, did: alice.did });
  });

  test("has its token refused once it has signed out", async () => {
    await page.evaluate(() => application.hold());
    // With the token and a proof of its own, on its way before the token ends.
    const late = call(GET_SESSION);
    await page.waitForFunction(() => application.held === 1);
    await page.evaluate(() => application.signOut());
    await page.evaluate(() => application.release());
    expect(await late).toMatchObject({
      status: 401,
      body: { error: "invalid_token" },
    });
    await expect(call(GET_SESSION)).rejects.toThrow();
    await page.reload();
    expect(await start(page)).toBeNull();
  });

  test("signs in by a window beside the page", async () => {
    const [popup, did] = [
      page.waitForEvent("popup"),
      page.evaluate((handle) => application.signInBeside(handle), alice.handle),
    ];
    const beside = await popup;
    await beside.waitForURL(`${network.url}/**`);
    await allow(beside, appCode(1));
    await beside.waitForURL(`${site.origin}/**`);
    const isClosed = beside.waitForEvent("close");
    // It tells the page, and closes itself under the call that made it do so.
    await start(beside).catch(() => undefined);
    await isClosed;
    expect(await did).toBe(alice.did);
    expect((await call(GET_SESSION)).body.did).toBe(alice.did);
  });

  test("signs in with a passkey alone", async () => {
    const bob = await network.createAccount("bob");
    const [own, phonePage] = await openContext();
    const phone = await addAuthenticator(phonePage);
    await phonePage.goto(`${network.url}/account/security/passkeys`);
    await phonePage.getByLabel("Handle or e-mail address").fill(bob.handle);
    await phonePage.getByLabel("Password").fill(bob.password);
    await press(phonePage, "Sign in");
    await phonePage.getByLabel("Name", { exact: true }).fill("Phone");
    await press(phonePage, "Add a passkey");
    await phonePage.waitForSelector("text=They are shown this once.");
    expect(await phone.count()).toBe(1);
    await own.clearCookies();
    await beginSignIn(phonePage, bob);
    // The field for the name suggests the passkey, and the phone says yes.
    await press(phonePage, "Allow");
    expect(await start(phonePage)).toBe(bob.did);
    const answer = await phonePage.evaluate(
      (nsid) => application.call(nsid),
      GET_SESSION,
    );
    expect(answer).toMatchObject({ status: 200, body: { did: bob.did } });
    await own.close();
  });
});

/** An authenticator app for the account; its codes from now on are fresh. */
function addTotp(network: Network, account: TestAccount) {
  const did = account.did as Did;
  const owner: AccountCaller = {
    ...{ kind: "session", did, scope: "access", sessionId: "test" },
  };
  const { settings } = network.app.contexts.factors;
  const code = createTotpApp(settings.beginTotp(did).secret);
  expect(settings.confirmTotp(owner, code(-1))).not.toBeNull();
  return code;
}
