import type { Server, ServerWebSocket, WebSocketHandler } from "bun";
import type { Logger } from "#lib/log.ts";
import { XrpcError } from "#lib/errors.ts";
import { networkOf } from "#lib/ip-address.ts";
import { encodeErrorFrame } from "#repo/frame.ts";
import type { Contexts, Subscription } from "#edge/contexts.ts";
import { errorResponse } from "#edge/xrpc/errors.ts";
import type { SubscriptionMethod } from "#edge/xrpc/method.ts";
import { createRequestGate } from "./request-gate.ts";
import { queryOf } from "./request-url.ts";

/** What a connection carries from its handshake to its end. */
export interface SocketData {
  method: SubscriptionMethod;
  cursor: number | null;
  ip: string;
  /** No longer counts it for its address. */
  leave(): void;
  subscription: Subscription | null;
}

type Socket = ServerWebSocket<SocketData>;

export interface FirehoseSockets {
  /** Takes over a request that asks for a stream; null when it has become a WebSocket. */
  accept(
    method: SubscriptionMethod,
    request: Request,
    peer: { server: Server<SocketData>; ip: string },
  ): Response | null;
  readonly handler: WebSocketHandler<SocketData>;
  /** Says goodbye to all. */
  closeAll(): void;
}

export interface FirehoseDeps {
  contexts: Contexts;
  log: Logger;
  maxSocketsPerIp: number;
  pingIntervalMs?: number;
}

/** Relays give up a stream that says nothing for a minute. */
const PING_INTERVAL_MS = 25_000;
/** Bytes a connection may hold unsent; a stream with a hole would be worse than none. */
const BACKPRESSURE_LIMIT = 4 * 1024 * 1024;
/** Readers have nothing to say. */
const MAX_INBOUND_BYTES = 16 * 1024;
/** When one of too many streams may have ended; the dead ones have been noticed by then. */
const RETRY_SEC = 120;
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

export function createFirehoseSockets(deps: FirehoseDeps): FirehoseSockets {
  const sockets = new Set<Socket>();
  let pinging: Timer | null = null;

  const gate = createRequestGate(deps.maxSocketsPerIp);

  function open(socket: Socket): void {
    const { method, cursor, ip } = socket.data;
    sockets.add(socket);
    pinging ??= setInterval(() => {
      for (const each of sockets) each.ping();
    }, deps.pingIntervalMs ?? PING_INTERVAL_MS);
    if (Number.isNaN(cursor)) {
      const message = "cursor must be one whole number";
      socket.sendBinary(encodeErrorFrame("InvalidRequest", message));
      socket.close(POLICY_VIOLATION, "InvalidRequest");
      return;
    }
    const stream = {
      send: (bytes: Uint8Array) => socket.sendBinary(bytes),
      bufferedBytes: () => socket.getBufferedAmount(),
      close: (code: number, reason: string) => socket.close(code, reason),
    };
    try {
      const options = { cursor, ip };
      socket.data.subscription = method.subscribe(
        deps.contexts,
        stream,
        options,
      );
    } catch (error) {
      deps.log.error("subscription failed", { reason: error });
      socket.close(INTERNAL_ERROR, "Internal server error");
    }
  }

  function close(socket: Socket): void {
    sockets.delete(socket);
    socket.data.leave();
    if (sockets.size === 0 && pinging !== null) {
      clearInterval(pinging);
      pinging = null;
    }
    socket.data.subscription?.onClose();
  }

  return {
    accept(method, request, { server, ip }) {
      const cursor = checkHandshake(request);
      if (cursor instanceof Response) return cursor;
      // Counted before it opens, or a burst of handshakes would pass the limit.
      const leave = gate.enter(networkOf(ip));
      if (leave === null) {
        return refuse("RateLimitExceeded", "Too many streams to one address", {
          retryAfterSec: RETRY_SEC,
        });
      }
      const data = { method, cursor, ip, leave, subscription: null };
      if (server.upgrade(request, { data })) return null;
      leave();
      return refuse("InvalidRequest", "Not a WebSocket handshake");
    },
    handler: {
      open,
      close,
      message() {},
      drain: (socket) => socket.data.subscription?.onDrain(),
      maxPayloadLength: MAX_INBOUND_BYTES,
      backpressureLimit: BACKPRESSURE_LIMIT,
      closeOnBackpressureLimit: true,
      perMessageDeflate: false,
      idleTimeout: 120,
    },
    closeAll() {
      for (const socket of sockets) {
        socket.close(GOING_AWAY, "The server is stopping");
      }
    },
  };
}

/**
 * The cursor of a handshake, or why it is none. NaN is a cursor that makes no
 * sense: that is told over the stream, since clients of WebSockets don't see
 * the body of a refusal.
 * @see https://atproto.com/specs/event-stream#websocket-transport
 */
function checkHandshake(request: Request): number | null | Response {
  if (request.method !== "GET") {
    return refuse("MethodNotAllowed", "Streams are opened with GET", {
      headers: { Allow: "GET" },
    });
  }
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return refuse("UpgradeRequired", "Streams need a WebSocket", {
      status: 426,
      headers: { Upgrade: "websocket", Connection: "Upgrade" },
    });
  }
  const given = new URLSearchParams(queryOf(request.url)).getAll("cursor");
  const [text = ""] = given;
  if (text === "" && given.length < 2) return null;
  const cursor = /^-?\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (given.length > 1 || !Number.isSafeInteger(cursor)) return NaN;
  // What is before the first event asks for all there is.
  return Math.max(cursor, 0);
}

function refuse(
  error: string,
  message: string,
  options?: ConstructorParameters<typeof XrpcError>[2],
): Response {
  return errorResponse(new XrpcError(error, message, options));
}
