import type { Ask, FreshRecords } from "#contexts/appview/appview.ts";
import type { AtUri, Did } from "#repo/syntax.ts";
import type { Contexts } from "#edge/contexts.ts";
import { mediaTypeOf } from "#edge/xrpc/body.ts";
import type { Call, Reply } from "#edge/xrpc/method.ts";
import type { ProxiedCall } from "#edge/xrpc/proxy.ts";
import { parseAnswer, readAnswer } from "#edge/xrpc/upstream.ts";

/** Tells how long the AppView has been without what was put into its answer. */
const LAG_HEADER = "Atproto-Upstream-Lag";
const REV_HEADER = "atproto-repo-rev";
/** Headers of an answer that still hold when its body is another. */
const KEPT_HEADERS = [
  REV_HEADER,
  "atproto-content-labelers",
  "x-content-type-options",
  "content-security-policy",
];

/**
 * Sends the call on, and puts what the AppView hasn't seen of the account into
 * its answer. Anything odd about the answer leaves it as it is.
 */
export function readAfterWrite(
  contexts: Pick<Contexts, "appview">,
  call: Call,
): Promise<Response> {
  return forwardPatched(contexts, call, {});
}

/** Where there is no AppView, the accounts of this host are shown by the host. */
export async function getProfile(
  contexts: Pick<Contexts, "appview">,
  call: Call,
): Promise<Reply> {
  const actor = call.params.actor as string;
  const own = hasAppView(call) ? null : contexts.appview.findOwnProfile(actor);
  return own ?? readAfterWrite(contexts, call);
}

/** The same for several at once; who isn't known is left out. */
export async function getProfiles(
  contexts: Pick<Contexts, "appview">,
  call: Call,
): Promise<Reply> {
  if (hasAppView(call)) return readAfterWrite(contexts, call);
  const actors = call.params.actors as string[];
  const { findOwnProfile } = contexts.appview;
  return {
    profiles: actors.map(findOwnProfile).filter((profile) => profile !== null),
  };
}

const hasAppView = ({ nsid, proxy, request }: Call): boolean =>
  proxy.hasRoute(nsid, request);

/** A feed is put together by a service of its own, for which the AppView's token is meant. */
export async function getFeed(
  contexts: Pick<Contexts, "appview">,
  call: Call,
): Promise<Response> {
  const { feedGenerators } = contexts.appview;
  const feed = call.params.feed as AtUri;
  const aud = await feedGenerators.find(feed, askOf(call));
  const lxm = "app.bsky.feed.getFeedSkeleton";
  return forwardPatched(contexts, call, { token: { aud, lxm } });
}

/** A device is made known to the service that the client names, which tells it of news. */
export async function forwardToNotifier(
  _contexts: unknown,
  { nsid, caller, request, input, proxy }: Call,
): Promise<Reply> {
  const { serviceDid } = input as { serviceDid: string };
  const to = { did: serviceDid as Did, serviceId: "bsky_notif" };
  const answer = await proxy.forward({
    nsid,
    caller,
    request,
    to,
    json: input,
  });
  if (!answer.ok) return answer;
  await answer.body?.cancel();
}

const callOf = ({ nsid, caller, request }: Call): ProxiedCall => ({
  nsid,
  caller,
  request,
});

const askOf =
  (call: Call): Ask =>
  (nsid, params) =>
    call.proxy.ask(callOf(call), nsid, params);

async function forwardPatched(
  contexts: Pick<Contexts, "appview">,
  call: Call,
  options: Pick<ProxiedCall, "token">,
): Promise<Response> {
  const proxied = { ...callOf(call), ...options, isRead: true };
  const answer = await call.proxy.forward(proxied);
  const fresh = findFresh(contexts, call, answer.headers.get(REV_HEADER));
  if (fresh === null || mediaTypeOf(answer.headers) !== "application/json") {
    return answer;
  }
  const { proxyMaxResponseBytes } = call.settings;
  const bytes = await readAnswer(answer, proxyMaxResponseBytes);
  const patched = await patch(contexts, call, { fresh, answer, bytes });
  if (patched === null) {
    const { status, headers } = answer;
    return new Response(bytes, { status, headers });
  }
  const headers = new Headers({ [LAG_HEADER]: String(fresh.lagMs) });
  for (const name of KEPT_HEADERS) {
    const value = answer.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return Response.json(patched, { headers });
}

function findFresh(
  { appview }: Pick<Contexts, "appview">,
  { caller, log, nsid }: Call,
  rev: string | null,
): FreshRecords | null {
  if (rev === null || !("did" in caller)) return null;
  try {
    return appview.findFresh(caller.did, rev);
  } catch (error) {
    log.warn("own records not read", { nsid, reason: error });
    return null;
  }
}

/** null when the answer is to stay as it came. */
async function patch(
  { appview }: Pick<Contexts, "appview">,
  call: Call,
  given: { fresh: FreshRecords; answer: Response; bytes: Uint8Array },
): Promise<object | null> {
  const { fresh, answer } = given;
  const { nsid, params, settings, log } = call;
  try {
    const { proxyMaxResponseBytes } = settings;
    const body = await parseAnswer(
      given.bytes,
      answer.headers,
      proxyMaxResponseBytes,
    );
    const isFound = answer.ok || !isNotFound(body);
    if (!answer.ok && isFound) return null;
    return await appview.patch(fresh, {
      nsid,
      params,
      body: isFound ? body : null,
      ask: askOf(call),
    });
  } catch (error) {
    // What isn't understood is still what the AppView says.
    log.warn("own records not shown", { nsid, reason: error });
    return null;
  }
}

function isNotFound(body: unknown): boolean {
  return (body as { error?: unknown } | null)?.error === "NotFound";
}
