import type { Context, Hono } from "hono";
import type {
  AdminFault,
  AdminSeat,
  AdminSession,
} from "#contexts/security/admin-sessions.ts";
import type { Caller } from "#contexts/security/caller.ts";
import { isDid, type Did } from "#repo/syntax.ts";
import { adminSignInPage } from "#edge/web/admin/sign-in.tsx";
import type { Handler, Visit } from "#edge/web/admin/page.tsx";
import { ADMIN_PAGES, actPath, adminMenu } from "#edge/web/admin/table.ts";
import { hrefWith } from "#edge/web/parts.tsx";
import type { EdgeEnv } from "./app.ts";
import { networkOf } from "./client-address.ts";
import { PAGES, PASSWORDS, takeFor } from "./oauth-limits.ts";
import { createPageCookie, type PageCookie } from "./page-cookie.ts";
import { type PageRouteDeps, type Pages, seeOther } from "./pages.ts";
import { pathOf, queryOf } from "./request-url.ts";

interface Deps extends PageRouteDeps {
  pages: Pages;
  /** By which the operator's browser is known. */
  cookie: PageCookie;
}

const HOME = "/admin";
const SIGN_IN = "/admin/sign-in";
/** As long as a session of the operator. */
const LIFE_SEC = 12 * 3600;

/** The pages of who runs the server. */
export function adminPages(
  app: Hono<EdgeEnv>,
  given: PageRouteDeps,
  pages: Pages,
): void {
  const { publicUrl } = given.settings;
  const cookie = createPageCookie(publicUrl, "admin", LIFE_SEC);
  const deps: Deps = { ...given, pages, cookie };
  for (const row of ADMIN_PAGES) {
    app.get(row.path, pages.page(admitted(deps, row.show)));
    for (const [name, act] of Object.entries(row.acts ?? {})) {
      app.post(actPath(row, name), pages.page(admitted(deps, act)));
    }
  }
  app.get(
    SIGN_IN,
    pages.page((c) => showSignIn(deps, c, null)),
  );
  app.post(
    SIGN_IN,
    pages.page((c) => signIn(deps, c)),
  );
  app.post(
    "/admin/sign-out",
    pages.page((c) => signOut(deps, c)),
  );
}

/** Lets the operator in, and sends everybody else to the sign-in page. */
function admitted(deps: Deps, handler: Handler) {
  return async (c: Context<EdgeEnv>): Promise<Response> => {
    const session = findSession(deps, c);
    if (session === null)
      return seeOther(hrefWith(SIGN_IN, { to: wayBack(c) }));
    const isForm = c.req.method === "POST";
    const form = isForm
      ? await deps.pages.readOwnForm(c)
      : new URLSearchParams();
    return handler(visitOf(deps, c, { session, form }));
  };
}

function visitOf(
  { contexts, settings, pages, clock, ipOf }: Deps,
  c: Context<EdgeEnv>,
  { session, form }: { session: AdminSession; form: URLSearchParams },
): Visit {
  const shown = pages.shownTo(c);
  const { text } = shown;
  const from = {
    ip: ipOf(c),
    userAgent: c.req.header("user-agent")?.slice(0, 300) ?? null,
  };
  const caller: Caller = {
    ...{ kind: "admin", from },
    ...(isDid(session.actor) && { actor: session.actor }),
  };
  return {
    ...{ contexts, settings, shown, text, form, session, caller },
    words: text.admin,
    path: c.req.path,
    param: (name) => c.req.param(name) ?? "",
    query: (name) => c.req.query(name)?.slice(0, 2000) ?? "",
    menu: adminMenu(text),
    nowMs: clock.nowMs(),
  };
}

function findSession(
  { contexts, pages, cookie }: Deps,
  c: Context<EdgeEnv>,
): AdminSession | null {
  const token = cookie.read(c.req.raw.headers);
  const id = contexts.oauth.browsers.findId(pages.visitorOf(c));
  if (token === null || id === null) return null;
  return contexts.admins.findAdminSession(token, id);
}

function showSignIn(
  deps: Deps,
  c: Context<EdgeEnv>,
  fault: AdminFault | null,
): Response {
  takeFor(deps, c, PAGES);
  const { contexts, pages } = deps;
  const visitor = pages.visitorOf(c);
  const { dids, password } = contexts.admins.ways;
  return adminSignInPage(
    pages.shownTo(c, contexts.oauth.browsers.open(visitor)),
    {
      ...{ takesPasswords: password, fault },
      hasAdmins: dids.length > 0,
      administrators: contexts.oauth.browsers
        .list(visitor)
        .filter(({ did }) => dids.includes(did)),
      to: ownPath(c.req.query("to")),
    },
  );
}

async function signIn(deps: Deps, c: Context<EdgeEnv>): Promise<Response> {
  takeFor(deps, c, PASSWORDS);
  const { contexts, pages, cookie, ipOf } = deps;
  const form = await pages.readOwnForm(c);
  const visitor = pages.visitorOf(c);
  const device = contexts.oauth.browsers.open(visitor);
  const ip = ipOf(c);
  const { userAgent } = visitor;
  const seat: AdminSeat = {
    ...{ deviceId: device.id, network: networkOf(ip) },
    from: { ip, userAgent, deviceId: device.id },
  };
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
  if ("fault" in outcome) return showSignIn(deps, c, outcome.fault);
  return seeOther(ownPath(form.get("to")), {}, [
    ...(device.newCookie === null
      ? []
      : [pages.cookies.device.write(device.newCookie)]),
    cookie.write(outcome.token),
  ]);
}

async function signOut(deps: Deps, c: Context<EdgeEnv>): Promise<Response> {
  await deps.pages.readOwnForm(c);
  const session = findSession(deps, c);
  if (session !== null) deps.contexts.admins.revokeAdminSession(session.id);
  return seeOther("/", {}, [deps.cookie.clear()]);
}

/** Where to go on after a sign-in; forms are begun anew. */
function wayBack(c: Context<EdgeEnv>): string {
  if (c.req.method !== "GET") return "";
  const query = queryOf(c.req.raw.url);
  return `${pathOf(c.req.raw.url)}${query === "" ? "" : `?${query}`}`;
}

/** A path of these pages; anything else, and any other host, becomes the first. */
export function ownPath(path: string | null | undefined): string {
  const url = URL.parse(path ?? "", "http://here");
  const isOurs =
    url?.origin === "http://here" &&
    /^\/admin(\/|$)/.test(url.pathname) &&
    !/^\/admin\/sign-(in|out)/.test(url.pathname);
  return isOurs ? `${url.pathname}${url.search}` : HOME;
}
