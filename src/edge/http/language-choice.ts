import type { Hono } from "hono";
import { isLanguage } from "#lib/languages.ts";
import type { EdgeEnv } from "./app.ts";
import { PAGES, takeFor } from "./oauth-limits.ts";
import { type PageRouteDeps, type Pages, seeOther } from "./pages.ts";

/** Keeps the language that somebody chose below a page, and shows the page again. */
export function languageChoice(
  app: Hono<EdgeEnv>,
  deps: PageRouteDeps,
  pages: Pages,
): void {
  const choose = pages.page(async (c) => {
    takeFor(deps, c, PAGES);
    const form = await pages.readOwnForm(c);
    const code = form.get("language") ?? "";
    const back = localPath(c.req.query("return_to"));
    if (!isLanguage(code)) return seeOther(back);
    const owner = pages.findOwner(c);
    if (owner) deps.contexts.owner.letters.suggestLanguage(owner.did, code);
    return seeOther(back, {}, [pages.cookies.language.write(code)]);
  });
  app.post("/language", choose);
}

/** A path of this host; anything that leads elsewhere becomes the first page. */
export function localPath(given: string | undefined): string {
  const url = URL.parse(given ?? "", "http://here");
  if (url?.origin !== "http://here") return "/";
  // Two slashes at the beginning would name another host again.
  // A language that the address names would win over the chosen one.
  if (url.searchParams.has("lang")) url.searchParams.delete("lang");
  return `/${url.pathname.replace(/^\/+/, "")}${url.search}`;
}
