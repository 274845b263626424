import {
  OAuthError,
  WWWAuthenticateError,
} from "@atproto/oauth-provider/errors";
import { XrpcError, takenDown } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import { statusOf } from "#storage/account/accounts.ts";
import type { OAuthCaller, Permissions } from "#contexts/security/caller.ts";
import { bothOf, permissionsOfScope } from "#contexts/security/granted.ts";
import { challengeOf } from "./algorithms.ts";
import type { OAuthDeps } from "./deps.ts";
import { hashSecret } from "./hash.ts";
import type { TempestProvider } from "./provider.ts";

/** One call with a token and its proof. */
export interface ProvenCall {
  method: string;
  /** Path of the request; the origin is that of the settings. */
  path: string;
  /** The whole Authorization header. */
  authorization: string;
  dpop: string | null;
}

export interface ResourceServer {
  /**
   * Who a token that is bound to a key stands for.
   * @throws XrpcError use_dpop_nonce, invalid_token, invalid_dpop_proof (401) with the
   *   headers that tell a client what to do; AccountTakedown.
   * @see https://www.rfc-editor.org/rfc/rfc9449#section-7
   */
  authenticate(call: ProvenCall): Promise<OAuthCaller>;
  /** For the next proof; every answer to a call with a proof carries it. */
  nextNonce(): string;
}

export function createResourceServer(
  provider: TempestProvider,
  { db, delegations, publicUrl, serviceDid, log }: OAuthDeps,
): ResourceServer {
  const nextNonce = () => provider.nextDpopNonce() ?? "";

  function toRefusal(error: unknown): unknown {
    if (error instanceof WWWAuthenticateError) {
      return new XrpcError(error.error, error.error_description, {
        status: 401,
        headers: {
          "WWW-Authenticate": challengeOf(error),
          "DPoP-Nonce": nextNonce(),
        },
        cause: error,
      });
    }
    if (error instanceof OAuthError) {
      return new XrpcError("invalid_token", error.error_description, {
        status: 401,
        headers: { "WWW-Authenticate": 'DPoP error="invalid_token"' },
        cause: error,
      });
    }
    log.error("oauth.failed", { error });
    return error;
  }

  return {
    nextNonce,
    async authenticate({ method, path, authorization, dpop }) {
      const payload = await provider
        .authenticateRequest(
          method as "GET",
          new URL(path, publicUrl),
          { authorization, ...(dpop !== null && { dpop }) },
          { audience: [serviceDid as never], scope: ["atproto" as never] },
        )
        .catch((error: unknown) => {
          throw toRefusal(error);
        });
      const did = payload.sub as Did;
      const account = db.accounts.find(did);
      const status = account && statusOf(account);
      if (status === "takendown" || status === "suspended") {
        throw takenDown();
      }
      const scope = payload.scope ?? "";
      const granted = permissionsOfScope(scope);
      const controllerDid = db.oauth.tokens.findController(
        hashSecret(payload.jti),
      );
      if (controllerDid === null) {
        return toCaller(did, payload.client_id, scope, granted);
      }
      const allowed = delegations.findPermissions(did, controllerDid);
      if (allowed === null) throw notDelegated();
      const permissions = bothOf(granted, allowed);
      return {
        ...toCaller(did, payload.client_id, scope, permissions),
        controllerDid,
      };
    },
  };
}

function toCaller(
  did: Did,
  clientId: string | undefined,
  scope: string,
  permissions: Permissions,
): OAuthCaller {
  const scopes = scope.split(" ");
  return {
    kind: "oauth",
    ...{ did, scopes, permissions, clientId: clientId ?? "" },
  };
}

/** Worth nothing any more, so that applications begin anew. */
function notDelegated(): XrpcError {
  return new XrpcError(
    "invalid_token",
    "Who signed in may not act for this account any more",
    { headers: { "WWW-Authenticate": 'DPoP error="invalid_token"' } },
  );
}
