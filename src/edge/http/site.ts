import type { Hono } from "hono";
import { XrpcError } from "#lib/errors.ts";
import { serveAsset } from "#edge/web/assets.ts";
import { createBrand } from "#edge/web/brand.ts";
import { notFoundPage } from "#edge/web/public/policy.tsx";
import { errorResponse } from "#edge/xrpc/errors.ts";
import { accountPages } from "./account-pages.ts";
import { adminPages } from "./admin-pages.ts";
import type { AppDeps, EdgeEnv } from "./app.ts";
import { applyPages } from "./apply-pages.ts";
import { languageChoice } from "./language-choice.ts";
import { oauthRoutes } from "./oauth.ts";
import { createPages, type PageRouteDeps } from "./pages.ts";
import { publicPages } from "./public-pages.ts";
import { recoveryPages } from "./recovery-pages.ts";
import { createRoutes, type RouteDeps } from "./routes.ts";
import { signUpPages } from "./sign-up-pages.ts";

/** Pages for people, what belongs to them, and sign-in for applications. */
export function createSite(deps: AppDeps & RouteDeps): Hono<EdgeEnv> {
  const site = createRoutes(deps);
  const brand = createBrand(deps.settings);
  const pageDeps: PageRouteDeps = { ...deps, brand };
  const pages = createPages(pageDeps);
  site.get(
    "/assets/*",
    ({ req, notFound }) =>
      serveAsset(req.path) ?? brand.serve(req.path) ?? notFound(),
  );
  oauthRoutes(site, pageDeps, pages);
  accountPages(site, pageDeps, pages);
  applyPages(site, pageDeps, pages);
  adminPages(site, pageDeps, pages);
  signUpPages(site, pageDeps, pages);
  recoveryPages(site, pageDeps, pages);
  languageChoice(site, pageDeps, pages);
  // Last: it takes every name in .well-known that is nobody else's.
  publicPages(site, { ...pageDeps, lexicons: deps.lexicons }, pages);
  site.notFound((c) =>
    wantsPage(c.req.raw)
      ? notFoundPage({ ...pages.shownTo(c), path: c.req.path })
      : errorResponse(new XrpcError("NotFound", "Not found")),
  );
  return site;
}

/** True for somebody at a browser; programs are answered in JSON. */
function wantsPage({ method, headers }: Request): boolean {
  if (method !== "GET") return false;
  return (headers.get("accept") ?? "").startsWith("text/html");
}
