import {
  findTarget,
  type FetchTarget,
  type Lookup,
  SafeFetchError,
  type TargetPolicy,
} from "./fetch-target.ts";

/** How many of a name's addresses are tried when the first ones refuse. */
const MAX_ADDRESSES = 4;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Failures before a byte was sent, after which another address may be tried. */
const CONNECT_FAILURES = new Set([
  "ECONNREFUSED",
  "ConnectionRefused",
  "FailedToOpenSocket",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
]);

export interface FetchContext {
  policy: TargetPolicy;
  lookup: Lookup;
  userAgent: string;
  ca: string | undefined;
}

export interface HopRequest {
  method?: string;
  headers?: HeadersInit;
  body?: Uint8Array | string | ReadableStream<Uint8Array> | null;
}

export interface RedirectRule {
  mode: "follow" | "error" | "manual";
  maxRedirects: number;
}

/**
 * Sends a request and follows redirects, vetting each hop anew.
 * @throws SafeFetchError, or what the HTTP client throws.
 */
export async function requestAcrossRedirects(
  context: FetchContext,
  href: string,
  request: HopRequest,
  rule: RedirectRule,
  signal: AbortSignal,
): Promise<{ response: Response; url: string }> {
  let at = href;
  let hop: HopRequest = { ...request, headers: new Headers(request.headers) };
  for (let hops = 0; ; hops++) {
    const target = await findTarget(at, context.policy, context.lookup);
    const response = await send(context, target, hop, signal);
    const location = response.headers.get("location");
    const isRedirect = REDIRECTS.has(response.status) && location !== null;
    if (!isRedirect || rule.mode === "manual") {
      return { response, url: target.url.href };
    }
    await response.body?.cancel().catch(() => undefined);
    if (rule.mode === "error") {
      throw new SafeFetchError("redirect", "redirects are not followed", at);
    }
    if (hops >= rule.maxRedirects) {
      throw new SafeFetchError("redirect", "redirected too often", at);
    }
    const next = parseLocation(location, target.url);
    hop = followingHop(hop, response.status, next.origin !== target.url.origin);
    at = next.href;
  }
}

function parseLocation(location: string, from: URL): URL {
  const next = URL.parse(location, from);
  if (
    next === null ||
    (from.protocol === "https:" && next.protocol !== "https:")
  ) {
    throw new SafeFetchError(
      "redirect",
      "redirected to a place that is not https",
      from.href,
    );
  }
  return next;
}

/** What is sent to the place a redirect names: RFC 9110 §15.4. */
function followingHop(
  request: HopRequest,
  status: number,
  crossOrigin: boolean,
): HopRequest {
  const headers = new Headers(request.headers);
  if (crossOrigin) {
    headers.delete("authorization");
    headers.delete("cookie");
  }
  const isPost = request.method === "POST";
  if (status !== 303 && !(status < 303 && isPost)) {
    return { ...request, headers };
  }
  headers.delete("content-type");
  return { method: "GET", headers, body: null };
}

/** One request to the first of the vetted addresses that accepts a connection. */
export async function send(
  context: FetchContext,
  target: FetchTarget,
  request: HopRequest,
  signal: AbortSignal,
): Promise<Response> {
  const { url } = target;
  const headers = new Headers(request.headers);
  headers.set("host", url.host);
  if (!headers.has("user-agent")) headers.set("user-agent", context.userAgent);
  if (!headers.has("accept-encoding")) {
    headers.set("accept-encoding", "identity");
  }
  const tls = {
    // The name that the certificate must prove, and SNI.
    serverName: url.hostname.replace(/\.$/, ""),
    ...(context.ca === undefined ? {} : { ca: context.ca }),
  };
  const isStream = request.body instanceof ReadableStream;
  const addresses = target.addresses.slice(0, isStream ? 1 : MAX_ADDRESSES);
  for (const [i, address] of addresses.entries()) {
    const pinned = new URL(url);
    pinned.hostname = address.includes(":") ? `[${address}]` : address;
    try {
      return await fetch(pinned, {
        method: request.method ?? "GET",
        headers,
        body: request.body ?? null,
        redirect: "manual",
        decompress: false,
        signal,
        tls,
      } as BunFetchRequestInit);
    } catch (error) {
      const isLast = i === addresses.length - 1;
      if (isLast || !isConnectFailure(error)) throw error;
    }
  }
  throw new SafeFetchError("connect", "no address to connect to", url.href);
}

/** True when the host was never reached, so that a request may be sent again without being done twice. */
export function wasNotSent({ reason, cause }: SafeFetchError): boolean {
  return reason === "connect" && isConnectFailure(cause);
}

function isConnectFailure(error: unknown): boolean {
  return CONNECT_FAILURES.has(String((error as { code?: unknown })?.code));
}

/** Names the failure of an HTTP client. */
export function toSafeFetchError(error: unknown, href: string): SafeFetchError {
  if (error instanceof SafeFetchError) return error;
  const code = String((error as { code?: unknown })?.code ?? "");
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO|ISSUER/.test(code)) {
    return new SafeFetchError(
      "tls",
      "the host could not prove its name",
      href,
      error,
    );
  }
  return new SafeFetchError("connect", "could not connect", href, error);
}
