import type { Server } from "bun";
import { type Context, Hono } from "hono";
import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import type { Measurements } from "#contexts/admin/measurements.ts";
import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { MemoryKeeper } from "#lib/memory.ts";
import type { Contexts } from "#edge/contexts.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import { notFoundPage } from "#edge/web/public/policy.tsx";
import { createBrand } from "#edge/web/brand.ts";
import { serveAsset } from "#edge/web/assets.ts";
import type { Dispatch } from "#edge/xrpc/dispatch.ts";
import { errorResponse, toXrpcError } from "#edge/xrpc/errors.ts";
import type { RateLimiter } from "#edge/xrpc/limits.ts";
import { SUBSCRIPTIONS } from "#edge/xrpc/registry.ts";
import { accountPages } from "./account-pages.ts";
import { operatorReads } from "./operator-reads.ts";
import { applyPages } from "./apply-pages.ts";
import { adminPages } from "./admin-pages.ts";
import { aroundRequests } from "./around-requests.ts";
import type { ClientAddress } from "./client-address.ts";
import { preflight } from "./cors.ts";
import type { FirehoseSockets, SocketData } from "./firehose-socket.ts";
import { health, robots } from "./health.ts";
import { languageChoice } from "./language-choice.ts";
import { oauthRoutes } from "./oauth.ts";
import { createPages, type PageRouteDeps } from "./pages.ts";
import type { LiveStreams } from "./live-streams.ts";
import { publicPages } from "./public-pages.ts";
import { recoveryPages } from "./recovery-pages.ts";
import { createRouter } from "./router.ts";
import { signUpPages } from "./sign-up-pages.ts";
import { pathOf } from "./request-url.ts";
import { atprotoDid, didJson, tlsCheck } from "./well-known.ts";

export interface EdgeEnv {
  Bindings: { server: Server<SocketData> };
  Variables: { requestId: string; ip?: string; upgraded?: true };
}

export interface AppDeps {
  contexts: Contexts;
  settings: EdgeSettings;
  lexicons: Lexicons;
  dispatch: Dispatch;
  /** null when calls are not limited. */
  limiter: RateLimiter | null;
  sockets: FirehoseSockets;
  live: LiveStreams;
  addressOf: ClientAddress;
  nextRequestId: () => string;
  clock: Clock;
  log: Logger;
  measured?: Pick<Measurements, "now" | "request">;
  memory?: Pick<MemoryKeeper, "worked">;
}

const XRPC = "/xrpc/";

/** Every route of the server. */
export function createApp(deps: AppDeps): Hono<EdgeEnv> {
  const { contexts, settings, dispatch, sockets, log } = deps;
  const app = new Hono<EdgeEnv>({
    getPath: (request) => pathOf(request.url),
    router: createRouter(),
  });
  /** Asked by several on the way of one request. */
  function ipOf(c: Context<EdgeEnv>): string {
    const known = c.get("ip");
    if (known !== undefined) return known;
    const { req, env } = c;
    const peer = env.server.requestIP(req.raw)?.address ?? "";
    const ip = deps.addressOf(peer, req.raw.headers);
    c.set("ip", ip);
    return ip;
  }

  app.use(aroundRequests({ ...deps, ipOf }));
  app.options("*", (c) => preflight(c.req.raw));
  app.get("/robots.txt", robots);
  app.get("/tls-check", (c) => tlsCheck({ contexts, settings }, c));
  app.get("/.well-known/atproto-did", (c) =>
    atprotoDid({ contexts, settings }, c),
  );
  app.get("/.well-known/did.json", (c) => didJson({ contexts, settings }, c));
  app.get("/xrpc/_health", (c) => health({ contexts }, c));
  const brand = createBrand(settings);
  app.get(
    "/assets/*",
    ({ req, notFound }) =>
      serveAsset(req.path) ?? brand.serve(req.path) ?? notFound(),
  );
  const pageDeps: PageRouteDeps = {
    ...deps,
    brand,
    ipOf,
  };
  const pages = createPages(pageDeps);
  oauthRoutes(app, pageDeps, pages);
  accountPages(app, pageDeps, pages);
  applyPages(app, pageDeps, pages);
  adminPages(app, pageDeps, pages);
  operatorReads(app, pageDeps);
  signUpPages(app, pageDeps, pages);
  recoveryPages(app, pageDeps, pages);
  languageChoice(app, pageDeps, pages);
  // Last: it takes every name in .well-known that is nobody else's.
  publicPages(app, { ...pageDeps, lexicons: deps.lexicons }, pages);

  for (const [nsid, method] of Object.entries(SUBSCRIPTIONS)) {
    app.all(`${XRPC}${nsid}`, (c) => {
      const { server } = c.env;
      const peer = { server, ip: ipOf(c) };
      const refusal = sockets.accept(method, c.req.raw, peer);
      if (refusal !== null) return refusal;
      c.set("upgraded", true);
      return new Response(null); // Bun drops it: the connection is a WebSocket now.
    });
  }
  app.all(`${XRPC}*`, (c) => {
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

  app.notFound((c) =>
    wantsPage(c.req.raw)
      ? notFoundPage({ ...pages.shownTo(c), path: c.req.path })
      : errorResponse(new XrpcError("NotFound", "Not found")),
  );
  app.onError((error, c) => {
    const requestId = c.get("requestId");
    return errorResponse(
      toXrpcError(error, { nsid: c.req.path, requestId, log }),
    );
  });
  return app;
}

/** True for somebody at a browser; programs are answered in JSON. */
function wantsPage({ method, headers, url }: Request): boolean {
  const isPage = method === "GET" && !pathOf(url).startsWith(XRPC);
  return isPage && (headers.get("accept") ?? "").startsWith("text/html");
}
