import type { Context, MiddlewareHandler } from "hono";
import { XrpcError } from "#lib/errors.ts";
import { createAddressList, networkOf } from "#lib/ip-address.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import { errorResponse } from "#edge/xrpc/errors.ts";
import type { AppDeps, EdgeEnv } from "./app.ts";
import { setCorsHeaders } from "./cors.ts";
import { handleHosts } from "./handle-host.ts";
import { createRequestGate } from "./request-gate.ts";
import { createRequestLog } from "./request-log.ts";
import { packed } from "./whole-body.ts";

/**
 * What stands before and after every handler, in one: each step of its own
 * would be a promise more on the way of each call.
 */
export function aroundRequests(
  deps: AppDeps & { ipOf(c: Context<EdgeEnv>): string },
): MiddlewareHandler<EdgeEnv> {
  const { settings, ipOf } = deps;
  const begin = createRequestLog(deps);
  const enter = createBounds(settings);
  const answerHandleHost = handleHosts(settings);
  return async (c, next) => {
    const end = begin(c);
    const leave = enter(ipOf(c));
    if (leave === null) {
      c.res = tooMany();
    } else {
      try {
        const answer = answerHandleHost(c);
        if (answer === null) await next();
        else c.res = await answer;
      } finally {
        leave();
      }
    }
    if (c.get("upgraded") === undefined) await finish(c);
    end();
  };
}

/** Seconds after which a client that holds too much may try again. */
const RETRY_SEC = 1;

const everybody = () => {};

/** Lets a client in unless it has too many requests under way; see the settings. */
function createBounds({ maxRequestsPerIp, rateLimitBypassIps }: EdgeSettings) {
  const gate = createRequestGate(maxRequestsPerIp);
  const isExempt = createAddressList(rateLimitBypassIps);
  return (ip: string) => (isExempt(ip) ? everybody : gate.enter(networkOf(ip)));
}

function tooMany(): Response {
  const message = "Too many requests at a time from one address";
  return errorResponse(
    new XrpcError("RateLimitExceeded", message, { retryAfterSec: RETRY_SEC }),
  );
}

/** Pages on which people decide are for nobody else's script. */
const PRIVATE_PAGES = /^\/(oauth\/authorize|account|admin)(\/|$)/;

/** What holds for every answer. */
async function finish(c: Context<EdgeEnv>): Promise<void> {
  const { path, method, raw } = c.req;
  const { headers } = c.res;
  if (!PRIVATE_PAGES.test(path)) setCorsHeaders(headers);
  headers.set("Server", "Tempest");
  const sent = packed(raw, c.res);
  if (sent !== c.res) replace(c, sent);
  if (method === "HEAD") await tellLength(c.res);
}

/** An answer in the place of another gets its headers unless that is taken away first. */
function replace(c: Context<EdgeEnv>, response: Response): void {
  c.res = undefined;
  c.res = response;
}

/**
 * Tells in answers to HEAD how long the body is that GET would get. Streams
 * have none by here: what they hold open has been let go.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.6
 */
async function tellLength(response: Response): Promise<void> {
  const { headers } = response;
  if (response.body === null || headers.has("Content-Length")) return;
  const { byteLength } = await response.clone().arrayBuffer();
  headers.set("Content-Length", String(byteLength));
}
