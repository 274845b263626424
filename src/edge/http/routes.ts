import { type Context, Hono, type MiddlewareHandler } from "hono";
import type { Logger } from "#lib/log.ts";
import { errorResponse, toXrpcError } from "#edge/xrpc/errors.ts";
import type { EdgeEnv } from "./app.ts";
import { preflight } from "./cors.ts";
import { pathOf } from "./request-url.ts";

/** What all routes share. */
export interface RouteDeps {
  log: Logger;
  /** Stands before and after every handler. */
  around: MiddlewareHandler<EdgeEnv>;
  ipOf(c: Context<EdgeEnv>): string;
}

/** Routes that are still to be added, with what holds for all of them. */
export function createRoutes({ log, around }: RouteDeps): Hono<EdgeEnv> {
  const routes = new Hono<EdgeEnv>({ getPath: ({ url }) => pathOf(url) });
  routes.use(around);
  routes.options("*", (c) => preflight(c.req.raw));
  routes.onError((error, c) => {
    const requestId = c.get("requestId");
    return errorResponse(
      toXrpcError(error, { nsid: c.req.path, requestId, log }),
    );
  });
  return routes;
}
