import type { Context } from "hono";
import type {
  BrowserAccount,
  BrowserSignIn,
} from "#contexts/oauth/browsers.ts";
import type { Device, Visitor } from "#contexts/oauth/devices.ts";
import type { Caller } from "#contexts/security/caller.ts";
import { OAuthRefusal } from "#contexts/oauth/refusal.ts";
import { XrpcError } from "#lib/errors.ts";
import { assetSources } from "#edge/web/assets.ts";
import type { Brand } from "#edge/web/brand.ts";
import { errorPage } from "#edge/web/notice.tsx";
import type { Shown } from "#edge/web/sign-in.tsx";
import { textFor } from "#edge/web/text/catalogue.ts";
import { mediaTypeOf } from "#edge/xrpc/body.ts";
import type { AppDeps, EdgeEnv } from "./app.ts";
import { isOwnForm } from "./browser-check.ts";
import { readForm, readJsonForm } from "./form-body.ts";
import { faultOf } from "./page-faults.ts";
import { placeOf } from "./request-url.ts";
import {
  createPageCookie,
  LONGEST_SEC,
  type PageCookie,
} from "./page-cookie.ts";

/** What pages need beside the server's own. */
export interface PageRouteDeps extends AppDeps {
  brand: Brand;
  ipOf(c: Context<EdgeEnv>): string;
}

export interface PageCookies {
  /** By which a browser is known for good. */
  device: PageCookie;
  /** By which it is known until it is closed. */
  visit: PageCookie;
  /** Code of the language that somebody chose. */
  language: PageCookie;
  /** DID of the account that its pages show, of those that are signed in. */
  account: PageCookie;
}

/** What every page does alike: who asks, in which language, and what is told when it fails. */
export interface Pages {
  readonly origin: string;
  readonly cookies: PageCookies;
  visitorOf(c: Context<EdgeEnv>): Visitor;
  /**
   * @param device sets its cookie when it is new
   * @param languages that an application wants, separated by spaces; what somebody chose here counts more
   */
  shownTo(
    c: Context<EdgeEnv>,
    device?: Device | null,
    languages?: string | null,
  ): Shown;
  /** Somebody who is not signed in, with where they come from. */
  strangerOf(c: Context<EdgeEnv>): Caller;
  /** The account that was chosen last, of those that are signed in. */
  findOwner(c: Context<EdgeEnv>): BrowserAccount | null;
  /** Values of Set-Cookie for somebody who has just come in. */
  cookiesOf(entered: BrowserSignIn): string[];
  /**
   * The fields of a form of our own pages.
   * @param maxBytes of the whole form; 64 KB unless said
   * @throws OAuthRefusal cross_site when another site sent it.
   * @throws XrpcError PayloadTooLarge, UnsupportedMediaType
   */
  readOwnForm(c: Context<EdgeEnv>, maxBytes?: number): Promise<URLSearchParams>;
  /** For a form that is read in another way. @throws OAuthRefusal cross_site */
  assertOwnForm(c: Context<EdgeEnv>): void;
  /** The page that says why there is none. Logs what is our own fault. */
  toErrorPage(c: Context<EdgeEnv>, error: unknown): Response;
  /**
   * Answers every fault of the handler with a page. A form of another site gets
   * no further, whatever the handler does with it.
   */
  page(
    handler: (c: Context<EdgeEnv>) => Response | Promise<Response>,
  ): (c: Context<EdgeEnv>) => Promise<Response>;
}

export function createPages({
  contexts,
  settings,
  brand,
  ipOf,
  log,
}: PageRouteDeps): Pages {
  const { publicUrl } = settings;
  const { origin } = new URL(publicUrl);
  const cookies: PageCookies = {
    device: createPageCookie(publicUrl, "device", LONGEST_SEC),
    visit: createPageCookie(publicUrl, "visit", null),
    language: createPageCookie(publicUrl, "language", LONGEST_SEC),
    account: createPageCookie(publicUrl, "account", LONGEST_SEC),
  };

  const shownTo: Pages["shownTo"] = (c, device = null, languages = null) => ({
    text: textFor(
      [languages?.replaceAll(" ", ","), c.req.header("accept-language")]
        .filter(Boolean)
        .join(","),
      c.req.query("lang") ?? cookies.language.read(c.req.raw.headers),
      settings.language,
    ),
    frame: {
      brand,
      termsUrl: settings.termsOfServiceUrl,
      privacyUrl: settings.privacyPolicyUrl,
      supportUrl: settings.supportUrl,
      contactEmail: settings.contactEmail,
      here: hereOf(c),
    },
    // Not taken out once: the operator may change it.
    serviceName: settings.serviceName,
    assetSources: assetSources(origin, c.req.header("host") ?? null),
    headers: {
      ...(device?.newCookie && {
        "Set-Cookie": cookies.device.write(device.newCookie),
      }),
      ...(origin.startsWith("https:") && {
        "Strict-Transport-Security": "max-age=63072000",
      }),
    },
  });

  const assertOwnForm: Pages["assertOwnForm"] = (c) => {
    if (isOwnForm(c.req.raw, origin)) return;
    throw new OAuthRefusal("cross_site", "", { status: 403 });
  };

  const toErrorPage: Pages["toErrorPage"] = (c, error) => {
    const shown = shownTo(c);
    const words = shown.text.error;
    const requestId = c.get("requestId");
    const fault = faultOf(shown.text, error);
    if (fault !== null) {
      const more = error instanceof XrpcError ? error.headers : {};
      const headers = { ...shown.headers, ...more };
      return errorPage({ ...shown, headers }, { ...fault, requestId });
    }
    log.error("request failed", {
      nsid: c.req.path,
      requestId,
      reason: error,
    });
    const status = error instanceof XrpcError ? error.status : 500;
    const { server: sentence, serverNext: next } = words;
    return errorPage(shown, { status, sentence, next, requestId });
  };

  const visitorOf: Pages["visitorOf"] = (c) => {
    const { headers } = c.req.raw;
    return {
      cookie: cookies.device.read(headers),
      visit: cookies.visit.read(headers),
      ipAddress: ipOf(c),
      userAgent: headers.get("user-agent")?.slice(0, 500) ?? null,
    };
  };

  return {
    origin,
    cookies,
    shownTo,
    toErrorPage,
    visitorOf,
    strangerOf(c) {
      const { ipAddress: ip, userAgent } = visitorOf(c);
      return {
        kind: "anonymous",
        from: { ip, userAgent },
      };
    },
    findOwner(c) {
      const accounts = contexts.oauth.browsers.list(visitorOf(c));
      const chosen = cookies.account.read(c.req.raw.headers);
      return accounts.find(({ did }) => did === chosen) ?? accounts[0] ?? null;
    },
    cookiesOf(entered) {
      if ("fault" in entered) return [];
      const { device, visit, did } = entered;
      const { newCookie } = device;
      return [
        ...(newCookie === null ? [] : [cookies.device.write(newCookie)]),
        ...(visit === null ? [] : [cookies.visit.write(visit)]),
        cookies.account.write(did),
      ];
    },
    assertOwnForm,
    async readOwnForm(c, maxBytes) {
      assertOwnForm(c);
      if (isJson(c)) return readJsonForm(c.req.raw);
      return readForm(c.req.raw, maxBytes);
    },
    page: (handler) => async (c) => {
      try {
        if (c.req.method === "POST") assertOwnForm(c);
        return await handler(c);
      } catch (error) {
        return toErrorPage(c, error);
      }
    },
  };
}

/** @see RFC 9700 §4.12: 303 turns a form into a plain request. */
export function seeOther(
  location: string,
  headers: Record<string, string> = {},
  cookies: readonly string[] = [],
): Response {
  const response = new Response(null, {
    status: 303,
    headers: {
      Location: location,
      "Cache-Control": "no-store",
      "Referrer-Policy": "same-origin",
      ...headers,
    },
  });
  for (const cookie of cookies) response.headers.append("Set-Cookie", cookie);
  return response;
}

/** Where the page is that is shown; null after a form, which would have to be sent again. */
function hereOf(c: Context<EdgeEnv>): string | null {
  return c.req.method === "GET" ? placeOf(c.req.url) : null;
}

/** From a script of our pages; which site it is on was looked at before. */
export function isJson(c: Context<EdgeEnv>): boolean {
  return mediaTypeOf(c.req.raw.headers) === "application/json";
}
