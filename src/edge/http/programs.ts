import type { Hono } from "hono";
import { XrpcError } from "#lib/errors.ts";
import { errorResponse } from "#edge/xrpc/errors.ts";
import { SUBSCRIPTIONS } from "#edge/xrpc/registry.ts";
import type { AppDeps, EdgeEnv } from "./app.ts";
import { health, robots } from "./health.ts";
import { operatorReads } from "./operator-reads.ts";
import { createRoutes, type RouteDeps } from "./routes.ts";
import { atprotoDid, didJson, tlsCheck } from "./well-known.ts";

const XRPC = "/xrpc/";
const OTHERS = new Set([
  "/xrpc",
  "/metrics",
  "/robots.txt",
  "/tls-check",
  "/.well-known/atproto-did",
  "/.well-known/did.json",
]);

/** True for the paths of `createPrograms`; all others are the site's. */
export const isForPrograms = (path: string): boolean =>
  path.startsWith(XRPC) || OTHERS.has(path);

/**
 * What programs ask for: calls of methods, streams, and what proves names. No
 * path has a part that is a name (`/api/:nsid`), so that one look-up of one
 * expression finds each; Hono would walk a tree for every call otherwise, which
 * cost each as much as a look-up in a database.
 */
export function createPrograms(deps: AppDeps & RouteDeps): Hono<EdgeEnv> {
  const { contexts, settings, dispatch, sockets, ipOf } = deps;
  const programs = createRoutes(deps);
  programs.get("/robots.txt", robots);
  programs.get("/tls-check", (c) => tlsCheck({ contexts, settings }, c));
  programs.get("/.well-known/atproto-did", (c) =>
    atprotoDid({ contexts, settings }, c),
  );
  programs.get("/.well-known/did.json", (c) =>
    didJson({ contexts, settings }, c),
  );
  programs.get("/xrpc/_health", (c) => health({ contexts }, c));
  programs.get("/xrpc/_stats", (c) =>
    c.json(contexts.statistics.read(), 200, {
      "Cache-Control": "public, max-age=60",
    }),
  );
  operatorReads(programs, deps);
  for (const [nsid, method] of Object.entries(SUBSCRIPTIONS)) {
    programs.all(`${XRPC}${nsid}`, (c) => {
      const { server } = c.env;
      const peer = { server, ip: ipOf(c) };
      const refusal = sockets.accept(method, c.req.raw, peer);
      if (refusal !== null) return refusal;
      c.set("upgraded", true);
      return new Response(null); // Bun drops it: the connection is a WebSocket now.
    });
  }
  programs.all(`${XRPC}*`, (c) => {
    const { server } = c.env;
    const request = c.req.raw;
    // A slash at the end is a slip that many clients get away with elsewhere.
    const nsid = c.req.path.slice(XRPC.length).replace(/\/$/, "");
    return dispatch(nsid, request, {
      requestId: c.get("requestId"),
      ip: ipOf(c),
      setTimeout: (seconds) => server.timeout(request, seconds),
    });
  });
  programs.notFound(() =>
    errorResponse(new XrpcError("NotFound", "Not found")),
  );
  return programs;
}
