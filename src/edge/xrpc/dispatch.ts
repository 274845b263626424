import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import type { Caller } from "#contexts/security/caller.ts";
import { isProtectedMethod } from "#contexts/security/method-classes.ts";
import type { Clock } from "#lib/clock.ts";
import { invalidRequest, isGenericError, XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import { networkOf } from "#lib/ip-address.ts";
import { isNsid } from "#repo/syntax.ts";
import type { Contexts } from "#edge/contexts.ts";
import {
  createRequestGate,
  type RequestGate,
  whenRead,
} from "#edge/http/request-gate.ts";
import { queryOf } from "#edge/http/request-url.ts";
import { isPackable, wholeResponse } from "#edge/http/whole-body.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import { type Auth, authenticate, type Authenticated } from "./auth.ts";
import { refuseBody } from "./body.ts";
import { type BodyBudget, createBodyBudget } from "./body-budget.ts";
import { errorResponse, toXrpcError } from "./errors.ts";
import { readInput } from "./input.ts";
import {
  ACCOUNT_METHODS,
  ALL_METHODS,
  CREDENTIAL_CHECKS,
} from "./limit-rules.ts";
import {
  type Limit,
  type Quota,
  quotaHeaders,
  type RateLimiter,
  tighter,
} from "./limits.ts";
import type { Call, Method, Reply } from "./method.ts";
import { checkForwarding, FORWARDING_AUTH } from "./forwarding.ts";
import { assertOpen, assertPermission } from "./permission.ts";
import { type PreparedMethod, prepareMethod } from "./prepare.ts";
import type { Proxy } from "./proxy.ts";

export interface DispatchDeps {
  methods: Readonly<Record<string, Method>>;
  contexts: Contexts;
  settings: EdgeSettings;
  lexicons: Lexicons;
  proxy: Proxy;
  /** null when calls are not limited. */
  limiter: RateLimiter | null;
  clock: Clock;
  log: Logger;
  /**
   * What happens when a method breaks its own word, by an answer that doesn't
   * fit its lexicon or an error that nothing declares: nothing is looked at, it
   * is logged, or the call fails with 500, for tests.
   */
  checks: "off" | "log" | "strict";
}

/** What the server knows of a request beside the request itself. */
export interface RequestInfo {
  requestId: string;
  ip: string;
  /** Sets how long the connection may be silent. */
  setTimeout(seconds: number): void;
}

/** Answers a call of an XRPC method; never rejects. */
export type Dispatch = (
  nsid: string,
  request: Request,
  info: RequestInfo,
) => Promise<Response>;

interface Visit {
  nsid: string;
  request: Request;
  info: RequestInfo;
  /** null when the call is not counted. */
  network: string | null;
  quota: Quota | null;
  /** What who calls must be told, whatever the answer is. */
  headers: Record<string, string>;
  /** The answer is no stream. */
  isWhole: boolean;
}

const ANONYMOUS: Caller = { kind: "anonymous" };
/** Longer than any wait of our own: for the account's turn, for disks, for other hosts. */
const DEFAULT_TIMEOUT_SEC = 60;
/** Bodies of JSON that are being received, 256 of the largest. */
const MAX_BODY_BYTES_AT_ONCE = 256_000_000;
/** When a client that reads slowly may have come to an end. */
const RETRY_SEC = 5;

/** @throws Error when a row of the table has no lexicon and the program checks its own word. */
export function createDispatch(deps: DispatchDeps): Dispatch {
  const find = createPreparations(deps);
  const running = { ...deps, budget: createBodyBudget(MAX_BODY_BYTES_AT_ONCE) };
  const gates = new Map(
    Object.entries(deps.methods).flatMap(([nsid, { atOncePerIp }]) =>
      atOncePerIp === undefined
        ? []
        : [[nsid, createRequestGate(atOncePerIp)] as const],
    ),
  );

  return async (nsid, request, info) => {
    const { limiter } = deps;
    const counts =
      limiter !== null && !limiter.isExempt(info.ip, request.headers);
    const network = counts ? networkOf(info.ip) : null;
    const visit: Visit = {
      ...{ nsid, request, info, network },
      quota: null,
      headers: {},
      isWhole: false,
    };
    const prepared = find(nsid);
    let response: Response;
    try {
      response =
        prepared === undefined
          ? await forward(deps, visit)
          : await passGate(gates.get(nsid), visit, () =>
              run(running, prepared, visit),
            );
    } catch (error) {
      response = errorResponse(refusalOf(deps, prepared, visit, error));
      visit.isWhole = true;
    }
    return finish(response, prepared, visit);
  };
}

/**
 * What each row comes to with its lexicon, worked out when it is first called:
 * to read a hundred lexicons would take a tenth of a start and a megabyte.
 */
function createPreparations({ methods, lexicons, checks }: DispatchDeps) {
  const prepared = new Map<string, PreparedMethod>();
  function find(nsid: string): PreparedMethod | undefined {
    const known = prepared.get(nsid);
    if (known !== undefined || !Object.hasOwn(methods, nsid)) return known;
    const found = prepareMethod(lexicons, nsid, methods[nsid]!);
    prepared.set(nsid, found);
    return found;
  }
  if (checks !== "off") Object.keys(methods).forEach(find);
  return find;
}

/** Counts a call for its address until its answer is read. @throws XrpcError RateLimitExceeded */
async function passGate(
  gate: RequestGate | undefined,
  { network }: Visit,
  answer: () => Promise<Response>,
): Promise<Response> {
  if (gate === undefined || network === null) return answer();
  const leave = gate.enter(network);
  if (leave === null) {
    const message = "Too many calls of this method at a time from one address";
    throw new XrpcError("RateLimitExceeded", message, {
      retryAfterSec: RETRY_SEC,
    });
  }
  try {
    return whenRead(await answer(), leave);
  } catch (error) {
    leave();
    throw error;
  }
}

async function run(
  deps: DispatchDeps & { budget: BodyBudget },
  prepared: PreparedMethod,
  visit: Visit,
): Promise<Response> {
  const { contexts, settings, proxy, log } = deps;
  const { nsid, request, info } = visit;
  const { method } = prepared;
  admit(deps, visit, method.limit);
  checkVerb(request, prepared.verb);
  const params = prepared.readParams(queryOf(request.url));
  const { caller, bearer, spend } = await identify(
    deps,
    visit,
    method.auth,
    method.limit,
  );
  assertOpen(method.permission, caller);
  // Before the body is taken in.
  if (method.room !== undefined) contexts.space.assertRoom(method.room);
  const { input, body } = await readInput(deps, prepared, request, info);
  const { requestId, ip } = info;
  const call: Call = {
    nsid,
    caller,
    bearer,
    params,
    input,
    body,
    request,
    requestId,
    ip,
    settings,
    proxy,
    log,
  };
  assertPermission(method.permission ?? "any", call);
  if (method.limit !== undefined && method.limit.standsAlone !== true) {
    take(deps, visit, method.limit, call);
  }
  info.setTimeout(method.timeoutSec ?? DEFAULT_TIMEOUT_SEC);
  const reply = await method.run(contexts, call);
  spend?.();
  visit.isWhole = !(reply instanceof Response);
  if (!(reply instanceof Response)) checkOutput(deps, prepared, reply);
  return toResponse(reply, request);
}

/** Sends a call of a method that is not ours to the service that has it. */
async function forward(deps: DispatchDeps, visit: Visit): Promise<Response> {
  const { lexicons, proxy, settings } = deps;
  const { nsid, request, info } = visit;
  admit(deps, visit);
  if (!isNsid(nsid)) throw invalidRequest("Invalid XRPC path");
  checkVerb(request, request.method === "POST" ? "POST" : "GET");
  const type = lexicons.find(nsid)?.type;
  if (type === "query") checkVerb(request, "GET");
  if (type === "procedure") checkVerb(request, "POST");
  const header = request.headers.get("authorization");
  const isMissing = type !== undefined && isProtectedMethod(nsid);
  if (isMissing || (header === null && !proxy.hasRoute(nsid, request))) {
    throw new XrpcError("MethodNotImplemented", "Method not implemented");
  }
  const { caller } = await identify(deps, visit, FORWARDING_AUTH);
  checkForwarding(nsid, caller);
  if (request.method !== "POST") await refuseBody(request);
  const { proxyHeadersTimeoutMs, proxyBodyTimeoutMs } = settings;
  const timeoutSec = Math.ceil(
    (proxyHeadersTimeoutMs + proxyBodyTimeoutMs) / 1000,
  );
  info.setTimeout(timeoutSec);
  const onProgress = () => info.setTimeout(timeoutSec);
  return proxy.forward({ nsid, caller, request, onProgress });
}

/**
 * Counts a call before anything is done for it. One that says who calls counts
 * for its address only once that turns out to be nobody.
 * @throws XrpcError RateLimitExceeded
 */
function admit(deps: DispatchDeps, visit: Visit, own?: Limit): void {
  if (own?.standsAlone === true) take(deps, visit, own);
  else take(deps, visit, isNamed(visit) ? CREDENTIAL_CHECKS : ALL_METHODS);
}

/** Finds out who calls, and counts the call for them. @throws XrpcError */
async function identify(
  deps: DispatchDeps,
  visit: Visit,
  auth: Auth,
  own?: Limit,
): Promise<Authenticated> {
  const { nsid, request } = visit;
  const isCounted = own?.standsAlone === true || !isNamed(visit);
  let found: Authenticated;
  try {
    const { ip } = visit.info;
    found = await authenticate(deps.contexts, auth, { request, lxm: nsid, ip });
  } catch (error) {
    if (!isCounted) take(deps, visit, ALL_METHODS);
    throw error;
  }
  visit.headers = found.headers ?? {};
  const from = {
    ip: visit.info.ip,
    userAgent: request.headers.get("user-agent"),
  };
  found = { ...found, caller: { ...found.caller, from } };
  if (!isCounted) {
    const { caller } = found;
    const limit = "did" in caller ? ACCOUNT_METHODS : ALL_METHODS;
    take(deps, visit, limit, { caller });
  }
  return found;
}

const isNamed = ({ request }: Visit) => request.headers.has("authorization");

/** @throws XrpcError RateLimitExceeded */
function take(
  { limiter }: DispatchDeps,
  visit: Visit,
  limit: Limit,
  call: { caller: Caller; input?: unknown } = { caller: ANONYMOUS },
): void {
  if (limiter === null || visit.network === null) return;
  const quota = limiter.take(limit, {
    caller: call.caller,
    input: call.input,
    network: visit.network,
  });
  visit.quota = visit.quota === null ? quota : tighter(visit.quota, quota);
}

function checkVerb({ method }: Request, verb: "GET" | "POST"): void {
  if (method === verb || (verb === "GET" && method === "HEAD")) return;
  throw invalidRequest(`Incorrect HTTP method (${method}), expected ${verb}`);
}

function checkOutput(
  deps: DispatchDeps,
  { nsid, checkOutput }: PreparedMethod,
  reply: Reply,
): void {
  if (deps.checks === "off") return;
  try {
    checkOutput(reply);
  } catch (error) {
    const problem = `${nsid} answers what its lexicon does not allow`;
    if (deps.checks === "strict") throw new Error(problem, { cause: error });
    deps.log.error("method broke its lexicon", { problem, reason: error });
  }
}

function refusalOf(
  deps: DispatchDeps,
  prepared: PreparedMethod | undefined,
  { nsid, info, request }: Visit,
  error: unknown,
): XrpcError {
  if (request.signal.aborted) {
    return new XrpcError("RequestTimeout", "The client has gone");
  }
  const { log, checks } = deps;
  const context = { nsid, requestId: info.requestId, log };
  const refusal = toXrpcError(error, context);
  const isKnown =
    prepared === undefined ||
    isGenericError(refusal.error) ||
    prepared.errors.has(refusal.error);
  if (checks === "off" || isKnown) return refusal;
  const problem = `${nsid} answers ${refusal.error}, which nothing declares`;
  if (checks === "strict") return toXrpcError(new Error(problem), context);
  log.error("method broke its lexicon", { problem });
  return refusal;
}

const JSON_TYPE = { "Content-Type": "application/json;charset=utf-8" };

function toResponse(reply: Reply, request: Request): Response {
  if (reply instanceof Response) return reply;
  if (reply === undefined) return new Response(null);
  // The runtime writes JSON faster than text that is looked at on the way.
  if (!isPackable(request)) return Response.json(reply);
  return wholeResponse(JSON.stringify(reply), { headers: JSON_TYPE });
}

/** What holds for every answer, refusals too. */
function finish(
  response: Response,
  prepared: PreparedMethod | undefined,
  { quota, request, headers: told, isWhole }: Visit,
): Response {
  const { headers } = response;
  for (const [name, value] of Object.entries(told)) headers.set(name, value);
  if (prepared?.method.auth.kind !== "none") {
    headers.set("Cache-Control", "private");
    headers.append("Vary", "Authorization");
  }
  // Who refuses too many calls says itself which limit that is, if it has numbers.
  const isTold = response.status === 429 || headers.has("RateLimit-Limit");
  if (quota !== null && !isTold) {
    for (const [name, value] of Object.entries(quotaHeaders(quota))) {
      headers.set(name, value);
    }
  }
  if (request.method !== "HEAD") return response;
  // Its length is told, and then it is dropped: see `aroundRequests`.
  if (isWhole) return response;
  // Nobody will read the stream, so whatever it holds open must be let go here.
  // How long it would be nobody knows; without a word it would be told as 0.
  if (response.body !== null && !headers.has("Content-Length")) {
    headers.set("Transfer-Encoding", "chunked");
  }
  response.body?.cancel().catch(() => undefined);
  return new Response(null, { status: response.status, headers });
}
