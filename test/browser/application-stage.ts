import type { NodeOAuthClient } from "@atproto/oauth-client-node";
import type { Browser } from "playwright-core";
import { createApplication } from "../oauth/application.ts";
import {
  type Network,
  startNetwork,
  type TestAccount,
} from "../support/network.ts";
import { openBrowser } from "./browser.ts";

/** A server with an account, a browser, and an application that they come back to. */
export interface ApplicationStage extends AsyncDisposable {
  network: Network;
  alice: TestAccount;
  browser: Browser;
  /** Where the application's own page is. */
  origin: string;
  newApplication(scope: string): NodeOAuthClient;
}

export async function startApplicationStage(): Promise<ApplicationStage> {
  const network = await startNetwork();
  const alice = await network.createAccount("alice");
  const browser = await openBrowser();
  const application = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response("back at the application"),
  });
  const { origin } = application.url;
  return {
    ...{ network, alice, browser, origin },
    newApplication: (scope) =>
      createApplication(network, scope, `${origin}/callback`),
    async [Symbol.asyncDispose]() {
      await browser.close();
      await network.stop();
      await application.stop(true);
    },
  };
}
