import type { MiddlewareHandler } from "hono";
import type { Measurements } from "#contexts/admin/measurements.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import { METHODS, SUBSCRIPTIONS } from "#edge/xrpc/registry.ts";
import type { EdgeEnv } from "./app.ts";
import { setCorsHeaders } from "./cors.ts";

/** Makes names for requests that are unlikely to meet again in anybody's logs. */
export function createRequestIds(prefix: string): () => string {
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}

/**
 * Names each request, and logs what became of it: the path but never the
 * query or a header, which may hold secrets.
 */
export function requestLog(deps: {
  clock: Clock;
  log: Logger;
  nextRequestId: () => string;
  measured?: Pick<Measurements, "now" | "request">;
}): MiddlewareHandler<EdgeEnv> {
  const { clock, log, nextRequestId, measured } = deps;
  const now = measured?.now ?? clock.nowMs;
  return async (c, next) => {
    const startedMs = now();
    const requestId = nextRequestId();
    c.set("requestId", requestId);
    await next();
    const { path, method } = c.req;
    const status = c.get("upgraded") ? 101 : c.res.status;
    const tookMs = now() - startedMs;
    measured?.request(measuredName(path), status, tookMs);
    const level = status >= 500 ? "warn" : "info";
    log[level]("request", {
      requestId,
      method,
      path,
      status,
      ms: Math.round(tookMs * 10) / 10,
    });
  };
}

const XRPC = "/xrpc/";

/** What a request is counted as: a method of the table, or the kind of path. */
function measuredName(path: string): string {
  if (!path.startsWith(XRPC))
    return path.startsWith("/oauth/") ? "oauth" : "pages";
  const nsid = path.slice(XRPC.length);
  const isOurs =
    Object.hasOwn(METHODS, nsid) || Object.hasOwn(SUBSCRIPTIONS, nsid);
  return isOurs ? nsid : "forwarded";
}
/**
 * Tells in answers to HEAD how long the body is that GET would get. Streams
 * have none by here: what they hold open has been let go.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.6
 */
export const headLength: MiddlewareHandler<EdgeEnv> = async (c, next) => {
  await next();
  if (c.req.method !== "HEAD" || c.res.body === null) return;
  if (c.res.headers.has("Content-Length")) return;
  const { byteLength } = await c.res.clone().arrayBuffer();
  c.res.headers.set("Content-Length", String(byteLength));
};

/** Pages on which people decide are for nobody else's script. */
const PRIVATE_PAGES = /^\/(oauth\/authorize|account|admin)(\/|$)/;

/** Headers of every answer. */
export const commonHeaders: MiddlewareHandler<EdgeEnv> = async (c, next) => {
  await next();
  const { headers } = c.res;
  if (!PRIVATE_PAGES.test(c.req.path)) setCorsHeaders(headers);
  headers.set("Server", "Tempest");
};
