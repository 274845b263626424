import type { Server } from "bun";
import type { Context, Hono } from "hono";
import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import type { Measurements } from "#contexts/admin/measurements.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { MemoryKeeper } from "#lib/memory.ts";
import type { Contexts } from "#edge/contexts.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import type { Dispatch } from "#edge/xrpc/dispatch.ts";
import type { RateLimiter } from "#edge/xrpc/limits.ts";
import { aroundRequests } from "./around-requests.ts";
import type { ClientAddress } from "./client-address.ts";
import type { FirehoseSockets, SocketData } from "./firehose-socket.ts";
import type { LiveStreams } from "./live-streams.ts";
import { createPrograms, isForPrograms } from "./programs.ts";
import { pathOf } from "./request-url.ts";

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

/** Answers a request. */
export type App = (
  request: Request,
  env: EdgeEnv["Bindings"],
) => Response | Promise<Response>;

/**
 * Every route of the server: for programs at once, for people from the first
 * page on that is asked for. Pages and their words in every language are a
 * third of the code, and many servers are seldom looked at.
 */
export function createApp(deps: AppDeps): App {
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

  const shared = { ...deps, ipOf };
  const routeDeps = { ...shared, around: aroundRequests(shared) };
  const programs = createPrograms(routeDeps);
  let site: Promise<Hono<EdgeEnv>> | null = null;

  async function loadSite(): Promise<Hono<EdgeEnv>> {
    const { createSite } = await import("./site.ts");
    return createSite(routeDeps);
  }

  async function answerPerson(...request: Parameters<App>): Promise<Response> {
    site ??= loadSite();
    return (await site).fetch(...request);
  }

  return (request, env) =>
    isForPrograms(pathOf(request.url))
      ? programs.fetch(request, env)
      : answerPerson(request, env);
}
