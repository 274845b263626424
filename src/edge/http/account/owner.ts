import type { Context } from "hono";
import type { BrowserAccount } from "#contexts/oauth/browsers.ts";
import { takenDown } from "#lib/errors.ts";
import { networkOf } from "#lib/ip-address.ts";
import type { OwnerShown } from "#edge/web/account/room.tsx";
import { hrefWith } from "#edge/web/parts.tsx";
import type { MenuSection } from "#edge/web/shell.tsx";
import type { Text } from "#edge/web/text/catalogue.ts";
import { ACCOUNT_METHODS } from "#edge/xrpc/limit-rules.ts";
import type { Limit } from "#edge/xrpc/limits.ts";
import type { EdgeEnv } from "#edge/http/app.ts";
import { placeOf } from "#edge/http/request-url.ts";
import { type PageRouteDeps, type Pages, seeOther } from "#edge/http/pages.ts";

/** What every page of an account does alike: lets its owner in, and nobody else. */

export interface AccountPageDeps extends PageRouteDeps {
  pages: Pages;
  /** Of the pages of an account, from their table. */
  menuOf(text: Text): MenuSection[];
  /** The page that has the form of a path; the path itself for any other. */
  pageOf(path: string): string;
}

export type PageHandler = (
  deps: AccountPageDeps,
  c: Context<EdgeEnv>,
) => Response | Promise<Response>;

/** A page of an account: its owner is signed in. */
export type OwnerHandler = (
  deps: AccountPageDeps,
  c: Context<EdgeEnv>,
  owner: BrowserAccount,
) => Response | Promise<Response>;

export const HOME = "/account";
export const SIGN_IN_PATH = "/account/sign-in";

/** Lets the owner in, and sends everybody else to the sign-in page and back. */
export function owned(handler: OwnerHandler): PageHandler {
  return (deps, c) => {
    const owner = deps.pages.findOwner(c);
    if (owner === null) {
      return seeOther(
        hrefWith(SIGN_IN_PATH, { return_to: whereFrom(deps, c) }),
      );
    }
    takeForOwner(deps, c, owner, ACCOUNT_METHODS);
    return handler(deps, c, owner);
  };
}

/**
 * The same for grave changes: the password must have been given a short while
 * ago, or it is asked for again. What a form held by then has to be typed again.
 */
export function freshlyOwned(handler: OwnerHandler): PageHandler {
  return owned(freshly(handler));
}

/** For a row of the table that `owned` wraps already. */
export function freshly(handler: OwnerHandler): OwnerHandler {
  return (deps, c, owner) => {
    if (owner.isFresh) return handler(deps, c, owner);
    const query = { return_to: whereFrom(deps, c), account: owner.did };
    return seeOther(hrefWith(SIGN_IN_PATH, query));
  };
}

/**
 * For a row of the table too: what an account can't do that was taken down, as
 * it can't by the methods. Its owner sees everything, takes it along, sees to
 * who gets in, and leaves.
 */
export function standing(handler: OwnerHandler): OwnerHandler {
  return (deps, c, owner) => {
    const { status } = owner;
    if (status !== "takendown" && status !== "suspended") {
      return handler(deps, c, owner);
    }
    throw takenDown({ status: 403 });
  };
}

/** What a page of the account shows around its own content. */
export function ownerShown(
  { contexts, pages, menuOf }: AccountPageDeps,
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
    menu: menuOf(shown.text),
    notice: Object.hasOwn(notices, done) ? notices[done]! : null,
  };
}

/** Counts a page like the method that does the same. @throws XrpcError RateLimitExceeded */
export function takeForOwner(
  { limiter, ipOf }: AccountPageDeps,
  c: Context<EdgeEnv>,
  { caller }: BrowserAccount,
  limit: Limit,
  input: unknown = undefined,
): void {
  const ip = ipOf(c);
  if (limiter === null || limiter.isExempt(ip, c.req.raw.headers)) return;
  limiter.take(limit, { caller, input, network: networkOf(ip) });
}

/** Back to a page of the account, which then says what was done. */
export function doneAt(
  path: string,
  done: string,
  query: Readonly<Record<string, string>> = {},
): Response {
  return seeOther(hrefWith(path, { ...query, done }));
}

/**
 * Where to go on after a sign-in; forms are begun anew. A form that was answered
 * by a page is at the path of its act, where there is nothing to go back to.
 */
function whereFrom({ pageOf }: AccountPageDeps, c: Context<EdgeEnv>): string {
  if (c.req.method === "GET") return placeOf(c.req.url);
  const from = URL.parse(c.req.header("referer") ?? "");
  return ownPath(from && `${pageOf(from.pathname)}${from.search}`);
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
