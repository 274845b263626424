import type { Context } from "hono";
import type { Contexts } from "#edge/contexts.ts";
import { VERSION } from "#lib/version.ts";

/** 503 while a database does not answer, so that whoever watches is told. */
export function health(
  { contexts }: { contexts: Pick<Contexts, "statistics"> },
  c: Context,
): Response {
  const { status } = contexts.statistics.read();
  if (status !== "unhealthy") return c.json({ version: VERSION });
  const error = "ServiceUnavailable";
  return c.json({ version: VERSION, error, message: status }, 503);
}

/** Search engines may look at everything that is public: it is one page and an API. */
export function robots(c: Context): Response {
  return c.text("User-agent: *\nAllow: /\n");
}
