import type { Context } from "hono";
import type {
  AdminSeat,
  AdminSignIn,
} from "#contexts/security/admin-sessions.ts";
import type { Device } from "#contexts/oauth/devices.ts";
import { networkOf } from "#lib/ip-address.ts";
import type { Did } from "#repo/syntax.ts";
import { adminSignInPage, type SignInFault } from "#edge/web/admin/sign-in.tsx";
import type { EdgeEnv } from "./app.ts";
import { PAGES, PASSWORDS, takeFor } from "./oauth-limits.ts";
import type { PageCookie } from "./page-cookie.ts";
import { type PageRouteDeps, type Pages, seeOther } from "./pages.ts";

export interface Deps extends PageRouteDeps {
  pages: Pages;
  /** By which the operator's browser is known. */
  cookie: PageCookie;
}

const HOME = "/admin";
export const SIGN_IN = "/admin/sign-in";

/** @param fault why the last try failed */
export function showSignIn(
  deps: Deps,
  c: Context<EdgeEnv>,
  fault: SignInFault | null,
  to: string | null | undefined = c.req.query("to"),
): Response {
  takeFor(deps, c, PAGES);
  const { contexts, pages } = deps;
  const visitor = pages.visitorOf(c);
  const { dids, password } = contexts.admins.ways;
  const isElsewhere = (did: Did) => contexts.accounts.findStatus(did) === null;
  return adminSignInPage(
    pages.shownTo(c, contexts.oauth.browsers.open(visitor)),
    {
      ...{ takesPasswords: password, fault },
      hasAdmins: !dids.every(isElsewhere),
      hasRemoteAdmins: dids.some(isElsewhere),
      administrators: contexts.oauth.browsers
        .list(visitor)
        .filter(({ did }) => dids.includes(did)),
      to: ownPath(to),
    },
  );
}

export async function signIn(
  deps: Deps,
  c: Context<EdgeEnv>,
): Promise<Response> {
  takeFor(deps, c, PASSWORDS);
  const { contexts, pages } = deps;
  const form = await pages.readOwnForm(c);
  const visitor = pages.visitorOf(c);
  const device = contexts.oauth.browsers.open(visitor);
  const seat = seatOf(deps, c, device.id);
  const did = form.get("account") as Did | null;
  // Only an account that is signed in in this browser speaks for itself.
  const isHere = contexts.oauth.browsers
    .list(visitor)
    .some((account) => account.did === did && account.isFresh);
  const outcome =
    did === null
      ? await contexts.admins.signInAdmin(form.get("password") ?? "", seat)
      : isHere
        ? contexts.admins.signInAsAccount(did, seat)
        : { fault: "not-admin" as const };
  return letIn(deps, c, { outcome, device, to: form.get("to") });
}

/** Who sits at which browser. */
export function seatOf(
  { ipOf }: Deps,
  c: Context<EdgeEnv>,
  deviceId: string,
): AdminSeat {
  const ip = ipOf(c);
  const userAgent = c.req.header("user-agent")?.slice(0, 500) ?? null;
  return {
    ...{ deviceId, network: networkOf(ip) },
    from: { ip, userAgent, deviceId },
  };
}

/** To the pages, or back to the door with what was wrong. */
export function letIn(
  deps: Deps,
  c: Context<EdgeEnv>,
  given: {
    outcome: AdminSignIn;
    device: Pick<Device, "newCookie">;
    to: string | null;
  },
): Response {
  const { outcome, device, to } = given;
  if ("fault" in outcome) return showSignIn(deps, c, outcome.fault, to);
  const { cookies } = deps.pages;
  return seeOther(ownPath(to), {}, [
    ...(device.newCookie === null
      ? []
      : [cookies.device.write(device.newCookie)]),
    deps.cookie.write(outcome.token),
  ]);
}

/** A path of these pages; anything else, and any other host, becomes the first. */
export function ownPath(path: string | null | undefined): string {
  const url = URL.parse(path ?? "", "http://here");
  const isOurs =
    url?.origin === "http://here" &&
    /^\/admin(\/|$)/.test(url.pathname) &&
    !/^\/admin\/(sign-(in|out)|oauth)/.test(url.pathname);
  return isOurs ? `${url.pathname}${url.search}` : HOME;
}
