import type { Context } from "hono";
import type { Measurements } from "#contexts/admin/measurements.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { MemoryKeeper } from "#lib/memory.ts";
import { METHODS, SUBSCRIPTIONS } from "#edge/xrpc/registry.ts";
import type { EdgeEnv } from "./app.ts";

/** Makes names for requests that are unlikely to meet again in anybody's logs. */
export function createRequestIds(prefix: string): () => string {
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}

/**
 * Names each request when it begins, and logs what became of it when it ends:
 * the path but never the query or a header, which may hold secrets.
 */
export function createRequestLog(deps: {
  clock: Clock;
  log: Logger;
  nextRequestId: () => string;
  measured?: Pick<Measurements, "now" | "request">;
  memory?: Pick<MemoryKeeper, "worked">;
}): (c: Context<EdgeEnv>) => () => void {
  const { clock, log, nextRequestId, measured, memory } = deps;
  const now = measured?.now ?? clock.nowMs;
  return (c) => {
    const startedMs = now();
    const requestId = nextRequestId();
    c.set("requestId", requestId);
    return () => {
      const { path, method } = c.req;
      const status = c.get("upgraded") ? 101 : c.res.status;
      const tookMs = now() - startedMs;
      measured?.request(measuredName(path), status, tookMs);
      memory?.worked();
      const level = status >= 500 ? "warn" : "info";
      log[level]("request", {
        requestId,
        method,
        path,
        status,
        ms: Math.round(tookMs * 10) / 10,
      });
    };
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
