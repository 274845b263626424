import {
  BrowserOAuthClient,
  type OAuthSession,
} from "@atproto/oauth-client-browser";

/** An application in a page, as the tests drive it. */
export interface Application {
  /** Of every answer to a call, refusals included that the library met. */
  statuses: number[];
  /** How many calls wait for `release`. */
  held: number;
  /** Ends a sign-in, or takes up the one of before: the DID, if there is one. */
  start(servers: Servers): Promise<string | null>;
  signIn(handle: string): void;
  /** The DID of who signed in, in a window beside this one. */
  signInBeside(handle: string): Promise<string>;
  call(nsid: string, input?: object): Promise<Called>;
  /** Takes a new token; when it ends, in milliseconds. */
  refresh(): Promise<number>;
  signOut(): Promise<void>;
  /** From now on calls stop, with their proof made, on their way out. */
  hold(): void;
  release(): void;
}

export interface Servers {
  url: string;
  plcUrl: string;
  scope: string;
}

export interface Called {
  status: number;
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

declare global {
  var application: Application;
}

let client: BrowserOAuthClient;
let session: OAuthSession | undefined;
let gate = Promise.withResolvers<void>();
gate.resolve();

/** The same to the library as the browser's own. */
const fetchWatched: typeof fetch = Object.assign(
  async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    if (!new URL(request.url).pathname.startsWith("/xrpc/")) {
      return fetch(request);
    }
    application.held++;
    await gate.promise;
    application.held--;
    const response = await fetch(request);
    application.statuses.push(response.status);
    return response;
  },
  { preconnect: () => undefined },
);

globalThis.application = {
  statuses: [],
  held: 0,
  async start({ url, plcUrl, scope }) {
    const redirectUri = location.origin + location.pathname;
    const query = new URLSearchParams({ scope, redirect_uri: redirectUri });
    client = await BrowserOAuthClient.load({
      clientId: `http://localhost?${query}`,
      handleResolver: url,
      plcDirectoryUrl: plcUrl,
      allowHttp: true,
      fetch: fetchWatched,
    });
    session = (await client.init())?.session;
    return session?.did ?? null;
  },
  signIn(handle) {
    void client.signIn(handle);
  },
  async signInBeside(handle) {
    session = await client.signInPopup(handle);
    return session.did;
  },
  async call(nsid, input) {
    const response = await session!.fetchHandler(
      `/xrpc/${nsid}`,
      input && {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(input),
      },
    );
    return { status: response.status, body: await response.json() };
  },
  async refresh() {
    const { expiresAt } = await session!.getTokenInfo(true);
    return expiresAt!.getTime();
  },
  signOut: () => session!.signOut(),
  hold() {
    gate = Promise.withResolvers();
  },
  release: () => gate.resolve(),
};
