import type { Context } from "hono";
import { VERSION } from "#lib/version.ts";

export function health(c: Context): Response {
  return c.json({ version: VERSION });
}

/** Search engines may look at everything that is public: it is one page and an API. */
export function robots(c: Context): Response {
  return c.text("User-agent: *\nAllow: /\n");
}
