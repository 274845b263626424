import type { Context, Hono } from "hono";
import { XrpcError } from "#lib/errors.ts";
import {
  signUpPage,
  type SignUpView,
  spentInvitePage,
} from "#edge/web/sign-up.tsx";
import { authorizeUrl, type Named } from "#edge/web/sign-in.tsx";
import { ACCOUNT_CREATION } from "#edge/xrpc/limit-rules.ts";
import type { EdgeEnv } from "./app.ts";
import { PAGES, SIGN_UPS, takeFor } from "./oauth-limits.ts";
import { queryOf } from "./request-url.ts";
import { type PageRouteDeps, type Pages, seeOther } from "./pages.ts";

interface Deps extends PageRouteDeps {
  pages: Pages;
}

type Handler = (
  deps: Deps,
  c: Context<EdgeEnv>,
) => Response | Promise<Response>;

/** The pages on which people make an account. */
export function signUpPages(
  app: Hono<EdgeEnv>,
  given: PageRouteDeps,
  pages: Pages,
): void {
  const deps: Deps = { ...given, pages };
  const page = (handler: Handler) => pages.page((c) => handler(deps, c));
  app.get("/account/sign-up", page(showForm));
  app.post("/account/sign-up", page(signUp));
  app.get("/account/sign-up/puzzle", page(showPuzzle));
  app.get("/invite/:code", page(showInvite));
}

const showForm: Handler = (deps, c) => {
  takeFor(deps, c, PAGES);
  const code = c.req.query("invite") ?? "";
  const request = requestOf(new URLSearchParams(queryOf(c.req.url)));
  return show(deps, c, { inviteCode: code, request });
};

/** The same page for who was given a link. */
const showInvite: Handler = (deps, c) => {
  takeFor(deps, c, PAGES);
  const code = (c.req.param("code") ?? "").slice(0, 300);
  const invite = deps.contexts.accounts.describeInvite(code);
  if (invite?.isUsable) {
    return show(deps, c, { inviteCode: code, invite });
  }
  const kind = invite === null ? "unknown" : "used";
  return spentInvitePage(deps.pages.shownTo(c), kind);
};

const showPuzzle: Handler = (deps, c) => {
  takeFor(deps, c, PAGES);
  const puzzle = deps.contexts.registration.newPuzzle();
  if (puzzle === null) throw new XrpcError("NotFound", "No puzzle here");
  return c.json(puzzle, 200, { "Cache-Control": "no-store" });
};

const signUp: Handler = async (deps, c) => {
  takeFor(deps, c, SIGN_UPS);
  takeFor(deps, c, ACCOUNT_CREATION);
  const { contexts, pages, settings } = deps;
  const fields = await pages.readOwnForm(c);
  const form = readForm(fields, settings.handleDomains);
  const request = requestOf(fields);
  const visitor = pages.visitorOf(c);
  const again = (faults: SignUpView["faults"]) =>
    show(deps, c, { ...form, request, faults });
  if (contexts.oauth.browsers.findId(visitor) === null)
    return again({ cookies: true });
  const mustAgree =
    settings.termsOfServiceUrl !== null || settings.privacyPolicyUrl !== null;
  const { name, domain, email, inviteCode, isRemembered } = form;
  const wanted = {
    handle: name.includes(".") ? name : `${name}${domain}`,
    ...{ email, inviteCode },
    password: fields.get("password") ?? "",
    verificationCode:
      fields.get("verification") ?? fields.get("h-captcha-response") ?? "",
    language: pages.shownTo(c).text.lang,
  };
  if (mustAgree && !form.hasAgreed) {
    const faults = contexts.accounts.checkSignUp(wanted);
    return again({ ...faults, agree: "missing" });
  }
  const caller = pages.strangerOf(c);
  const made = await contexts.accounts.signUp(wanted, caller);
  if ("faults" in made) return again(made.faults);
  const { did } = made;
  const entered = contexts.oauth.browsers.enter(visitor, {
    ...{ did, isRemembered },
    isProved: true,
  });
  const next =
    request === null
      ? "/account?done=welcome"
      : authorizeUrl(request, { account: did });
  return seeOther(next, {}, pages.cookiesOf(entered));
};

interface Given {
  inviteCode: string;
  request?: Named | null;
  invite?: SignUpView["invite"];
  name?: string;
  domain?: string;
  email?: string;
  isRemembered?: boolean;
  hasAgreed?: boolean;
  faults?: SignUpView["faults"];
}

function show(deps: Deps, c: Context<EdgeEnv>, given: Given): Response {
  const { contexts, pages, settings } = deps;
  const { name = "", domain = "", email = "", inviteCode } = given;
  const { isRemembered = false, hasAgreed = false, faults = {} } = given;
  const device = contexts.oauth.browsers.open(pages.visitorOf(c));
  const known = inviteCode === "" ? null : findInvite(deps, inviteCode);
  return signUpPage(pages.shownTo(c, device), {
    registration: contexts.registration.view(),
    handleDomains: settings.handleDomains,
    termsUrl: settings.termsOfServiceUrl,
    privacyUrl: settings.privacyPolicyUrl,
    request: given.request ?? null,
    invite: given.invite ?? known,
    typed: { name, domain, email, inviteCode, isRemembered, hasAgreed },
    faults,
    suggestions: faults.handle === "taken" ? suggest(deps, name + domain) : [],
    puzzle: contexts.registration.view().check
      ? contexts.registration.newPuzzle()
      : null,
  });
}

function findInvite({ contexts }: Deps, code: string): SignUpView["invite"] {
  const invite = contexts.accounts.describeInvite(code);
  return invite?.isUsable ? invite : null;
}

function suggest({ contexts }: Deps, handle: string): string[] {
  try {
    const { result } = contexts.accounts.checkHandleAvailability({
      handle,
    }) as { result: { suggestions?: { handle: string }[] } };
    return (result.suggestions ?? []).map((one) => one.handle).slice(0, 3);
  } catch (error) {
    if (error instanceof XrpcError) return [];
    throw error;
  }
}

function readForm(fields: URLSearchParams, domains: readonly string[]) {
  const wanted = fields.get("domain") ?? "";
  const domain = domains.includes(wanted) ? wanted : (domains[0] ?? "");
  const typed = (fields.get("handle") ?? "").trim().slice(0, 300);
  const name = typed.toLowerCase().replace(/^@/, "");
  return {
    name: name.endsWith(domain) ? name.slice(0, -domain.length) : name,
    domain,
    email: (fields.get("email") ?? "").trim().slice(0, 300),
    inviteCode: (fields.get("invite") ?? "").trim().slice(0, 300),
    isRemembered: fields.has("remember"),
    hasAgreed: fields.has("agree"),
  };
}

/** The request that an application's sign-in began with; its page tells whether it still stands. */
export function requestOf(fields: URLSearchParams): Named | null {
  const clientId = fields.get("client_id");
  const requestUri = fields.get("request_uri");
  if (clientId === null || requestUri === null) return null;
  return { clientId, requestUri };
}
