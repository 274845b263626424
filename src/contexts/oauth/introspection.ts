import { createHash, timingSafeEqual } from "node:crypto";
import { OAuthError } from "@atproto/oauth-provider/errors";
import { oauthClientCredentialsSchema } from "@atproto/oauth-types";
import { statusOf } from "#storage/account/accounts.ts";
import type { OAuthTokenRow } from "#storage/account/oauth-tokens.ts";
import { narrowed } from "./asked.ts";
import type { OAuthDeps } from "./deps.ts";
import type { TempestProvider } from "./provider.ts";
import { OAuthRefusal } from "./refusal.ts";

/** A service of the operator's that is shown tokens and asks what they are worth. */
export interface ResourceServerName {
  name: string;
  secret: string;
}

export interface IntrospectionRequest {
  body: Readonly<Record<string, unknown>>;
  /** The whole Authorization header. */
  authorization: string | null;
}

/**
 * What a token is worth now. A resource server of ours may ask about any access
 * token, because it is shown them; a confidential application about those that
 * it was given, and about no others: they look like none to it.
 * @throws OAuthRefusal invalid_client (401) for who is neither.
 * @see https://www.rfc-editor.org/rfc/rfc7662
 */
export type Introspect = (request: IntrospectionRequest) => Promise<object>;

const INACTIVE = { active: false };

export function createIntrospection(
  provider: TempestProvider,
  deps: Pick<
    OAuthDeps,
    | "db"
    | "delegations"
    | "resourceServers"
    | "publicUrl"
    | "serviceDid"
    | "clock"
  >,
): Introspect {
  const { db, delegations, clock } = deps;
  const known = deps.resourceServers.map(({ name, secret }) =>
    sha256(`${name}:${secret}`),
  );

  function isResourceServer(authorization: string | null): boolean {
    const [, value] = /^basic +([\w+/=-]+)$/i.exec(authorization ?? "") ?? [];
    if (value === undefined) return false;
    const given = sha256(Buffer.from(value, "base64").toString());
    // All are compared, so that the time tells nothing of the names.
    return known.filter((one) => timingSafeEqual(one, given)).length > 0;
  }

  /** The only application whose tokens are told; null for those of all. */
  async function readerOf({
    body,
    authorization,
  }: IntrospectionRequest): Promise<string | null> {
    if (isResourceServer(authorization)) return null;
    const parsed = oauthClientCredentialsSchema.safeParse(body);
    if (authorization !== null || !parsed.success) throw unknownReader();
    const { client, clientAuth } = await provider
      .identify(parsed.data)
      .catch((error: unknown) => {
        throw error instanceof OAuthError ? unknownReader() : error;
      });
    // Whoever proves nothing may be anybody.
    if (clientAuth.method === "none") throw unknownReader();
    return client.id;
  }

  /** @returns null for a token that is worth nothing. */
  async function findLive(token: string): Promise<OAuthTokenRow | null> {
    const row = await provider.findByAccessToken(token);
    if (row === null || row.expiresAtMs <= clock.nowMs()) return null;
    const account = db.accounts.find(row.did);
    if (account === null || statusOf(account) !== "active") return null;
    return row;
  }

  function describe(row: OAuthTokenRow): object {
    const { did, controllerDid, clientId } = row;
    const allowed =
      controllerDid && delegations.findPermissions(did, controllerDid);
    if (controllerDid !== null && allowed === null) return INACTIVE;
    const { dpop_jkt: jkt } = JSON.parse(row.parametersJson);
    return {
      active: true,
      scope: narrowed(row.scope ?? "", allowed || null),
      client_id: clientId,
      token_type: jkt === undefined ? "Bearer" : "DPoP",
      ...{ sub: did, iss: deps.publicUrl, aud: deps.serviceDid },
      iat: Math.floor(row.updatedAtMs / 1000),
      exp: Math.floor(row.expiresAtMs / 1000),
      ...(jkt !== undefined && { cnf: { jkt } }),
      // Who acts for the account: RFC 8693 §4.1.
      ...(controllerDid !== null && { act: { sub: controllerDid } }),
    };
  }

  return async (request) => {
    const reader = await readerOf(request);
    const { token } = request.body;
    if (typeof token !== "string") return INACTIVE;
    const row = await findLive(token).catch((error: unknown) => {
      if (error instanceof OAuthError) return null;
      throw error;
    });
    if (row === null) return INACTIVE;
    return reader === null || reader === row.clientId
      ? describe(row)
      : INACTIVE;
  };
}

function unknownReader(): OAuthRefusal {
  const message = "Say who asks, and prove it";
  return new OAuthRefusal("invalid_client", message, { status: 401 });
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
