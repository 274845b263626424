import type { Context, Hono } from "hono";
import type { Lexicons } from "#contexts/lexicons/lexicons.ts";
import { type ApiView, apiIndex, apiMethod } from "#edge/web/public/api.tsx";
import { type Door, homePage, homeText } from "#edge/web/public/home.tsx";
import { openApiOf } from "#edge/web/public/openapi.ts";
import type { PublicShown } from "#edge/web/public/room.tsx";
import { policyPage } from "#edge/web/public/policy.tsx";
import { statsPage } from "#edge/web/public/stats.tsx";
import { statusPage } from "#edge/web/public/status.tsx";
import { METHODS, SUBSCRIPTIONS } from "#edge/xrpc/registry.ts";
import type { EdgeEnv } from "./app.ts";
import { PUBLIC_PAGES, takeFor } from "./oauth-limits.ts";
import type { PageRouteDeps, Pages } from "./pages.ts";
import { wholeResponse } from "./whole-body.ts";

export interface PublicPageDeps extends PageRouteDeps {
  lexicons: Lexicons;
}

/** What changes by the minute may be kept that long by whoever stands between. */
const JSON_TYPE = { "Content-Type": "application/json" };
const FRESH = { "Cache-Control": "public, max-age=60" };

/** The pages that everybody may see. */
export function publicPages(
  app: Hono<EdgeEnv>,
  deps: PublicPageDeps,
  pages: Pages,
): void {
  const { contexts, settings, lexicons } = deps;
  const { statistics, relays, site } = contexts;
  const { publicUrl, serviceName } = settings;
  const api: ApiView = {
    ...{ publicUrl, lexicons, methods: METHODS },
    streams: Object.keys(SUBSCRIPTIONS),
  };
  let openApi: string | null = null;

  const shownTo = (c: Context<EdgeEnv>): PublicShown => ({
    ...pages.shownTo(c),
    path: c.req.path,
  });
  const page = (
    show: (
      shown: PublicShown,
      c: Context<EdgeEnv>,
    ) => Response | null | Promise<Response | null>,
  ) =>
    pages.page(async (c) => {
      takeFor(deps, c, PUBLIC_PAGES);
      return (await show(shownTo(c), c)) ?? c.notFound();
    });

  app.get(
    "/",
    page((shown, c) => {
      const view = {
        settings,
        door: doorOf(deps),
        statistics: statistics.read(),
        words: site.findPage("home"),
      };
      return wantsText(c) ? c.text(homeText(view)) : homePage(shown, view);
    }),
  );
  app.get(
    "/stats",
    page((shown) => statsPage(shown, statistics.read())),
  );
  app.get(
    "/status",
    page((shown) => statusPage(shown, statistics.read(), relays.list())),
  );
  for (const name of ["privacy", "terms"] as const) {
    app.get(
      `/${name}`,
      page((shown) => {
        const html = site.findPage(name);
        return html === null ? null : policyPage(shown, name, html);
      }),
    );
  }
  app.get("/.well-known/security.txt", (c) => {
    const own = site.findFile("security.txt");
    const text = own === null ? securityTxt(deps) : own;
    return text === null ? c.notFound() : textFile(text);
  });
  app.get("/.well-known/:name", (c) => {
    const file = site.findFile(c.req.param("name"));
    return file === null ? c.notFound() : textFile(file);
  });
  app.get(
    "/docs",
    page(async (shown, c) => {
      const { manualIndex } = await import("#edge/web/public/docs.tsx");
      return manualIndex(shown, (c.req.query("q") ?? "").slice(0, 100));
    }),
  );
  app.get(
    "/docs/:slug{.+}",
    page(async (shown, c) => {
      const { manualPage } = await import("#edge/web/public/docs.tsx");
      const { findManualPage } = await import("#edge/web/public/manual.ts");
      const found = findManualPage(c.req.param("slug") ?? "");
      return found && manualPage(shown, found);
    }),
  );
  app.get(
    "/changelog",
    page(async (shown) => {
      const { changelog } = await import("#edge/web/public/docs.tsx");
      return changelog(shown);
    }),
  );
  app.get(
    "/api",
    page((shown) => apiIndex(shown, api)),
  );
  app.get("/api/openapi.json", () => {
    openApi ??= JSON.stringify(openApiOf({ ...api, lexicons, serviceName }));
    return wholeResponse(openApi, { headers: { ...FRESH, ...JSON_TYPE } });
  });
  app.get(
    "/api/:nsid",
    page((shown, c) => apiMethod(shown, api, c.req.param("nsid") ?? "")),
  );
}

function doorOf({ contexts }: PublicPageDeps): Door {
  return contexts.registration.view().policy;
}

/**
 * Whom to tell of a weakness; good for a year from the day it is asked for.
 * @see https://www.rfc-editor.org/rfc/rfc9116
 */
function securityTxt({ settings, clock }: PublicPageDeps): string | null {
  const { contactEmail, publicUrl } = settings;
  if (contactEmail === null) return null;
  const expires = new Date(clock.nowMs() + 365 * 24 * 3_600_000).toISOString();
  return [
    `Contact: mailto:${contactEmail}`,
    `Expires: ${expires.slice(0, 10)}T00:00:00.000Z`,
    `Canonical: ${publicUrl}/.well-known/security.txt`,
    "",
  ].join("\n");
}

/** Operators' files are text or JSON, and never run. */
function textFile(body: Uint8Array | string): Response {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  const isJson = /^\s*[[{]/.test(text);
  return new Response(text, {
    headers: {
      "Content-Type": isJson ? "application/json" : "text/plain; charset=utf-8",
      "X-Content-Type-Options": "nosniff",
      ...FRESH,
    },
  });
}

/** True for who asks for text alone; browsers ask for HTML first. */
function wantsText(c: Context<EdgeEnv>): boolean {
  const accepted = c.req.header("accept") ?? "";
  return accepted.startsWith("text/plain");
}
