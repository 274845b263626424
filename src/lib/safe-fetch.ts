import {
  boundStream,
  decodeContent,
  readBounded,
  refuseDeclaredSize,
} from "./fetch-body.ts";
import { createDeadline } from "./fetch-deadline.ts";
import {
  type FetchContext,
  type HopRequest,
  requestAcrossRedirects,
  send,
  toSafeFetchError,
} from "./fetch-request.ts";
import { findTarget, type Lookup, lookupWithSystem } from "./fetch-target.ts";
import { createHostGate, type HostGate } from "./host-gate.ts";

export {
  type FetchFailure,
  type Lookup,
  SafeFetchError,
} from "./fetch-target.ts";

export interface SafeFetchConfig {
  /** Development: also http and any port, on loopback only. */
  allowLoopback: boolean;
  /** Switches the protection off, for closed test networks. */
  allowAnyAddress?: boolean;
  /** From the call to the last byte of the body, redirects included. */
  timeoutMs: number;
  /** Largest body, after decoding. */
  maxBytes: number;
  maxRedirects: number;
  /** Requests in flight to one host; more wait, inside their time limit. */
  maxPerHost?: number;
  userAgent?: string;
  lookup?: Lookup;
  /** Certificates to trust instead of the system's, PEM. */
  ca?: string;
}

export interface FetchOptions {
  method?: string;
  headers?: HeadersInit;
  body?: Uint8Array | string | null;
  maxBytes?: number;
  timeoutMs?: number;
  /** What a redirect does: is followed after the same checks, fails, or is the answer. */
  redirect?: "follow" | "error" | "manual";
  signal?: AbortSignal;
}

export interface FetchedResponse {
  /** Any status; only a failure to get an answer throws. */
  status: number;
  headers: Headers;
  body: Uint8Array;
  /** After redirects. */
  url: string;
}

/** Headers are sent as they are, but for Host; Accept-Encoding is `identity` unless given. */
export interface StreamOptions extends HopRequest {
  /** From the call to the answer's headers. */
  timeoutMs?: number;
  /** Longest silence between two pieces of the body. */
  idleTimeoutMs?: number;
  maxBytes?: number;
  signal?: AbortSignal;
}

/**
 * The one way to fetch a URL that a stranger can name. The name is resolved
 * once, every address is checked, and the connection goes to a checked
 * address, so that no second answer of the DNS can change where it ends; TLS
 * still proves the name. Redirects go through the same checks, at most
 * `maxRedirects`, lose credentials across origins and never leave https.
 * @throws SafeFetchError
 */
export interface SafeFetch {
  (href: string, options?: FetchOptions): Promise<FetchedResponse>;
  /**
   * For proxying: the answer with its body as a stream, not decoded, redirects
   * not followed. Cancelling the body closes the connection.
   * @throws SafeFetchError; the body ends with one when it is too large or silent.
   */
  stream(href: string, options?: StreamOptions): Promise<Response>;
}

interface Deps {
  config: SafeFetchConfig;
  context: FetchContext;
  gate: HostGate;
}

export function createSafeFetch(config: SafeFetchConfig): SafeFetch {
  const deps: Deps = {
    config,
    context: {
      policy: {
        allowLoopback: config.allowLoopback,
        allowAnyAddress: config.allowAnyAddress ?? false,
      },
      lookup: config.lookup ?? lookupWithSystem,
      userAgent: config.userAgent ?? "Tempest",
      ca: config.ca,
    },
    gate: createHostGate(config.maxPerHost ?? 8),
  };
  return Object.assign(
    (href: string, options: FetchOptions = {}) =>
      fetchWhole(deps, href, options),
    {
      stream: (href: string, options: StreamOptions = {}) =>
        fetchStream(deps, href, options),
    },
  );
}

async function fetchWhole(
  { config, context, gate }: Deps,
  href: string,
  options: FetchOptions,
): Promise<FetchedResponse> {
  const maxBytes = options.maxBytes ?? config.maxBytes;
  const timeoutMs = options.timeoutMs ?? config.timeoutMs;
  const deadline = createDeadline(timeoutMs, href, options.signal);
  const host = URL.parse(href)?.host ?? "";
  const rule = {
    mode: options.redirect ?? "follow",
    maxRedirects: config.maxRedirects,
  };
  const work = gate.run(host, async () => {
    deadline.signal.throwIfAborted();
    const { response, url } = await requestAcrossRedirects(
      context,
      href,
      options,
      rule,
      deadline.signal,
    );
    const raw = await readBounded(response, maxBytes, url);
    const encoding = response.headers.get("content-encoding");
    const body = await decodeContent(raw, encoding, maxBytes, url);
    return { status: response.status, headers: response.headers, body, url };
  });
  try {
    return await deadline.race(work);
  } catch (error) {
    throw toSafeFetchError(error, href);
  } finally {
    deadline.close();
  }
}

async function fetchStream(
  { config, context }: Deps,
  href: string,
  options: StreamOptions,
): Promise<Response> {
  const limits = {
    maxBytes: options.maxBytes ?? config.maxBytes,
    idleTimeoutMs: options.idleTimeoutMs ?? config.timeoutMs,
  };
  const timeoutMs = options.timeoutMs ?? config.timeoutMs;
  const deadline = createDeadline(timeoutMs, href, options.signal);
  const connect = async () => {
    const target = await findTarget(href, context.policy, context.lookup);
    const answer = await send(context, target, options, deadline.signal);
    refuseDeclaredSize(answer, limits.maxBytes, href);
    return answer;
  };
  try {
    const response = await deadline.race(connect());
    deadline.clearTimer();
    if (response.body === null) deadline.close();
    const body =
      response.body &&
      boundStream(response.body, limits, href, (reason) => {
        if (reason !== undefined) deadline.abort(reason);
        deadline.close();
      });
    return new Response(body, {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  } catch (error) {
    deadline.abort(error);
    deadline.close();
    throw toSafeFetchError(error, href);
  }
}
