import type { Caller } from "#contexts/security/caller.ts";
import type { Clock } from "#lib/clock.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import { wasNotSent } from "#lib/fetch-request.ts";
import type { Logger } from "#lib/log.ts";
import { type SafeFetch, SafeFetchError } from "#lib/safe-fetch.ts";
import type { Contexts, DidDocument } from "#edge/contexts.ts";
import { queryOf } from "#edge/http/request-url.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import { boundBody, contentLengthOf, hasBody } from "./body.ts";
import { errorResponse } from "./errors.ts";
import { guardStream } from "./outgoing.ts";
import { assertMayCall } from "./permission.ts";
import {
  hasProxyHeader,
  namedService,
  type ServiceName,
} from "./proxy-header.ts";
import {
  findConfigured,
  findDefaultRoute,
  type Service,
} from "./proxy-routes.ts";
import {
  answerHeaders,
  parseAnswer,
  pick,
  readAnswer,
  READABLE_ENCODINGS,
  toFailure,
  toRefusal,
} from "./upstream.ts";

/** Bodies of a known length up to this are sent whole: many services take no chunked ones. */
const MAX_WHOLE_BODY_BYTES = 1024 * 1024;
/** For what is asked on the way to an answer, which is good enough without. */
const ASK_TIMEOUT_MS = 3000;

/** All that the other side learns of the client. */
const REQUEST_HEADERS = [
  "accept-encoding",
  "accept-language",
  "atproto-accept-labelers",
  "content-encoding",
  "content-type",
  "x-bsky-topics",
];
/** Headers that atproto keeps for what a client tells a service, past the server between them. */
const TOLD_PREFIX = "x-atproto-";
/** What stays the same when something is asked for the client's call. */
const ASK_HEADERS = ["accept-language", "atproto-accept-labelers"];

export interface ProxiedCall {
  nsid: string;
  caller: Caller;
  request: Request;
  /** Instead of the service that header or method name. */
  to?: ServiceName;
  /** What the token is for, instead of this service and this method. */
  token?: { aud: string; lxm: string };
  /** A body that was read already, instead of the request's. */
  json?: unknown;
  /** Called from time to time while a long body comes fast enough. */
  onProgress?(): void;
  /** The answer is to be read here, so it must come in a form that can be. */
  isRead?: boolean;
}

/** Sends calls on to other services, in the name of the account that makes them. */
export interface Proxy {
  /** True when the call names a service, or there is one for calls that name none. */
  hasRoute(nsid: string, request: Request): boolean;
  /**
   * True when the call names a service other than the one it would go to by
   * itself. False where there is no such one: apps name an AppView with every
   * call, and this server then answers in its place.
   */
  namesOther(nsid: string, request: Request): boolean;
  /**
   * Sends the call on, both bodies as streams. A call without an account goes
   * without a token. What the service refuses is answered under its own name
   * and status.
   * @throws XrpcError InvalidRequest when the header or the service it names is
   *   wrong, or there is no service; PayloadTooLarge; UpstreamFailure, UpstreamTimeout
   */
  forward(call: ProxiedCall): Promise<Response>;
  /**
   * Asks the service of a call for something else, in the caller's name, and
   * answers what it says.
   * @throws XrpcError as forward, and whatever the service refuses.
   */
  ask(
    call: ProxiedCall,
    nsid: string,
    params: Record<string, string | string[]>,
  ): Promise<unknown>;
}

export interface ProxyDeps {
  contexts: Pick<Contexts, "identity" | "accounts">;
  settings: EdgeSettings;
  fetch: Pick<SafeFetch, "stream">;
  clock: Clock;
  log: Logger;
}

export function createProxy(deps: ProxyDeps): Proxy {
  const { settings, log } = deps;
  return {
    hasRoute: (nsid, request) =>
      hasProxyHeader(request) || findDefaultRoute(nsid, settings) !== null,
    namesOther(nsid, request) {
      const named = namedService(request);
      const own = findDefaultRoute(nsid, settings);
      if (named === null || own === null) return false;
      return named.did !== own.did || named.serviceId !== own.serviceId;
    },
    async forward(call) {
      const service = await findService(deps, call);
      const { nsid, caller } = call;
      assertMayCall(caller, { lxm: nsid, aud: fullName(service) });
      const headers = await requestHeaders(deps, call, service);
      const answer = await send(deps, {
        url: urlOf(service, call.nsid, queryOf(call.request.url)),
        method: call.request.method === "POST" ? "POST" : "GET",
        headers,
        body: await bodyOf(deps, call, headers),
        timeoutMs: settings.proxyHeadersTimeoutMs,
        signal: call.request.signal,
      });
      if (answer.status >= 300) return errorResponse(await toRefusal(answer));
      const body =
        answer.body && guardStream(answer.body, { log, nsid: call.nsid });
      return new Response(body, {
        status: answer.status,
        headers: answerHeaders(answer.headers),
      });
    },
    async ask(call, nsid, params) {
      const service = await findService(deps, call);
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(params)) {
        for (const one of [value].flat()) query.append(name, one);
      }
      const token = { aud: audienceOf(deps, service), lxm: nsid };
      const answer = await send(deps, {
        url: urlOf(service, nsid, query.toString()),
        method: "GET",
        headers: {
          ...pick(call.request.headers, ASK_HEADERS),
          ...(await authorization(deps, call.caller, token)),
          "accept-encoding": "gzip",
        },
        body: null,
        timeoutMs: Math.min(ASK_TIMEOUT_MS, settings.proxyHeadersTimeoutMs),
        signal: call.request.signal,
      });
      if (answer.status >= 300) throw await toRefusal(answer);
      return await readJsonAnswer(answer, settings.proxyMaxResponseBytes);
    },
  };
}

async function readJsonAnswer(
  answer: Response,
  maxBytes: number,
): Promise<unknown> {
  const bytes = await readAnswer(answer, maxBytes);
  try {
    return await parseAnswer(bytes, answer.headers, maxBytes);
  } catch (error) {
    throw new XrpcError("UpstreamFailure", "The service's answer is no JSON", {
      cause: error,
    });
  }
}

async function findService(
  { contexts, settings }: ProxyDeps,
  { nsid, request, to }: ProxiedCall,
): Promise<Service> {
  const name = to ?? namedService(request);
  if (name === null) {
    const route = findDefaultRoute(nsid, settings);
    if (route !== null) return route;
    throw invalidRequest(`No service configured for ${nsid}`);
  }
  const known = findConfigured(name, settings);
  if (known !== null) return known;
  const document = await resolve(contexts, name);
  const url = endpointOf(document, name.serviceId);
  if (url !== null) return { ...name, url };
  throw invalidRequest(
    `The DID document of ${name.did} has no service #${name.serviceId}`,
  );
}

async function resolve(
  { identity }: Pick<Contexts, "identity">,
  { did }: ServiceName,
): Promise<DidDocument> {
  try {
    return await identity.resolveDid(did);
  } catch (error) {
    // That the directory is away is nothing that the client did wrong.
    if (error instanceof XrpcError && error.status > 500) throw error;
    throw invalidRequest(`The service's DID can't be resolved: ${did}`, error);
  }
}

function endpointOf(document: DidDocument, serviceId: string): string | null {
  const ids = [`#${serviceId}`, `${document.id}#${serviceId}`];
  const service = document.service?.find(({ id }) => ids.includes(id));
  const endpoint = service?.serviceEndpoint;
  return typeof endpoint === "string" && /^https?:\/\//.test(endpoint)
    ? endpoint
    : null;
}

/** @throws XrpcError InvalidRequest for an endpoint that is no URL. */
function urlOf({ url, did }: Service, nsid: string, query: string): string {
  const parsed = URL.parse(
    `/xrpc/${nsid}${query === "" ? "" : `?${query}`}`,
    url,
  );
  if (parsed !== null) return parsed.href;
  throw invalidRequest(`The DID document of ${did} names no URL`);
}

async function requestHeaders(
  deps: ProxyDeps,
  { nsid, caller, request, token, isRead }: ProxiedCall,
  service: Service,
): Promise<Record<string, string>> {
  const told = [...request.headers.keys()].filter((name) =>
    name.startsWith(TOLD_PREFIX),
  );
  const headers = pick(request.headers, [...REQUEST_HEADERS, ...told]);
  if (isRead) headers["accept-encoding"] = readableOf(headers);
  const claims = token ?? { aud: audienceOf(deps, service), lxm: nsid };
  return { ...headers, ...(await authorization(deps, caller, claims)) };
}

/** What a client takes and this server can read as well. */
function readableOf(headers: Record<string, string>): string {
  const taken = (headers["accept-encoding"] ?? "")
    .split(",")
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => READABLE_ENCODINGS.includes(coding));
  return taken.join(", ") || "identity";
}

/** Services will come to want their whole name; until then it is the DID alone. */
function audienceOf(
  { settings: { fullAudiences } }: ProxyDeps,
  { did, serviceId }: ServiceName,
): string {
  const isFull = fullAudiences.includes(did) || fullAudiences.includes("*");
  return isFull ? fullName({ did, serviceId }) : did;
}

function fullName({ did, serviceId }: ServiceName): string {
  return `${did}#${serviceId}`;
}

async function authorization(
  { contexts }: ProxyDeps,
  caller: Caller,
  claims: { aud: string; lxm: string },
): Promise<Record<string, string>> {
  if (caller.kind !== "session" && caller.kind !== "oauth") return {};
  const { did } = caller;
  const token = await contexts.accounts.signServiceAuth({ did, ...claims });
  return { authorization: `Bearer ${token}` };
}

interface Outgoing {
  url: string;
  method: "GET" | "POST";
  headers: Record<string, string>;
  body: Uint8Array | ReadableStream<Uint8Array> | null;
  timeoutMs: number;
  signal: AbortSignal;
}

async function send(
  { settings, fetch }: ProxyDeps,
  { url, ...outgoing }: Outgoing,
): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetch.stream(url, {
        ...outgoing,
        idleTimeoutMs: settings.proxyBodyTimeoutMs,
        maxBytes: settings.proxyMaxResponseBytes,
      });
    } catch (error) {
      const isLast = attempt >= settings.proxyMaxRetries;
      // What is wrong with the client's own body is no fault of the service.
      const { cause } = error as { cause?: unknown };
      if (cause instanceof XrpcError) throw cause;
      if (isLast || !mayRepeat(outgoing, error)) throw toFailure(error);
    }
  }
}

/** A query may be asked twice; anything else only when the other side can't have got it. */
function mayRepeat(
  { method, body }: Pick<Outgoing, "method" | "body">,
  error: unknown,
): boolean {
  if (!(error instanceof SafeFetchError)) return false;
  if (error.reason !== "connect") return false;
  if (method === "GET") return true;
  return !(body instanceof ReadableStream) && wasNotSent(error);
}

/** The body to send; headers that it no longer fits are changed. */
async function bodyOf(
  { settings, clock }: ProxyDeps,
  { request, json, onProgress }: ProxiedCall,
  headers: Record<string, string>,
): Promise<Outgoing["body"]> {
  if (json !== undefined) {
    delete headers["content-encoding"];
    headers["content-type"] = "application/json";
    return new TextEncoder().encode(JSON.stringify(json));
  }
  if (!hasBody(request.headers)) return null;
  const length = contentLengthOf(request.headers);
  if (length !== null && length <= MAX_WHOLE_BODY_BYTES) {
    return new Uint8Array(await request.arrayBuffer());
  }
  if (length !== null) headers["content-length"] = String(length);
  const maxBytes = settings.blobUploadLimitBytes;
  return boundBody(request, {
    maxBytes,
    clock,
    ...(onProgress !== undefined && { onProgress }),
  });
}
