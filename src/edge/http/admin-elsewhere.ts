import type { Context } from "hono";
import { isDid, isHandle, normalizeHandle, type Did } from "#repo/syntax.ts";
import { leavePage } from "#edge/web/elsewhere.tsx";
import {
  type Deps,
  letIn,
  ownPath,
  seatOf,
  showSignIn,
  SIGN_IN,
} from "./admin-sign-in.ts";
import type { EdgeEnv } from "./app.ts";
import { PASSWORDS, takeFor } from "./oauth-limits.ts";
import { seeOther } from "./pages.ts";
import { placeOf, queryOf } from "./request-url.ts";

/** Administrators whose account lives on another server sign in there. */

export const ELSEWHERE = `${SIGN_IN}/elsewhere`;

/** Sends the browser to the server of the account, if it is an administrator's. */
export async function leaveForHome(
  deps: Deps,
  c: Context<EdgeEnv>,
): Promise<Response> {
  takeFor(deps, c, PASSWORDS);
  const { contexts, pages } = deps;
  const form = await pages.readOwnForm(c);
  const to = ownPath(form.get("to"));
  const did = await findDid(deps, form.get("identifier") ?? "");
  // Looked at first: strangers must not make us call servers that they name.
  if (did === null || !contexts.admins.ways.dids.includes(did)) {
    return showSignIn(deps, c, "not-admin", to);
  }
  if (contexts.accounts.findStatus(did) !== null) {
    return seeOther("/account/sign-in");
  }
  const device = contexts.oauth.browsers.open(pages.visitorOf(c));
  const remote = await contexts.oauth.remoteSignIn();
  const begun = await remote.begin({ did, deviceId: device.id, to });
  return "fault" in begun
    ? showSignIn(deps, c, begun.fault, to)
    : leavePage(pages.shownTo(c, device), begun.url);
}

/** Takes the answer of their server. */
export async function comeBack(
  deps: Deps,
  c: Context<EdgeEnv>,
): Promise<Response> {
  const { contexts, pages } = deps;
  const home = findCookieHost(deps, c);
  if (home !== null) return leavePage(pages.shownTo(c), home);
  takeFor(deps, c, PASSWORDS);
  const deviceId = contexts.oauth.browsers.findId(pages.visitorOf(c));
  const remote = await contexts.oauth.remoteSignIn();
  const answer = new URLSearchParams(queryOf(c.req.raw.url));
  const found = await remote.finish(answer, deviceId);
  if ("fault" in found) return showSignIn(deps, c, found.fault, found.to);
  const seat = seatOf(deps, c, deviceId!);
  const outcome = contexts.admins.signInAsRemote(found.did, seat);
  const device = { newCookie: null };
  return letIn(deps, c, { outcome, device, to: found.to });
}

/**
 * On somebody's own machine we are known by an address, and cookies by
 * `localhost`; the form on their server's page may lead to that address alone.
 * @returns where the browser has to go first; null when it is there
 */
export function findCookieHost(
  { contexts, pages }: Pick<Deps, "contexts" | "pages">,
  c: Context<EdgeEnv>,
): URL | null {
  const { host } = new URL(contexts.oauth.client.redirect_uris[0]);
  const isAway = host !== new URL(pages.origin).host;
  if (!isAway || c.req.header("host") !== host) return null;
  return new URL(`${pages.origin}${placeOf(c.req.raw.url)}`);
}

async function findDid({ contexts }: Deps, text: string): Promise<Did | null> {
  const name = text.trim().replace(/^@/, "");
  if (isDid(name)) return name;
  if (!isHandle(name)) return null;
  return contexts.identity.resolveHandle(normalizeHandle(name));
}
