import type { Browser, BrowserContext, Page } from "playwright-core";
import {
  type Network,
  type NetworkOptions,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";
import { until } from "../support/until.ts";
import { openBrowser } from "./browser.ts";

/** An owner who has signed in on the pages of a server of their own. */
export interface OwnerStage extends AsyncDisposable {
  network: Network;
  alice: TestAccount;
  browser: Browser;
  context: BrowserContext;
  page: Page;
  /** Opens a path of the server. */
  open(path: string): Promise<void>;
  /** Presses a button that has a letter sent, and reads the code in it. */
  codeBy(name: string, on?: Page): Promise<string>;
  /** Another browser of the owner: on a phone, in the dark, or without scripts. */
  signIn(options: Parameters<Browser["newContext"]>[0]): Promise<Page>;
}

/** As narrow as phones are. */
export const PHONE = { width: 390, height: 844 };

const CODE = /[A-Z2-7]{5}-[A-Z2-7]{5}/;

export async function startOwner(
  options: NetworkOptions = {},
): Promise<OwnerStage> {
  const network = await startNetwork(options);
  const alice = await network.createAccount("alice");
  const browser = await openBrowser();

  async function signIn(given: Parameters<Browser["newContext"]>[0]) {
    const context = await browser.newContext(given);
    const page = await context.newPage();
    await page.goto(`${network.url}/account`);
    await page.getByLabel("Handle or e-mail address").fill(alice.did);
    await page.getByLabel("Password").fill(alice.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    return page;
  }

  const page = await signIn({});

  async function codeBy(name: string, on = page): Promise<string> {
    const last = network.mailbox.list()[0]?.id ?? 0;
    await on.getByRole("button", { name }).click();
    return until("a letter with a code", 30_000, () => {
      const letters = network.mailbox.list().filter(({ id }) => id > last);
      return letters.map(({ text }) => CODE.exec(text)?.[0]).find(Boolean);
    });
  }

  return {
    ...{ network, alice, browser, page, codeBy, signIn },
    context: page.context(),
    open: async (path) => void (await page.goto(`${network.url}${path}`)),
    async [Symbol.asyncDispose]() {
      await browser.close();
      await network.stop();
    },
  };
}
