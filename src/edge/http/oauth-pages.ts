import { randomBytes } from "node:crypto";
import type { Context, Hono } from "hono";
import type { Device, Visitor } from "#contexts/oauth/devices.ts";
import { OAuthRefusal } from "#contexts/oauth/refusal.ts";
import type {
  AuthorizationStep,
  ClientRedirect,
} from "#contexts/oauth/view.ts";
import { XrpcError } from "#lib/errors.ts";
import { consentPage } from "#edge/web/consent.tsx";
import { errorPage, handOverPage } from "#edge/web/notice.tsx";
import {
  authorizeUrl,
  chooserPage,
  type Shown,
  signInPage,
} from "#edge/web/sign-in.tsx";
import { textFor } from "#edge/web/text/catalogue.ts";
import { SIGN_IN } from "#edge/xrpc/limit-rules.ts";
import type { EdgeEnv } from "./app.ts";
import { isNavigation, isOwnForm } from "./browser-check.ts";
import { createDeviceCookie, type DeviceCookie } from "./device-cookie.ts";
import { readForm } from "./form-body.ts";
import { createHandOver, type HandOver } from "./hand-over.ts";
import type { OAuthRouteDeps } from "./oauth.ts";
import { PAGES, PASSWORDS, takeFor } from "./oauth-limits.ts";

interface PageDeps extends OAuthRouteDeps {
  cookie: DeviceCookie;
  handOver: HandOver;
  origin: string;
}

type Handler = (deps: PageDeps, c: Context<EdgeEnv>) => Promise<Response>;

/** The pages on which people sign in and decide. */
export function oauthPages(app: Hono<EdgeEnv>, given: OAuthRouteDeps): void {
  const { publicUrl } = given.settings;
  const deps: PageDeps = {
    ...given,
    cookie: createDeviceCookie(publicUrl),
    handOver: createHandOver({
      clock: given.clock,
      newId: () => randomBytes(16).toString("base64url"),
    }),
    origin: new URL(publicUrl).origin,
  };
  const page = (handler: Handler) => (c: Context<EdgeEnv>) =>
    handler(deps, c).catch((error: unknown) => toErrorPage(deps, c, error));
  app.get("/oauth/authorize", page(showRequest));
  app.post("/oauth/authorize/sign-in", page(signIn));
  app.post("/oauth/authorize/consent", page(decide));
  app.get("/oauth/authorize/redirect", page(leave));
}

const showRequest: Handler = async (deps, c) => {
  takeFor(deps, c, PAGES);
  if (!isNavigation(c.req.raw)) throw new OAuthRefusal("embedded", "");
  const name = requestNameOf(new URL(c.req.url).searchParams);
  const choice = {
    account: c.req.query("account") ?? null,
    asSomeoneElse: c.req.query("as") === "other",
  };
  const engine = await deps.contexts.oauth.engine();
  const visitor = visitorOf(deps, c);
  const { next, device } = await engine.openRequest(name, visitor, choice);
  return showStep(shownTo(deps, c, device), next);
};

const signIn: Handler = async (deps, c) => {
  takeFor(deps, c, PASSWORDS);
  const form = await readOwnForm(deps, c);
  const identifier = form.get("identifier") ?? "";
  takeFor(deps, c, SIGN_IN, { identifier });
  const name = requestNameOf(form);
  const engine = await deps.contexts.oauth.engine();
  const isRemembered = form.has("remember");
  const outcome = await engine.signIn(name, visitorOf(deps, c), {
    identifier,
    password: form.get("password") ?? "",
    code: form.get("code") ?? "",
    isRemembered,
  });
  if ("fault" in outcome) {
    const { fault, next } = outcome;
    const shown = shownTo(deps, c, null);
    if (next.step !== "sign-in") return showStep(shown, next);
    return signInPage(shown, next, { fault, identifier, isRemembered });
  }
  const { did, device } = outcome;
  const { headers } = shownTo(deps, c, device);
  return seeOther(authorizeUrl(name, { account: did }), headers);
};

const decide: Handler = async (deps, c) => {
  takeFor(deps, c, PAGES);
  const form = await readOwnForm(deps, c);
  const engine = await deps.contexts.oauth.engine();
  const visitor = visitorOf(deps, c);
  const redirect = await engine.decide(requestNameOf(form), visitor, {
    account: form.get("account") ?? "",
    isAllowed: form.get("decision") === "allow",
    scopes: form.getAll("scope"),
  });
  const id = deps.handOver.keep(redirect, visitor.cookie!);
  return seeOther(`/oauth/authorize/redirect?to=${id}`);
};

/** The last page on this server, which leads back to the application. */
const leave: Handler = async (deps, c) => {
  const { cookie } = visitorOf(deps, c);
  const redirect = deps.handOver.take(c.req.query("to") ?? "", cookie ?? "");
  if (redirect === null) throw new OAuthRefusal("request_ended", "");
  return goTo(shownTo(deps, c, null), redirect);
};

function showStep(shown: Shown, step: AuthorizationStep): Response {
  switch (step.step) {
    case "redirect":
      return goTo(shown, step.redirect);
    case "sign-in":
      return signInPage(shown, step, null);
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

/** @see RFC 9700 §4.12: 303 turns a form into a plain request. */
function seeOther(
  location: string,
  headers: Record<string, string> = {},
): Response {
  return new Response(null, {
    status: 303,
    headers: {
      Location: location,
      "Cache-Control": "no-store",
      "Referrer-Policy": "same-origin",
      ...headers,
    },
  });
}

/** @throws OAuthRefusal */
function requestNameOf(fields: URLSearchParams) {
  const clientId = fields.get("client_id");
  const requestUri = fields.get("request_uri");
  if (clientId === null || requestUri === null) {
    throw new OAuthRefusal("not_pushed", "");
  }
  return { clientId, requestUri };
}

/** @throws OAuthRefusal */
async function readOwnForm(
  { origin }: PageDeps,
  c: Context<EdgeEnv>,
): Promise<URLSearchParams> {
  if (!isOwnForm(c.req.raw, origin)) {
    throw new OAuthRefusal("cross_site", "", { status: 403 });
  }
  return readForm(c.req.raw);
}

function visitorOf({ cookie, ipOf }: PageDeps, c: Context<EdgeEnv>): Visitor {
  const { headers } = c.req.raw;
  return {
    cookie: cookie.read(headers),
    ipAddress: ipOf(c),
    userAgent: headers.get("user-agent")?.slice(0, 500) ?? null,
  };
}

function shownTo(
  { cookie, settings, origin }: PageDeps,
  c: Context<EdgeEnv>,
  device: Device | null,
): Shown {
  const value = device?.newCookie ?? null;
  return {
    text: textFor(c.req.header("accept-language") ?? null),
    serviceName: settings.serviceName,
    headers: {
      ...(value !== null && { "Set-Cookie": cookie.write(value) }),
      ...(origin.startsWith("https:") && {
        "Strict-Transport-Security": "max-age=63072000",
      }),
    },
  };
}

function toErrorPage(
  deps: PageDeps,
  c: Context<EdgeEnv>,
  error: unknown,
): Response {
  const shown = shownTo(deps, c, null);
  const words = shown.text.error;
  if (error instanceof XrpcError && error.status < 500) {
    const isLimited = error.status === 429;
    const { status, headers } = error;
    return errorPage(
      { ...shown, headers: { ...shown.headers, ...headers } },
      {
        status,
        sentence: isLimited ? words.limited : words.ended,
        detail: isLimited ? null : error.message,
      },
    );
  }
  if (error instanceof OAuthRefusal) {
    const known: Record<string, string> = {
      cookies_missing: words.cookies,
      cross_site: words.crossSite,
      embedded: words.embedded,
      not_pushed: words.notPushed,
    };
    const sentence = known[error.error] ?? words.ended;
    const detail = error.message === "" ? null : error.message;
    return errorPage(shown, { status: error.status, sentence, detail });
  }
  const requestId = c.get("requestId");
  deps.log.error("request failed", {
    nsid: c.req.path,
    requestId,
    reason: error,
  });
  return errorPage(shown, {
    status: 500,
    sentence: words.server,
    detail: requestId,
  });
}
