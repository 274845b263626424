import type { Context, Hono } from "hono";
import { DELEGATE_CALLBACK_PATH } from "#contexts/oauth/client-description.ts";
import { elsewherePage, leavePage } from "#edge/web/elsewhere.tsx";
import { authorizeUrl } from "#edge/web/sign-in.tsx";
import { findCookieHost } from "./admin-elsewhere.ts";
import type { EdgeEnv } from "./app.ts";
import { PASSWORDS, takeFor } from "./oauth-limits.ts";
import { languagesOf, requestNameOf, showStep } from "./oauth-pages.ts";
import { type PageRouteDeps, type Pages, seeOther } from "./pages.ts";
import { queryOf } from "./request-url.ts";

type Deps = PageRouteDeps & { pages: Pages };

/** Those who act for an account of ours and live on another server sign in there. */
export function elsewherePages(
  app: Hono<EdgeEnv>,
  given: PageRouteDeps,
  pages: Pages,
): void {
  const deps: Deps = { ...given, pages };
  app.post(
    "/oauth/elsewhere",
    pages.page((c) => leaveForHome(deps, c)),
  );
  app.get(
    DELEGATE_CALLBACK_PATH,
    pages.page((c) => comeBack(deps, c)),
  );
}

async function leaveForHome(
  deps: Deps,
  c: Context<EdgeEnv>,
): Promise<Response> {
  takeFor(deps, c, PASSWORDS);
  const { contexts, pages } = deps;
  const form = await pages.readOwnForm(c);
  const identifier = form.get("identifier") ?? "";
  const engine = await contexts.oauth.engine();
  const visitor = pages.visitorOf(c);
  const name = requestNameOf(form);
  const left = await engine.leaveForHome(name, visitor, identifier);
  if ("url" in left) return leavePage(pages.shownTo(c), left.url);
  const { fault, next } = left;
  const shown = pages.shownTo(c, null, languagesOf(next));
  if (next.step !== "elsewhere") return showStep(shown, next);
  return elsewherePage(shown, next, { fault, identifier });
}

/** Takes the answer of their server. */
async function comeBack(deps: Deps, c: Context<EdgeEnv>): Promise<Response> {
  const { contexts, pages } = deps;
  const home = findCookieHost(deps, c);
  if (home !== null) return leavePage(pages.shownTo(c), home);
  takeFor(deps, c, PASSWORDS);
  const engine = await contexts.oauth.engine();
  const answer = new URLSearchParams(queryOf(c.req.raw.url));
  const back = await engine.comeBackFromHome(answer, pages.visitorOf(c));
  if ("fault" in back) {
    const { fault, next } = back;
    const shown = pages.shownTo(c, null, languagesOf(next));
    if (next.step !== "elsewhere") return showStep(shown, next);
    return elsewherePage(shown, next, { fault, identifier: "" });
  }
  const { name, account, device } = back;
  const choice: Record<string, string> = account === null ? {} : { account };
  const { headers } = pages.shownTo(c, device);
  return seeOther(authorizeUrl(name, choice), headers);
}
