import type { Context, Hono } from "hono";
import { DESCRIPTION_PATH } from "#contexts/oauth/client-description.ts";
import type {
  ProtocolAnswer,
  ProtocolRequest,
} from "#contexts/oauth/endpoints.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Limit } from "#edge/xrpc/limits.ts";
import type { EdgeEnv } from "./app.ts";
import { elsewherePages } from "./elsewhere-pages.ts";
import { type Fields, readFields } from "./form-body.ts";
import { INTROSPECTIONS, REQUESTS, takeFor, TOKENS } from "./oauth-limits.ts";
import { oauthPages } from "./oauth-pages.ts";
import type { PageRouteDeps, Pages } from "./pages.ts";

const CACHED = { "Cache-Control": "public, max-age=300" };
const UNCACHED = { "Cache-Control": "no-store" }; // RFC 6749 §5.1

type Endpoint =
  "pushRequest" | "exchangeToken" | "revokeToken" | "introspectToken";
const ENDPOINTS: readonly [path: string, name: Endpoint, limit: Limit][] = [
  ["/oauth/par", "pushRequest", REQUESTS],
  ["/oauth/token", "exchangeToken", TOKENS],
  ["/oauth/revoke", "revokeToken", TOKENS],
  ["/oauth/introspect", "introspectToken", INTROSPECTIONS],
];

/** The routes of sign-in for applications. */
export function oauthRoutes(
  app: Hono<EdgeEnv>,
  deps: PageRouteDeps,
  pages: Pages,
): void {
  const { oauth } = deps.contexts;
  app.get("/.well-known/oauth-protected-resource", (c) =>
    c.json(oauth.protectedResource(), 200, CACHED),
  );
  app.get("/.well-known/oauth-authorization-server", async (c) =>
    c.json((await oauth.engine()).metadata(), 200, CACHED),
  );
  app.get(DESCRIPTION_PATH, (c) => c.json(oauth.client, 200, CACHED));
  app.get("/oauth/jwks", async (c) =>
    c.json((await oauth.engine()).jwks(), 200, CACHED),
  );
  for (const [path, name, limit] of ENDPOINTS) {
    app.post(path, (c) => callEndpoint(deps, c, name, limit));
    app.all(
      path,
      () => new Response(null, { status: 405, headers: { Allow: "POST" } }),
    );
  }
  oauthPages(app, deps, pages);
  elsewherePages(app, deps, pages);
}

async function callEndpoint(
  deps: PageRouteDeps,
  c: Context<EdgeEnv>,
  name: Endpoint,
  limit: Limit,
): Promise<Response> {
  try {
    takeFor(deps, c, limit);
    const engine = await deps.contexts.oauth.engine();
    const request = await toProtocolRequest(deps, c);
    return toResponse(await engine[name](request));
  } catch (error) {
    if (!(error instanceof XrpcError)) throw error;
    const { status, headers, message } = error;
    const code = status === 429 ? "temporarily_unavailable" : "invalid_request";
    const json = { error: code, error_description: message };
    return toResponse({ status, json, headers: { ...headers, ...UNCACHED } });
  }
}

async function toProtocolRequest(
  deps: PageRouteDeps,
  c: Context<EdgeEnv>,
): Promise<ProtocolRequest> {
  const { headers } = c.req.raw;
  return {
    body: withoutEmpty(await readFields(c.req.raw)),
    dpop: headers.get("dpop"),
    authorization: headers.get("authorization"),
    ipAddress: deps.ipOf(c),
    userAgent: headers.get("user-agent"),
  };
}

/**
 * What is sent without a value counts as left out.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-3.2
 */
function withoutEmpty(fields: Fields): Fields {
  const given = Object.entries(fields).filter(([, value]) => value !== "");
  return Object.fromEntries(given);
}

function toResponse({ status, json, headers }: ProtocolAnswer): Response {
  return Response.json(json, { status, headers });
}
