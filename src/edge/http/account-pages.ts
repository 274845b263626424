import type { Context, Hono } from "hono";
import type { BrowserAccount } from "#contexts/oauth/browsers.ts";
import type { Did } from "#repo/syntax.ts";
import { overviewPage } from "#edge/web/account/overview.tsx";
import type { OwnerShown } from "#edge/web/account/room.tsx";
import { hrefWith } from "#edge/web/parts.tsx";
import {
  type Failed,
  type SignInForm,
  signInPage,
} from "#edge/web/sign-in.tsx";
import { SIGN_IN } from "#edge/xrpc/limit-rules.ts";
import type { EdgeEnv } from "./app.ts";
import { PAGES, PASSWORDS, takeFor } from "./oauth-limits.ts";
import { type PageRouteDeps, type Pages, seeOther } from "./pages.ts";

export interface AccountPageDeps extends PageRouteDeps {
  pages: Pages;
}

type Handler = (
  deps: AccountPageDeps,
  c: Context<EdgeEnv>,
) => Response | Promise<Response>;

/** A page of an account: its owner is signed in. */
export type OwnerHandler = (
  deps: AccountPageDeps,
  c: Context<EdgeEnv>,
  owner: BrowserAccount,
) => Response | Promise<Response>;

const HOME = "/account";
const SIGN_IN_PATH = "/account/sign-in";

/** The pages on which people see to their own account. */
export function accountPages(
  app: Hono<EdgeEnv>,
  given: PageRouteDeps,
  pages: Pages,
): void {
  const deps: AccountPageDeps = { ...given, pages };
  const page = (handler: Handler) => pages.page((c) => handler(deps, c));
  app.get(HOME, page(owned(showOverview)));
  app.get(SIGN_IN_PATH, page(showSignIn));
  app.post(SIGN_IN_PATH, page(signIn));
  app.post("/account/sign-out", page(owned(signOut)));
  app.post("/account/switch", page(owned(switchAccount)));
}

const showOverview: OwnerHandler = (deps, c, owner) =>
  overviewPage(ownerShown(deps, c, owner));

/** Lets the owner in, and sends everybody else to the sign-in page and back. */
export function owned(handler: OwnerHandler): Handler {
  return (deps, c) => {
    const owner = findOwner(deps, c);
    if (owner !== null) return handler(deps, c, owner);
    return seeOther(hrefWith(SIGN_IN_PATH, { return_to: whereFrom(c) }));
  };
}

/**
 * The same for grave changes: the password must have been given a short while
 * ago, or it is asked for again. What a form held by then has to be typed again.
 */
export function freshlyOwned(handler: OwnerHandler): Handler {
  return owned((deps, c, owner) => {
    if (owner.isFresh) return handler(deps, c, owner);
    const query = { return_to: whereFrom(c), account: owner.did };
    return seeOther(hrefWith(SIGN_IN_PATH, query));
  });
}

/** What a page of the account shows around its own content. */
export function ownerShown(
  { contexts, pages }: AccountPageDeps,
  c: Context<EdgeEnv>,
  owner: BrowserAccount,
): OwnerShown {
  const shown = pages.shownTo(c);
  const done = c.req.query("done") ?? "";
  const notices: Readonly<Record<string, string>> = shown.text.account.done;
  return {
    ...shown,
    owner,
    others: contexts.oauth.browsers
      .list(pages.visitorOf(c))
      .filter(({ did }) => did !== owner.did),
    path: c.req.path,
    notice: Object.hasOwn(notices, done) ? notices[done]! : null,
  };
}

/** The account that was chosen last, of those that are signed in. */
function findOwner(
  { contexts, pages }: AccountPageDeps,
  c: Context<EdgeEnv>,
): BrowserAccount | null {
  const accounts = contexts.oauth.browsers.list(pages.visitorOf(c));
  const chosen = pages.cookies.account.read(c.req.raw.headers);
  return accounts.find(({ did }) => did === chosen) ?? accounts[0] ?? null;
}

const showSignIn: Handler = (deps, c) => {
  takeFor(deps, c, PAGES);
  const { contexts, pages } = deps;
  const device = contexts.oauth.browsers.open(pages.visitorOf(c));
  const shown = pages.shownTo(c, device);
  const returnTo = ownPath(c.req.query("return_to"));
  const known = findSignedIn(deps, c, c.req.query("account"));
  const identifier = c.req.query("identifier") ?? "";
  return signInPage(
    shown,
    formOf(shown.text, { returnTo, known, identifier }),
    null,
  );
};

const signIn: Handler = async (deps, c) => {
  takeFor(deps, c, PASSWORDS);
  const { contexts, pages } = deps;
  const form = await pages.readOwnForm(c);
  const identifier = form.get("identifier") ?? "";
  takeFor(deps, c, SIGN_IN, { identifier });
  const isRemembered = form.has("remember");
  const returnTo = ownPath(form.get("return_to"));
  const known = findSignedIn(deps, c, form.get("account"));
  const outcome = await contexts.oauth.browsers.signIn(pages.visitorOf(c), {
    identifier,
    password: form.get("password") ?? "",
    code: form.get("code") ?? "",
    isRemembered,
    expected: known?.did ?? null,
  });
  if ("fault" in outcome) {
    const shown = pages.shownTo(c);
    const failed: Failed = { fault: outcome.fault, identifier, isRemembered };
    return signInPage(
      shown,
      formOf(shown.text, { returnTo, known, identifier }),
      failed,
    );
  }
  const { device, did, visit } = outcome;
  const { cookies } = pages;
  return seeOther(returnTo, {}, [
    ...(device.newCookie === null
      ? []
      : [cookies.device.write(device.newCookie)]),
    ...(visit === null ? [] : [cookies.visit.write(visit)]),
    cookies.account.write(did),
  ]);
};

const signOut: OwnerHandler = async ({ contexts, pages }, c, owner) => {
  await pages.readOwnForm(c);
  contexts.oauth.browsers.signOut(pages.visitorOf(c), owner.did);
  return seeOther("/", {}, [pages.cookies.account.clear()]);
};

const switchAccount: OwnerHandler = async (deps, c) => {
  const form = await deps.pages.readOwnForm(c);
  const wanted = findSignedIn(deps, c, form.get("account"));
  if (wanted === null) return seeOther(SIGN_IN_PATH);
  return seeOther(HOME, {}, [deps.pages.cookies.account.write(wanted.did)]);
};

function findSignedIn(
  { contexts, pages }: AccountPageDeps,
  c: Context<EdgeEnv>,
  did: string | null | undefined,
): BrowserAccount | null {
  if (!did) return null;
  const accounts = contexts.oauth.browsers.list(pages.visitorOf(c));
  return accounts.find((account) => account.did === (did as Did)) ?? null;
}

function formOf(
  { signIn: words }: OwnerShown["text"],
  given: {
    returnTo: string;
    known: BrowserAccount | null;
    identifier: string;
  },
): SignInForm {
  const { returnTo, known } = given;
  return {
    action: SIGN_IN_PATH,
    fields: [
      ["return_to", returnTo],
      ...(known === null ? [] : [["account", known.did] as const]),
    ],
    purpose: known === null ? words.toAccount : words.again,
    identifier: known?.handle ?? given.identifier,
    fixed: known === null ? null : words.confirm,
    asksToRemember: known === null,
    links: [],
    formTarget: null,
  };
}

/** Where to go on after a sign-in; forms are begun anew. */
function whereFrom(c: Context<EdgeEnv>): string {
  const url = new URL(c.req.url);
  if (c.req.method === "GET") return `${url.pathname}${url.search}`;
  return ownPath(URL.parse(c.req.header("referer") ?? "")?.pathname);
}

/** A path of the pages of accounts; anything else, and any other host, becomes the first page. */
export function ownPath(path: string | null | undefined): string {
  const url = URL.parse(path ?? "", "http://here");
  const isOurs =
    url?.origin === "http://here" &&
    /^\/(account|oauth\/authorize)(\/|$)/.test(url.pathname) &&
    !url.pathname.startsWith(SIGN_IN_PATH);
  return isOurs ? `${url.pathname}${url.search}` : HOME;
}
