import { randomBytes } from "node:crypto";
import type { Server } from "bun";
import type { Measurements } from "#contexts/admin/measurements.ts";
import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import type { Clock } from "#lib/clock.ts";
import { OperatorError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { MemoryKeeper } from "#lib/memory.ts";
import type { SafeFetch } from "#lib/safe-fetch.ts";
import type { Contexts } from "#edge/contexts.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import { createDispatch, type DispatchDeps } from "#edge/xrpc/dispatch.ts";
import { errorResponse, toXrpcError } from "#edge/xrpc/errors.ts";
import type { RateLimiter } from "#edge/xrpc/limits.ts";
import { createProxy } from "#edge/xrpc/proxy.ts";
import { METHODS } from "#edge/xrpc/registry.ts";
import { createApp } from "./app.ts";
import { createClientAddress } from "./client-address.ts";
import { createFirehoseSockets, type SocketData } from "./firehose-socket.ts";
import { createLiveStreams } from "./live-streams.ts";
import { createRequestIds } from "./request-log.ts";

export interface EdgeDeps {
  contexts: Contexts;
  settings: EdgeSettings;
  lexicons: Lexicons;
  /** For calls that are sent on to other services. */
  fetch: Pick<SafeFetch, "stream">;
  /** Counts calls; null where nobody is limited. */
  limiter: RateLimiter | null;
  clock: Clock;
  log: Logger;
  /** Counts requests. */
  measured?: Pick<Measurements, "now" | "request">;
  /** Told of each request that was answered. */
  memory?: Pick<MemoryKeeper, "worked">;
  /** See DispatchDeps. */
  checks: DispatchDeps["checks"];
  /** For tests of WebSockets; 25 s otherwise. */
  pingIntervalMs?: number;
}

export interface Edge {
  /** Where the server can be reached on this machine. */
  readonly url: URL;
  readonly port: number;
  /**
   * Takes no more connections, lets requests finish, then says goodbye to the
   * rest: streams are closed with 1001, late requests are cut.
   */
  stop(graceMs?: number): Promise<void>;
}

/** Silence after which a connection is cut; raised for each request once its head is read. */
const IDLE_TIMEOUT_SEC = 10;
const GRACE_MS = 10_000;
const POLL_MS = 20;

/**
 * Listens. All that the world says to the server comes in here.
 * @throws OperatorError when the port can't be had.
 */
export function startEdge(deps: EdgeDeps): Edge {
  const { contexts, settings, limiter, clock, log } = deps;
  const sockets = createFirehoseSockets({
    contexts,
    log,
    maxSocketsPerIp: settings.maxSocketsPerIp,
    pingIntervalMs: deps.pingIntervalMs,
  });
  const live = createLiveStreams({ log });
  const app = createApp({
    contexts,
    settings,
    lexicons: deps.lexicons,
    sockets,
    live,
    clock,
    log,
    measured: deps.measured,
    memory: deps.memory,
    limiter,
    dispatch: createDispatch({
      ...deps,
      methods: METHODS,
      proxy: createProxy(deps),
    }),
    addressOf: createClientAddress(settings.trustedProxies),
    nextRequestId: createRequestIds(randomBytes(4).toString("hex")),
  });
  const server = withPort(settings, (place) =>
    Bun.serve<SocketData>({
      ...place,
      idleTimeout: IDLE_TIMEOUT_SEC,
      // Each method has its own limit, with an answer that clients understand.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      development: false,
      fetch: (request, server) => app(request, { server }),
      // An answer that breaks off, or a fault outside every route.
      error(error) {
        const context = { nsid: "", requestId: "none", log };
        return errorResponse(toXrpcError(error, context));
      },
      websocket: sockets.handler,
    }),
  );
  return {
    url: server.url,
    port: server.port!,
    async stop(graceMs = GRACE_MS) {
      const stopped = server.stop(false);
      // They would be waited for, and have no end of their own.
      live.closeAll();
      await requestsDone(server, graceMs);
      sockets.closeAll();
      await Bun.sleep(POLL_MS); // for the closing handshakes to be sent
      await server.stop(true);
      await stopped;
    },
  };
}

/** Why a port can't be had, and what to do; by the system's name for it. */
const PORT_FAULTS: Readonly<Record<string, { why: string; hint: string }>> = {
  EADDRINUSE: {
    why: "another program has it",
    hint: "Stop who has it, or set TEMPEST_PORT to another.",
  },
  EACCES: {
    why: "only root may have a port below 1024",
    hint: "Set TEMPEST_PORT to one above, with a reverse proxy in front.",
  },
  EADDRNOTAVAIL: {
    why: "this machine has no such address",
    hint: "Set TEMPEST_LISTEN_HOST to one of its own; 0.0.0.0 means all of them.",
  },
};

type Place = Pick<
  Bun.Serve.HostnamePortServeOptions<SocketData>,
  "hostname" | "port" | "reusePort"
>;

/** @throws OperatorError when what listens can't. */
function withPort<T>(
  { listenHost, port }: Pick<EdgeSettings, "listenHost" | "port">,
  listen: (place: Place) => T,
): T {
  try {
    // The runtime would let a second server take the port as well, and calls
    // would go now to the one, now to the other.
    return listen({ hostname: listenHost, port, reusePort: false });
  } catch (cause) {
    const { code = "", message } = cause as { code?: string; message: string };
    const { why, hint } = PORT_FAULTS[code] ?? {
      why: message,
      hint: "Set TEMPEST_PORT or TEMPEST_LISTEN_HOST to another.",
    };
    throw new OperatorError(`Port ${port} of ${listenHost}: ${why}.`, {
      hint,
      exitCode: 69,
      cause,
    });
  }
}

async function requestsDone(
  server: Server<SocketData>,
  graceMs: number,
): Promise<void> {
  for (let ms = 0; server.pendingRequests > 0 && ms < graceMs; ms += POLL_MS) {
    await Bun.sleep(POLL_MS);
  }
}
