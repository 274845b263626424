import type { Caller } from "#contexts/security/caller.ts";
import type { Logger } from "#lib/log.ts";
import type {
  Contexts,
  StreamSocket,
  SubscribeOptions,
  Subscription,
} from "#edge/contexts.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import type { AccountAuth, OpenAuth } from "./auth.ts";
import type { Limit } from "./limits.ts";
import type { Permission } from "./permission.ts";
import type { Proxy } from "./proxy.ts";

/** One request, with everything about it checked that its lexicon says. */
export interface Call {
  nsid: string;
  caller: Caller;
  /** The bearer token as it came, for methods that take a token itself. */
  bearer: string;
  params: Record<string, unknown>;
  /** The JSON body; undefined when the method has none or takes a stream. */
  input: unknown;
  /** The body of a method that takes bytes, limited in size and in slowness. */
  body: AsyncIterable<Uint8Array> | null;
  request: Request;
  requestId: string;
  ip: string;
  settings: EdgeSettings;
  proxy: Proxy;
  log: Logger;
}

/** An object is sent as JSON; nothing is an empty answer; a Response is sent as it is. */
export type Reply = Response | object | void;

/** A query or procedure. Its verb, parameters, body, answer and errors are in its lexicon. */
export type Method = MethodRow &
  (
    | { auth: OpenAuth; permission?: never }
    /** Whoever acts for an account needs a permission; a row without one does not compile. */
    | { auth: AccountAuth; permission: Permission }
  );

interface MethodRow {
  /** Beside the limit for all methods together. */
  limit?: Limit;
  /** Largest body; for JSON 150 KiB unless said. */
  maxBodyBytes?: (settings: EdgeSettings) => number;
  /** Calls of one address that may be under way at a time, until their answers are read. */
  atOncePerIp?: number;
  /** What it takes on the disk; absent for methods that go on when the disk is full. */
  room?: "some" | "much";
  /** How long the connection may be silent while the method works or streams. */
  timeoutSec?: number;
  /** Error names that the method answers beside those of its lexicon. */
  errors?: readonly string[];
  run(contexts: Contexts, call: Call): Reply | Promise<Reply>;
}

/** A stream of events over a WebSocket. */
export interface SubscriptionMethod {
  subscribe(
    contexts: Contexts,
    socket: StreamSocket,
    options: SubscribeOptions,
  ): Subscription;
}
