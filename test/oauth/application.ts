import {
  NodeOAuthClient,
  type NodeSavedSession,
  type NodeSavedState,
} from "@atproto/oauth-client-node";
import type { Network, TestAccount } from "../support/network.ts";
import { createPerson } from "./person.ts";

const REDIRECT_URI = "http://127.0.0.1:8080/callback";

/** The official library as an application on somebody's own machine. */
export function createApplication(
  network: Pick<Network, "url" | "plcUrl">,
  scope: string,
  redirectUri = REDIRECT_URI,
): NodeOAuthClient {
  const query = new URLSearchParams({ scope, redirect_uri: redirectUri });
  return new NodeOAuthClient({
    clientMetadata: {
      client_id: `http://localhost?${query}`,
      redirect_uris: [redirectUri as typeof REDIRECT_URI],
      scope,
      application_type: "native",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      dpop_bound_access_tokens: true,
    },
    allowHttp: true,
    handleResolver: network.url,
    plcDirectoryUrl: network.plcUrl,
    stateStore: createStore<NodeSavedState>(),
    sessionStore: createStore<NodeSavedSession>(),
    requestLock: createLock(),
  });
}

function createStore<Value>() {
  const values = new Map<string, Value>();
  return {
    get: async (key: string) => values.get(key),
    set: async (key: string, value: Value) => void values.set(key, value),
    del: async (key: string) => void values.delete(key),
  };
}

function createLock() {
  const turns = new Map<string, Promise<unknown>>();
  return async <T>(name: string, fn: () => T | PromiseLike<T>): Promise<T> => {
    const before = turns.get(name) ?? Promise.resolve();
    const turn = before.then(fn, fn);
    turns.set(name, turn);
    return turn;
  };
}

/** Signs in and allows all that is asked; what the application gets back. */
export async function letIn(
  network: Pick<Network, "url">,
  url: URL,
  account: TestAccount,
  decision: "allow" | "deny" = "allow",
): Promise<URLSearchParams> {
  const person = createPerson(network.url);
  const signIn = await person.open(url);
  const consent = await person.submit(signIn, {
    identifier: account.handle,
    password: account.password,
  });
  const back = await person.submit(consent, { decision });
  return new URL(back.url).searchParams;
}
