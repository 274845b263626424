import type { Context, Hono } from "hono";
import type { BrowserAccount } from "#contexts/oauth/browsers.ts";
import type { Did } from "#repo/syntax.ts";
import type { OwnerShown } from "#edge/web/account/room.tsx";
import { readCredentials } from "#edge/web/credentials-form.ts";
import {
  type Failed,
  type SignInForm,
  signInPage,
} from "#edge/web/sign-in.tsx";
import { SIGN_IN } from "#edge/xrpc/limit-rules.ts";
import {
  type AccountPageDeps,
  HOME,
  owned,
  type OwnerHandler,
  ownPath,
  type PageHandler,
  SIGN_IN_PATH,
} from "./account/owner.ts";
import { keepByLink, showKeep } from "./account/security.ts";
import {
  ACCOUNT_PAGES,
  accountMenu,
  actPath,
  pageOf,
} from "./account/table.ts";
import type { EdgeEnv } from "./app.ts";
import { PAGES, PASSWORDS, takeFor } from "./oauth-limits.ts";
import { type PageRouteDeps, type Pages, seeOther } from "./pages.ts";

/** Where letters lead that warn of the end of all second factors. */
const KEEP_PATH = "/account/keep-factors";

/** The pages on which people see to their own account. */
export function accountPages(
  app: Hono<EdgeEnv>,
  given: PageRouteDeps,
  pages: Pages,
): void {
  const deps: AccountPageDeps = {
    ...given,
    pages,
    menuOf: accountMenu,
    pageOf,
  };
  const page = (handler: PageHandler) => pages.page((c) => handler(deps, c));
  for (const row of ACCOUNT_PAGES) {
    if (row.show !== null) app.get(row.path, page(owned(row.show)));
    for (const [name, act] of Object.entries(row.acts ?? {})) {
      app.post(actPath(row, name), page(owned(act)));
    }
  }
  app.get(SIGN_IN_PATH, page(showSignIn));
  app.post(SIGN_IN_PATH, page(signIn));
  app.get(KEEP_PATH, page(showKeep));
  app.post(KEEP_PATH, page(keepByLink));
  app.post("/account/sign-out", page(owned(signOut)));
  app.post("/account/switch", page(owned(switchAccount)));
}

const showSignIn: PageHandler = (deps, c) => {
  takeFor(deps, c, PAGES);
  const { contexts, pages } = deps;
  const device = contexts.oauth.browsers.open(pages.visitorOf(c));
  const shown = pages.shownTo(c, device);
  const returnTo = ownPath(c.req.query("return_to"));
  const known = findSignedIn(deps, c, c.req.query("account"));
  const identifier = c.req.query("identifier") ?? "";
  return signInPage(
    shown,
    formOf(shown.text, {
      ...{ returnTo, known, identifier },
      passkeyOptions: contexts.factors.passkeys.beginSignIn(device.id),
    }),
    null,
  );
};

const signIn: PageHandler = async (deps, c) => {
  takeFor(deps, c, PASSWORDS);
  const { contexts, pages } = deps;
  const form = await pages.readOwnForm(c);
  const identifier = form.get("identifier") ?? "";
  takeFor(deps, c, SIGN_IN, { input: { identifier } });
  const isRemembered = form.has("remember");
  const returnTo = ownPath(form.get("return_to"));
  const known = findSignedIn(deps, c, form.get("account"));
  const outcome = await contexts.oauth.browsers.signIn(pages.visitorOf(c), {
    ...readCredentials(form),
    isRemembered,
    expected: known?.did ?? null,
  });
  if ("fault" in outcome) {
    const { fault, factor } = outcome;
    const device = contexts.oauth.browsers.open(pages.visitorOf(c));
    const shown = pages.shownTo(c, device);
    const failed: Failed = { fault, factor, identifier, isRemembered };
    return signInPage(
      shown,
      formOf(shown.text, {
        ...{ returnTo, known, identifier },
        passkeyOptions: contexts.factors.passkeys.beginSignIn(device.id),
      }),
      failed,
    );
  }
  return seeOther(returnTo, {}, pages.cookiesOf(outcome));
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
    passkeyOptions: object;
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
    links: [
      [words.lost, "/account/recover"],
      ...(known === null ? [[words.create, "/account/sign-up"] as const] : []),
    ],
    formTarget: null,
    passkeyOptions: given.passkeyOptions,
  };
}
