import {
  type Key,
  OAuthCallbackError,
  OAuthClient,
  type OAuthClientOptions,
  type OAuthSession,
} from "@atproto/oauth-client";
import { JoseKey } from "@atproto/oauth-provider/provider";
import type { Identity } from "#contexts/identity/identity.ts";
import type { Random } from "#contexts/security/random.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { SafeFetch } from "#lib/safe-fetch.ts";
import type { Did } from "#repo/syntax.ts";
import {
  ANSWER_AWAITED_MS,
  type ClientDescription,
} from "./client-description.ts";
import { createServerFetch } from "./server-fetch.ts";
import { createShortStore } from "./short-store.ts";

/** Who is asked to show, at their own server, who they are. */
export interface RemoteAsk {
  did: Did;
  /** The only browser that may come back with the answer. */
  deviceId: string;
  /** Where to go on afterwards. */
  to: string;
  /** They are to show it anew there, even if they are signed in. */
  isAnew?: boolean;
}

export type RemoteFault =
  /** Their server could not be asked. */
  | "unreachable"
  /** They said no there. */
  | "cancelled"
  /** Never begun, over, used already, or begun in another browser. */
  | "stale"
  /** Somebody else signed in there. */
  | "other-account"
  /** The answer doesn't prove who they are. */
  | "unproved";

/**
 * Signs people in at their own server, as an application that wants to know
 * who they are and nothing else. The tokens are given back at once.
 */
export interface RemoteSignIn {
  /** The page of their own server to send the browser to. */
  begin(ask: RemoteAsk): Promise<{ url: URL } | { fault: RemoteFault }>;
  /**
   * Takes the answer, which counts once and for ten minutes.
   * @param deviceId of the browser that brings it; null when we don't know it
   */
  finish(
    answer: URLSearchParams,
    deviceId: string | null,
  ): Promise<{ did: Did; to: string } | { fault: RemoteFault; to: string }>;
}

export interface RemoteSignInDeps {
  client: ClientDescription;
  /** Of the client's: where the browser comes back to. */
  redirectUri: string;
  identity: Pick<Identity, "resolveDid" | "findVerifiedHandle">;
  fetch: SafeFetch;
  clock: Clock;
  random: Random;
  log: Pick<Logger, "info">;
}

const MOST_STATES = 1000;
/** Between an answer and the giving back of its tokens. */
const SESSION_KEPT_MS = 60_000;
const MOST_SESSIONS = 100;
/** What the library takes for a handle that leads nowhere. */
const NO_HANDLE = "handle.invalid";

export function createRemoteSignIn(deps: RemoteSignInDeps): RemoteSignIn {
  const { clock, log } = deps;
  const redirectUri = deps.redirectUri as RedirectUri;
  const states: States = createShortStore({
    ...{ clock, keptMs: ANSWER_AWAITED_MS, most: MOST_STATES },
  });
  const library = createLibrary(deps, states);

  async function prove(answer: URLSearchParams, ask: RemoteAsk) {
    const options = { redirect_uri: redirectUri };
    const { session } = await library.callback(answer, options);
    await giveBack(session, log);
    return (session.did as string) === ask.did;
  }

  return {
    async begin(ask) {
      try {
        const url = await library.authorize(ask.did, {
          state: JSON.stringify(ask),
          redirect_uri: redirectUri,
          ...(ask.isAnew && { prompt: "login" }),
        });
        return { url };
      } catch (error) {
        log.info("oauth.remote_failed", { did: ask.did, error });
        return { fault: "unreachable" };
      }
    },
    async finish(answer, deviceId) {
      const saved = states.get(answer.get("state") ?? "");
      const ask: RemoteAsk | null = JSON.parse(saved?.appState ?? "null");
      // Not used up by another browser, so that nobody can spoil a sign-in.
      if (ask === null || ask.deviceId !== deviceId) {
        return { fault: "stale", to: "" };
      }
      const { did, to } = ask;
      try {
        const isSame = await prove(answer, ask);
        return isSame ? { did, to } : { fault: "other-account", to };
      } catch (error) {
        log.info("oauth.remote_failed", { did, error });
        return { fault: faultOf(error), to };
      }
    },
  };
}

type RedirectUri = NonNullable<
  NonNullable<Parameters<OAuthClient["authorize"]>[1]>["redirect_uri"]
>;
type Saved = Parameters<OAuthClientOptions["stateStore"]["set"]>[1];
type States = ReturnType<typeof createShortStore<Saved>>;

/** The library: it checks issuer, state and proof, and that the DID's server is the one that answered. */
function createLibrary(deps: RemoteSignInDeps, states: States): OAuthClient {
  const { client, identity, clock, random } = deps;
  return new OAuthClient({
    responseMode: "query",
    clientMetadata: client as OAuthClientOptions["clientMetadata"],
    allowHttp: client.application_type === "native",
    fetch: createServerFetch(deps.fetch) as typeof fetch,
    stateStore: {
      ...states,
      // Gone before anything is waited for, so that no answer counts twice.
      get(state) {
        const saved = states.get(state);
        states.del(state);
        return saved;
      },
    },
    sessionStore: createShortStore({
      ...{ clock, keptMs: SESSION_KEPT_MS, most: MOST_SESSIONS },
    }),
    identityResolver: {
      async resolve(did) {
        // Who has moved meanwhile is no longer proved by the old server.
        const document = await identity.resolveDid(did as Did, {
          refresh: true,
        });
        const handle = await identity.findVerifiedHandle(document);
        return {
          did: document.id as never,
          didDoc: document as never,
          handle: handle ?? NO_HANDLE,
        };
      },
    },
    runtimeImplementation: {
      createKey: (algorithms): Promise<Key> => JoseKey.generate(algorithms),
      getRandomValues: (length) => random(length),
      digest: async (data, { name }) =>
        new Uint8Array(
          await crypto.subtle.digest(name.replace("sha", "SHA-"), data),
        ),
      // Tokens are never renewed, so nobody has to wait for another.
      requestLock: async (_name, work) => work(),
    },
  });
}

/** That they stay good for a while at a server that can't be reached now harms nobody: they are forgotten here. */
async function giveBack(
  session: OAuthSession,
  log: Pick<Logger, "info">,
): Promise<void> {
  try {
    await session.signOut();
  } catch (error) {
    log.info("oauth.remote_tokens_left", { did: session.did, error });
  }
}

function faultOf(error: unknown): RemoteFault {
  const isAnswer = error instanceof OAuthCallbackError;
  const code = isAnswer ? error.params.get("error") : null;
  return code === "access_denied" ? "cancelled" : "unproved";
}
