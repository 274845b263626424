import { randomBytes } from "node:crypto";
import type { Context, Hono } from "hono";
import type { Visitor } from "#contexts/oauth/devices.ts";
import { OAuthRefusal } from "#contexts/oauth/refusal.ts";
import type {
  AuthorizationStep,
  ClientRedirect,
} from "#contexts/oauth/view.ts";
import { consentPage } from "#edge/web/consent.tsx";
import { readCredentials } from "#edge/web/credentials-form.ts";
import { elsewherePage } from "#edge/web/elsewhere.tsx";
import { cookiesPage, handOverPage } from "#edge/web/notice.tsx";
import {
  authorizeUrl,
  chooserPage,
  type Named,
  requestForm,
  type Shown,
  signInPage,
  signUpUrl,
} from "#edge/web/sign-in.tsx";
import { SIGN_IN } from "#edge/xrpc/limit-rules.ts";
import type { EdgeEnv } from "./app.ts";
import { isFromOwnPage, isNavigation } from "./browser-check.ts";
import { createHandOver, type HandOver } from "./hand-over.ts";
import { PAGES, PASSWORDS, takeFor } from "./oauth-limits.ts";
import { isJson, type PageRouteDeps, type Pages, seeOther } from "./pages.ts";
import { queryOf } from "./request-url.ts";

interface PageDeps extends PageRouteDeps {
  pages: Pages;
  handOver: HandOver;
}

type Handler = (deps: PageDeps, c: Context<EdgeEnv>) => Promise<Response>;

/** The pages on which people sign in and decide. */
export function oauthPages(
  app: Hono<EdgeEnv>,
  given: PageRouteDeps,
  pages: Pages,
): void {
  const deps: PageDeps = {
    ...given,
    pages,
    handOver: createHandOver({
      clock: given.clock,
      newId: () => randomBytes(16).toString("base64url"),
    }),
  };
  const page = (handler: Handler) => pages.page((c) => handler(deps, c));
  app.get("/oauth/authorize", page(showRequest));
  app.post("/oauth/authorize/sign-in", page(signIn));
  app.post("/oauth/authorize/consent", page(decide));
  app.get("/oauth/authorize/redirect", page(leave));
  app.post("/oauth/passkey-challenge", page(renewChallenge));
}

const showRequest: Handler = async (deps, c) => {
  takeFor(deps, c, PAGES);
  if (!isNavigation(c.req.raw)) throw new OAuthRefusal("embedded", "");
  const name = requestNameOf(new URLSearchParams(queryOf(c.req.url)));
  const visitor = deps.pages.visitorOf(c);
  if (losesCookies(visitor)) {
    return testCookies(deps, c, name, visitor);
  }
  const choice = {
    account: c.req.query("account") ?? null,
    asSomeoneElse: c.req.query("as") === "other",
    isFromElsewhere: c.req.query("as") === "elsewhere",
  };
  const engine = await deps.contexts.oauth.engine();
  const { next, device } = await engine.openRequest(name, visitor, choice);
  return showStep(deps.pages.shownTo(c, device, languagesOf(next)), next);
};

/** Of an application that says which ones its user reads. */
export const languagesOf = (step: AuthorizationStep): string | null =>
  "request" in step ? step.request.languages : null;

/** Web views of this system are known to lose cookies, some until somebody has clicked. */
function losesCookies({ cookie, userAgent }: Visitor): boolean {
  return cookie === null && /iPhone OS/.test(userAgent ?? "");
}

/**
 * Comes back once more before a request is bound to the browser, to see
 * whether the cookie does too.
 */
function testCookies(
  { contexts, pages }: PageDeps,
  c: Context<EdgeEnv>,
  name: Named,
  visitor: Visitor,
): Response {
  const shown = pages.shownTo(c, contexts.oauth.browsers.open(visitor));
  const marked = { ...Object.fromEntries(choiceOf(c)), cookies: "test" };
  if (c.req.query("cookies") !== "test") {
    return seeOther(authorizeUrl(name, marked), shown.headers);
  }
  const fields = new URLSearchParams(authorizeUrl(name, marked).split("?")[1]);
  return cookiesPage(shown, [...fields]);
}

function choiceOf(c: Context<EdgeEnv>): [string, string][] {
  return ["account", "as"].flatMap((name): [string, string][] => {
    const value = c.req.query(name);
    return value === undefined ? [] : [[name, value]];
  });
}

const signIn: Handler = async (deps, c) => {
  takeFor(deps, c, PASSWORDS);
  const form = await deps.pages.readOwnForm(c);
  const identifier = form.get("identifier") ?? "";
  takeFor(deps, c, SIGN_IN, { input: { identifier } });
  const name = requestNameOf(form);
  const engine = await deps.contexts.oauth.engine();
  const isRemembered = form.has("remember");
  const outcome = await engine.signIn(name, deps.pages.visitorOf(c), {
    ...readCredentials(form),
    isRemembered,
  });
  if ("fault" in outcome) {
    const { fault, factor, next } = outcome;
    const shown = deps.pages.shownTo(c, null, languagesOf(next));
    if (next.step !== "sign-in") return showStep(shown, next);
    const failed = { fault, factor, identifier, isRemembered };
    return signInPage(shown, requestForm(shown.text, next), failed);
  }
  const { did, device } = outcome;
  const { headers } = deps.pages.shownTo(c, device);
  const choice: Record<string, string> = did === null ? {} : { account: did };
  return seeOther(authorizeUrl(name, choice), headers);
};

/** For a page that has stood open for longer than its challenge counts. */
const renewChallenge: Handler = async (deps, c) => {
  takeFor(deps, c, PAGES);
  deps.pages.assertOwnForm(c);
  const { oauth, factors } = deps.contexts;
  const deviceId = oauth.browsers.findId(deps.pages.visitorOf(c));
  if (deviceId === null) throw new OAuthRefusal("cookies_missing", "");
  return c.json(factors.passkeys.beginSignIn(deviceId), 200, NO_STORE);
};

/** A form, or the same as JSON from the script of the page, which then is told where to go. */
const decide: Handler = async (deps, c) => {
  takeFor(deps, c, PAGES);
  const form = await deps.pages.readOwnForm(c);
  const engine = await deps.contexts.oauth.engine();
  const visitor = deps.pages.visitorOf(c);
  const redirect = await engine.decide(requestNameOf(form), visitor, {
    account: form.get("account") ?? "",
    isAllowed: form.get("decision") === "allow",
    scopes: form.getAll("scope"),
  });
  const id = deps.handOver.keep(redirect, visitor.cookie!);
  const next = `/oauth/authorize/redirect?to=${id}`;
  return isJson(c) ? c.json({ url: next }, 200, NO_STORE) : seeOther(next);
};

const NO_STORE = { "Cache-Control": "no-store" };

/** The last page on this server, which leads back to the application. */
const leave: Handler = async (deps, c) => {
  if (!isFromOwnPage(c.req.raw, deps.pages.origin)) {
    throw new OAuthRefusal("cross_site", "", { status: 403 });
  }
  const { cookie } = deps.pages.visitorOf(c);
  const redirect = deps.handOver.take(c.req.query("to") ?? "", cookie ?? "");
  if (redirect === null) throw new OAuthRefusal("request_ended", "");
  return goTo(deps.pages.shownTo(c), redirect);
};

export function showStep(shown: Shown, step: AuthorizationStep): Response {
  switch (step.step) {
    case "redirect":
      return goTo(shown, step.redirect);
    case "sign-in":
      return signInPage(shown, requestForm(shown.text, step), null);
    case "elsewhere":
      return elsewherePage(shown, step, null);
    case "sign-up":
      return seeOther(
        signUpUrl(step.request, step.request.languages && shown.text.lang),
        shown.headers,
      );
    case "choose":
      return chooserPage(shown, step);
    case "consent":
      return consentPage(shown, step);
  }
}

function goTo(shown: Shown, redirect: ClientRedirect): Response {
  const { uri, mode, params } = redirect;
  if (mode === "form_post") return handOverPage(shown, redirect);
  const url = new URL(uri);
  const into = mode === "fragment" ? new URLSearchParams() : url.searchParams;
  for (const [name, value] of params) into.set(name, value);
  if (mode === "fragment") url.hash = into.toString();
  return seeOther(url.href, shown.headers);
}

/** @throws OAuthRefusal */
export function requestNameOf(fields: URLSearchParams) {
  const clientId = fields.get("client_id");
  const requestUri = fields.get("request_uri");
  if (clientId === null || requestUri === null) {
    throw new OAuthRefusal(
      "not_pushed",
      "client_id and request_uri are needed: requests are pushed first (RFC 9126)",
    );
  }
  return { clientId, requestUri };
}
