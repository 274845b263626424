import {
  AccessTokenMode,
  JoseKey,
  type LexResolver,
  LexResolverError,
  type OAuthProviderOptions,
} from "@atproto/oauth-provider/provider";
import { XrpcError } from "#lib/errors.ts";
import type { Did, Nsid } from "#repo/syntax.ts";
import { createAuthorizations } from "./authorization.ts";
import { createElsewhere } from "./elsewhere.ts";
import { createGuests } from "./guests.ts";
import { createExplainer } from "./client-examination.ts";
import { createClientFetch } from "./client-fetch.ts";
import { createEndpoints } from "./endpoints.ts";
import type { OAuthDeps } from "./deps.ts";
import { TempestProvider } from "./provider.ts";
import { createResourceServer } from "./resource.ts";
import {
  controllerOf,
  createAccountStore,
  createLexiconStore,
  createReplayStore,
  createRequestStore,
  createTokenStore,
  deviceStore,
} from "./stores.ts";

export type Engine = Awaited<ReturnType<typeof createEngine>>;

const ACCESS_TTL_MS = 15 * 60_000;

/** Applications under development get another key with every start. */
const NO_STORE = { get: () => undefined, set: () => {}, del: () => {} };
const FORGETFUL = { clientJwksCache: NO_STORE, clientMetadataCache: NO_STORE };

/**
 * All that needs the protocol's classes, which take a while to load. Whoever
 * imports this file loads them.
 */
export async function createEngine(given: OAuthDeps) {
  const explain = createExplainer(given);
  const guests = createGuests(given.clock);
  const deps = { ...given, explain, guests };
  const provider = new TempestProvider({
    options: {
      issuer: deps.publicUrl,
      keyset: [await signingKeyOf(deps.tokenKey)],
      // The token's row is read at each call, so that revoking works at once.
      accessTokenMode: AccessTokenMode.stateful,
      tokenMaxAge: ACCESS_TTL_MS,
      safeFetch: createClientFetch(deps.fetch),
      ...(deps.isDevelopment && FORGETFUL),
      lexResolver: createLexResolver(deps),
      metadata: { protected_resources: [new URL(deps.publicUrl).origin] },
      accountStore: createAccountStore(deps),
      deviceStore,
      lexiconStore: createLexiconStore(deps),
      replayStore: createReplayStore(deps),
      requestStore: createRequestStore(deps),
      tokenStore: createTokenStore(deps),
      ...createHooks(deps),
    },
    tokens: deps.db.oauth.tokens,
    events: deps.events,
    isDelegate: (did, controllerDid) =>
      deps.delegations.findPermissions(did, controllerDid) !== null,
    clock: deps.clock,
    log: deps.log,
  });
  const authorizations = createAuthorizations(provider, deps);
  return {
    ...createEndpoints(provider, deps),
    ...authorizations,
    ...createElsewhere(authorizations, deps),
    ...createResourceServer(provider, deps),
  };
}

/** What is remembered of tokens as they are given out. */
function createHooks({
  events,
}: OAuthDeps): Pick<
  OAuthProviderOptions,
  "onTokenCreated" | "onTokenRefreshed"
> {
  const recorder =
    (kind: "tokenIssued" | "tokenRefreshed") =>
    ({ client, clientMetadata, account, parameters }: TokenGiven): void => {
      const { ipAddress: ip, userAgent = null } = clientMetadata;
      const did = account.did as Did;
      const actor = controllerOf(parameters);
      const from = { ip, userAgent };
      events.record({ did, kind, actor, clientId: client.id, from });
    };
  return {
    onTokenCreated: recorder("tokenIssued"),
    onTokenRefreshed: recorder("tokenRefreshed"),
  };
}

type TokenGiven = Parameters<
  NonNullable<OAuthProviderOptions["onTokenCreated"]>
>[0];

/** Nobody but this server reads its access tokens, so a shared key is enough. */
function signingKeyOf(key: Uint8Array): Promise<JoseKey> {
  return JoseKey.fromJWK({
    kty: "oct",
    kid: "access-tokens",
    alg: "HS256",
    k: Buffer.from(key).toString("base64url"),
  });
}

/** Sets of permissions: those that came with the program, then the network's. */
function createLexResolver({
  lexicons,
  resolveLexicon,
}: OAuthDeps): LexResolver {
  const resolver: Pick<LexResolver, "get"> = {
    async get(name) {
      const nsid = String(name) as Nsid;
      const own = lexicons.find(nsid);
      if (own?.type === ("permission-set" as never)) {
        const lexicon = { lexicon: 1, id: nsid, defs: { main: own } };
        return { uri: `lex:${nsid}`, cid: null, lexicon } as never;
      }
      try {
        const { uri, cid, schema } = await resolveLexicon({ nsid });
        return { uri, cid, lexicon: schema } as never;
      } catch (error) {
        if (!(error instanceof XrpcError)) throw error;
        throw LexResolverError.from(nsid, error.message, { cause: error });
      }
    },
  };
  return resolver as LexResolver;
}
