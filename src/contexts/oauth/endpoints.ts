import {
  InvalidClientError,
  InvalidRequestError,
  WWWAuthenticateError,
} from "@atproto/oauth-provider/errors";
import {
  oauthAuthorizationRequestParSchema,
  oauthClientCredentialsSchema,
  oauthTokenIdentificationSchema,
  oauthTokenRequestSchema,
} from "@atproto/oauth-types";
import { LANGUAGES } from "#lib/languages.ts";
import type { OAuthTokenRow } from "#storage/account/oauth-tokens.ts";
import type { ExplainRefusal } from "./client-examination.ts";
import { challengeOf, withoutUnsupported } from "./algorithms.ts";
import type { OAuthDeps } from "./deps.ts";
import { parse } from "./parse.ts";
import { createIntrospection } from "./introspection.ts";
import { errorPayload } from "./fault.ts";
import { hashSecret } from "./hash.ts";
import { findTokenId, type TempestProvider } from "./provider.ts";
import { OAuthRefusal } from "./refusal.ts";

/** A request of an application, its body read. */
export interface ProtocolRequest {
  /** Form fields or members of the JSON body. */
  body: Readonly<Record<string, unknown>>;
  dpop: string | null;
  authorization: string | null;
  ipAddress: string;
  userAgent: string | null;
}

export interface ProtocolAnswer {
  status: number;
  json: object;
  headers: Record<string, string>;
}

/** What applications call. None of them throws for what an application does. */
export interface Endpoints {
  /** @see https://www.rfc-editor.org/rfc/rfc8414 */
  metadata(): object;
  /** Empty: nobody else checks our tokens. */
  jwks(): object;
  /** @see https://www.rfc-editor.org/rfc/rfc9126 */
  pushRequest(request: ProtocolRequest): Promise<ProtocolAnswer>;
  /** @see https://www.rfc-editor.org/rfc/rfc6749#section-3.2 */
  exchangeToken(request: ProtocolRequest): Promise<ProtocolAnswer>;
  /** @see https://www.rfc-editor.org/rfc/rfc7009 */
  revokeToken(request: ProtocolRequest): Promise<ProtocolAnswer>;
  /** @see Introspect */
  introspectToken(request: ProtocolRequest): Promise<ProtocolAnswer>;
}

const PATHS = {
  par: "/oauth/par",
  token: "/oauth/token",
  revoke: "/oauth/revoke",
  introspect: "/oauth/introspect",
};

export function createEndpoints(
  provider: TempestProvider,
  deps: OAuthDeps & { explain: ExplainRefusal },
): Endpoints {
  const { db, events, explain, log, publicUrl } = deps;
  const introspect = createIntrospection(provider, deps);
  const proofOf = (path: string, { dpop }: ProtocolRequest) =>
    provider.checkDpopProof("POST", new URL(path, publicUrl), {
      ...(dpop !== null && { dpop }),
    });

  /** Remembers that a grant has ended, if it has. */
  function recordEnd(row: OAuthTokenRow, request: ProtocolRequest): void {
    if (db.oauth.tokens.find(row.id) !== null) return;
    const { did, clientId, controllerDid: actor } = row;
    const { ipAddress: ip, userAgent } = request;
    const from = { ip, userAgent };
    events.record({ did, kind: "tokenRevoked", actor, clientId, from });
  }

  async function answer(
    status: number,
    { body }: ProtocolRequest,
    make: () => Promise<object>,
  ): Promise<ProtocolAnswer> {
    const headers: Record<string, string> = {
      "Cache-Control": "no-store",
      Pragma: "no-cache",
      "DPoP-Nonce": provider.nextDpopNonce() ?? "",
    };
    try {
      return { status, json: await make(), headers };
    } catch (thrown) {
      const error = await explain(thrown, body.client_id);
      const fault = errorPayload(error);
      if (fault.status >= 500) log.error("oauth.failed", { error });
      else log.info("oauth.refused", { ...fault.json });
      if (error instanceof WWWAuthenticateError) {
        headers["WWW-Authenticate"] = challengeOf(error);
      }
      return { ...fault, headers };
    }
  }

  return {
    metadata: () => ({
      ...withoutUnsupported(provider.metadata),
      ui_locales_supported: LANGUAGES,
      introspection_endpoint: new URL(PATHS.introspect, publicUrl).href,
      introspection_endpoint_auth_methods_supported: [
        ...(deps.resourceServers.length > 0 ? ["client_secret_basic"] : []),
        "private_key_jwt",
      ],
      introspection_endpoint_auth_signing_alg_values_supported: ["ES256"],
    }),
    jwks: () => provider.jwks,
    pushRequest: (request) =>
      answer(201, request, async () => {
        const { body } = request;
        const credentials = parse(
          oauthClientCredentialsSchema,
          body,
          InvalidClientError,
        );
        const wanted = parse(
          oauthAuthorizationRequestParSchema,
          requestIn(body),
          InvalidRequestError,
        );
        const proof = await proofOf(PATHS.par, request);
        return provider.pushedAuthorizationRequest(credentials, wanted, proof);
      }),
    exchangeToken: (request) =>
      answer(200, request, async () => {
        const { body, ipAddress, userAgent } = request;
        const credentials = parse(
          oauthClientCredentialsSchema,
          body,
          InvalidRequestError,
        );
        checkGrantType(provider, body.grant_type);
        const wanted = parse(
          oauthTokenRequestSchema,
          body,
          InvalidRequestError,
        );
        const proof = await proofOf(PATHS.token, request);
        const from = {
          ipAddress,
          port: 0,
          ...(userAgent !== null && { userAgent }),
        };
        return provider.token(credentials, from, wanted, proof);
      }),
    async introspectToken(request) {
      const told = await answer(200, request, async () => introspect(request));
      if (told.status !== 401) return told;
      const challenge = { "WWW-Authenticate": 'Basic realm="introspection"' };
      return { ...told, headers: { ...told.headers, ...challenge } };
    },
    revokeToken: (request) =>
      answer(200, request, async () => {
        const { body } = request;
        const credentials = parse(
          oauthClientCredentialsSchema,
          body,
          InvalidRequestError,
        );
        // A hint that is unknown changes nothing: RFC 7009 §2.2.
        const named = parse(
          oauthTokenIdentificationSchema,
          { token: body.token },
          InvalidRequestError,
        );
        const proof = await proofOf(PATHS.revoke, request);
        const row = findRow(db, named.token);
        await provider.revoke(credentials, named, proof);
        if (row !== null) recordEnd(row, request);
        return {};
      }),
  };
}

/**
 * What is asked for: of a signed request nothing that stands beside it counts,
 * because anybody on the way may have changed that.
 * @throws InvalidRequestError
 * @see https://www.rfc-editor.org/rfc/rfc9126#section-2.1
 * @see https://www.rfc-editor.org/rfc/rfc9101#section-6.3
 */
function requestIn(body: ProtocolRequest["body"]): ProtocolRequest["body"] {
  if (body.request_uri !== undefined) {
    throw new InvalidRequestError(
      "request_uri is the answer to a pushed request, and no part of one",
    );
  }
  return body.request === undefined ? body : { request: body.request };
}

/** What is left out or no text is told with the other fields. */
function checkGrantType({ metadata }: TempestProvider, type: unknown): void {
  const known: readonly string[] = metadata.grant_types_supported ?? [];
  if (typeof type !== "string" || known.includes(type)) return;
  throw new OAuthRefusal(
    "unsupported_grant_type",
    `grant_type may be ${known.join(" or ")}`,
  );
}

/** By an access or refresh token; null for one that is not ours. */
function findRow(
  { oauth }: OAuthDeps["db"],
  token: string,
): OAuthTokenRow | null {
  if (token.startsWith("ref-")) {
    return oauth.tokens.findByRefresh(hashSecret(token));
  }
  const id = findTokenId(token);
  return id === null ? null : oauth.tokens.findByToken(hashSecret(id));
}
