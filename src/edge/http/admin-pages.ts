import type { Context, Hono } from "hono";
import type { AdminSession } from "#contexts/security/admin-sessions.ts";
import { CALLBACK_PATH } from "#contexts/oauth/client-description.ts";
import type { Caller } from "#contexts/security/caller.ts";
import { XrpcError } from "#lib/errors.ts";
import { isDid } from "#repo/syntax.ts";
import { type AdminList, listPath } from "#edge/web/admin/list-path.ts";
import { ADMIN_LISTS } from "#edge/web/admin/lists.ts";
import type { AdminPage, Handler, Visit } from "#edge/web/admin/page.tsx";
import { ADMIN_PAGES, actPath, adminMenu } from "#edge/web/admin/table.ts";
import { hrefWith } from "#edge/web/parts.tsx";
import { comeBack, ELSEWHERE, leaveForHome } from "./admin-elsewhere.ts";
import { type Deps, showSignIn, SIGN_IN, signIn } from "./admin-sign-in.ts";
import type { EdgeEnv } from "./app.ts";
import { createPageCookie } from "./page-cookie.ts";
import { type PageRouteDeps, type Pages, seeOther } from "./pages.ts";
import { pathOf, queryOf } from "./request-url.ts";

/** A reader of a list may pause so long. */
const STREAM_SEC = 120;

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
    if (row.live !== undefined) {
      app.get(`${row.path}/live`, pages.page(followed(deps, row.live)));
    }
  }
  for (const [name, list] of Object.entries(ADMIN_LISTS)) {
    const send = admitted(deps, list);
    app.get(
      listPath(name as AdminList),
      pages.page((c) => {
        c.env.server.timeout(c.req.raw, STREAM_SEC);
        return send(c);
      }),
    );
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
    ELSEWHERE,
    pages.page((c) => leaveForHome(deps, c)),
  );
  app.get(
    CALLBACK_PATH,
    pages.page((c) => comeBack(deps, c)),
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

/** Goes on for as long as the operator is signed in. */
function followed(deps: Deps, open: NonNullable<AdminPage["live"]>) {
  return async (c: Context<EdgeEnv>): Promise<Response> => {
    const find = sessionOf(deps, c);
    const session = find();
    if (session === null) {
      throw new XrpcError("AuthMissing", "The session has ended");
    }
    c.env.server.timeout(c.req.raw, 0);
    const form = new URLSearchParams();
    const visit = visitOf(deps, c, { session, form });
    return deps.live.open(open(visit), {
      // What a browser that lost its connection has, else what the page shows.
      after: c.req.header("last-event-id") ?? (visit.query("after") || null),
      isAllowed: () => find() !== null,
      did: null,
      signal: c.req.raw.signal,
    });
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

function findSession(deps: Deps, c: Context<EdgeEnv>): AdminSession | null {
  return sessionOf(deps, c)();
}

/** Looks the session of a browser up each time it is called, long after the request too. */
function sessionOf(
  { contexts, pages, cookie }: Deps,
  c: Context<EdgeEnv>,
): () => AdminSession | null {
  const token = cookie.read(c.req.raw.headers);
  const id = contexts.oauth.browsers.findId(pages.visitorOf(c));
  if (token === null || id === null) return () => null;
  return () => contexts.admins.findAdminSession(token, id);
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
