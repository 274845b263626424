import type { Caller } from "#contexts/security/caller.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import { decodeContent } from "#lib/fetch-body.ts";
import type { Logger } from "#lib/log.ts";
import { type SafeFetch, SafeFetchError } from "#lib/safe-fetch.ts";
import type { Contexts, DidDocument } from "#edge/contexts.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import { contentLengthOf, hasBody } from "./body.ts";
import { errorResponse } from "./errors.ts";
import { guardStream } from "./outgoing.ts";
import { parseProxyHeader } from "./proxy-header.ts";
import { findConfiguredUrl, findDefaultRoute } from "./proxy-routes.ts";

const PROXY_HEADER = "atproto-proxy";
/** Largest error answer that is read for its name and message. */
const MAX_ERROR_BYTES = 64 * 1024;
/** Bodies of a known length up to this are sent whole: many services take no chunked ones. */
const MAX_WHOLE_BODY_BYTES = 1024 * 1024;

/** All that the other side learns of the client. */
const REQUEST_HEADERS = [
  "accept-encoding",
  "accept-language",
  "atproto-accept-labelers",
  "content-encoding",
  "content-type",
  "x-bsky-topics",
];
/** What the client learns of the other side by a refusal, which is worded anew. */
const REFUSAL_HEADERS = [
  "atproto-content-labelers",
  "atproto-repo-rev",
  "retry-after",
];
/** And by an answer. */
const RESPONSE_HEADERS = [
  ...REFUSAL_HEADERS,
  "content-encoding",
  "content-language",
  "content-length",
  "content-type",
];
/** Statuses of a failing service that tell a client what to do. */
const PASSED_FAULTS = new Set([501, 503, 504]);

export interface ProxiedCall {
  nsid: string;
  caller: Caller;
  request: Request;
}

/** Sends calls on to other services, in the name of the account that makes them. */
export interface Proxy {
  /** True when the call names a service, or there is one for calls that name none. */
  hasRoute(nsid: string, request: Request): boolean;
  /** True when the call names a service other than the one it would go to by itself. */
  namesOther(nsid: string, request: Request): boolean;
  /**
   * Sends the call on, both bodies as streams. A call without an account goes
   * without a token. What the service refuses is answered under its own name
   * and status.
   * @throws XrpcError InvalidRequest when the header or the service it names is
   *   wrong, or there is no service; UpstreamFailure, UpstreamTimeout
   */
  forward(call: ProxiedCall): Promise<Response>;
}

export interface ProxyDeps {
  contexts: Pick<Contexts, "identity" | "accounts">;
  settings: EdgeSettings;
  fetch: Pick<SafeFetch, "stream">;
  log: Logger;
}

export function createProxy(deps: ProxyDeps): Proxy {
  const { settings } = deps;
  return {
    hasRoute: (nsid, request) =>
      request.headers.has(PROXY_HEADER) ||
      findDefaultRoute(nsid, settings) !== null,
    namesOther(nsid, request) {
      const header = request.headers.get(PROXY_HEADER);
      const own = findDefaultRoute(nsid, settings);
      if (header === null || own === null) return false;
      const { did, serviceId } = parseProxyHeader(header);
      return did !== own.did || serviceId !== own.serviceId;
    },
    async forward(call) {
      const { url, did } = await findService(deps, call);
      const headers = await requestHeaders(deps, call, did);
      const answer = await send(deps, call, url, headers);
      if (answer.status >= 300) return errorResponse(await toRefusal(answer));
      const { log } = deps;
      const body =
        answer.body && guardStream(answer.body, { log, nsid: call.nsid });
      return new Response(body, {
        status: answer.status,
        headers: {
          ...pick(answer.headers, RESPONSE_HEADERS),
          "X-Content-Type-Options": "nosniff",
        },
      });
    },
  };
}

async function findService(
  { contexts, settings }: ProxyDeps,
  { nsid, request }: ProxiedCall,
): Promise<{ url: string; did: string }> {
  const header = request.headers.get(PROXY_HEADER);
  if (header === null) {
    const route = findDefaultRoute(nsid, settings);
    if (route !== null) return route;
    throw invalidRequest(`No service configured for ${nsid}`);
  }
  const { did, serviceId } = parseProxyHeader(header);
  const known = findConfiguredUrl(did, serviceId, settings);
  if (known !== null) return { url: known, did };
  let document: DidDocument;
  try {
    document = await contexts.identity.resolveDid(did);
  } catch (error) {
    throw invalidRequest("atproto-proxy: the DID can't be resolved", error);
  }
  const url = endpointOf(document, serviceId);
  if (url === null) {
    throw invalidRequest("atproto-proxy: the DID document has no such service");
  }
  return { url, did };
}

function endpointOf(document: DidDocument, serviceId: string): string | null {
  const ids = [`#${serviceId}`, `${document.id}#${serviceId}`];
  const service = document.service?.find(({ id }) => ids.includes(id));
  const endpoint = service?.serviceEndpoint;
  return typeof endpoint === "string" && /^https?:\/\//.test(endpoint)
    ? endpoint
    : null;
}

async function requestHeaders(
  { contexts }: ProxyDeps,
  { nsid, caller, request }: ProxiedCall,
  aud: string,
): Promise<Record<string, string>> {
  const headers = pick(request.headers, REQUEST_HEADERS);
  if (caller.kind === "session") {
    const { did } = caller;
    const claims = { did, aud, lxm: nsid };
    const token = await contexts.accounts.signServiceAuth(claims);
    headers.authorization = `Bearer ${token}`;
  }
  return headers;
}

async function send(
  { settings, fetch }: ProxyDeps,
  { nsid, request }: ProxiedCall,
  url: string,
  headers: Record<string, string>,
): Promise<Response> {
  const query = queryOf(request.url);
  const path = `/xrpc/${nsid}${query === "" ? "" : `?${query}`}`;
  try {
    return await fetch.stream(new URL(path, url).href, {
      method: request.method === "HEAD" ? "GET" : request.method,
      headers,
      body: await bodyOf(request),
      timeoutMs: settings.proxyHeadersTimeoutMs,
      idleTimeoutMs: settings.proxyBodyTimeoutMs,
      maxBytes: settings.proxyMaxResponseBytes,
      signal: request.signal,
    });
  } catch (error) {
    if (error instanceof SafeFetchError && error.reason === "timeout") {
      throw new XrpcError("UpstreamTimeout", "The service didn't answer", {
        cause: error,
      });
    }
    throw new XrpcError("UpstreamFailure", "The service can't be reached", {
      cause: error,
    });
  }
}

async function bodyOf(
  request: Request,
): Promise<Uint8Array | ReadableStream<Uint8Array> | null> {
  if (!hasBody(request.headers)) return null;
  const length = contentLengthOf(request.headers);
  const isWhole = length !== null && length <= MAX_WHOLE_BODY_BYTES;
  return isWhole ? new Uint8Array(await request.arrayBuffer()) : request.body;
}

/** The part of a URL after its question mark. */
export function queryOf(url: string): string {
  const mark = url.indexOf("?");
  return mark < 0 ? "" : url.slice(mark + 1);
}

/** What a service refuses is passed on; that it fails is told as our own failure. */
async function toRefusal(answer: Response): Promise<XrpcError> {
  const { error, message } = await readError(answer);
  const { status } = answer;
  if ((status >= 400 && status < 500) || PASSED_FAULTS.has(status)) {
    const headers = pick(answer.headers, REFUSAL_HEADERS);
    const name = error ?? (status < 500 ? "InvalidRequest" : "UpstreamFailure");
    const text = message ?? `The service answered ${status}`;
    return new XrpcError(name, text, { status, headers });
  }
  return new XrpcError(
    "UpstreamFailure",
    message ?? `The service answered ${status}`,
  );
}

async function readError(
  answer: Response,
): Promise<{ error?: string; message?: string }> {
  try {
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of answer.body ?? []) {
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_ERROR_BYTES) return {};
      chunks.push(chunk);
    }
    const bytes = decodeContent(
      Buffer.concat(chunks),
      answer.headers.get("content-encoding"),
      MAX_ERROR_BYTES,
      "",
    );
    const { error, message } = JSON.parse(Buffer.from(bytes).toString());
    return {
      ...(typeof error === "string" && { error: error.slice(0, 200) }),
      ...(typeof message === "string" && { message: message.slice(0, 2000) }),
    };
  } catch {
    // Not JSON: the status is all there is.
    return {};
  }
}

function pick(
  headers: Headers,
  names: readonly string[],
): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) picked[name] = value;
  }
  return picked;
}
