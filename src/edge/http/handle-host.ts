import type { Context } from "hono";
import { isHandle } from "#repo/syntax.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import type { EdgeEnv } from "./app.ts";

/** What proves a handle and a DID; everything else is the business of the server's own name. */
const PROOFS = /^\/\.well-known\/(atproto-did|did\.json|acme-challenge\/.*)$/;

/**
 * Names of handles answer only what proves them: pages and methods are at the
 * server's own name. With `handleHostUrl` people are led on from there, to a
 * profile perhaps.
 * @returns the answer for a request to such a name; null for all that go on.
 */
export function handleHosts(
  settings: Pick<
    EdgeSettings,
    "hostname" | "handleDomains" | "handleHostUrl" | "publicUrl"
  >,
): (c: Context<EdgeEnv>) => Response | Promise<Response> | null {
  const { hostname, handleDomains, handleHostUrl } = settings;
  const own = new Set([hostname, new URL(settings.publicUrl).host]);
  return (c) => {
    const host = c.req.header("host") ?? "";
    if (own.has(host)) return null;
    // A dot at the end is the same name in full.
    const name = host.replace(/\.?(:\d{1,5})?$/, "").toLowerCase();
    const isHandleHost =
      !own.has(name) &&
      handleDomains.some((domain) => name.endsWith(domain)) &&
      isHandle(name);
    if (!isHandleHost || PROOFS.test(c.req.path)) return null;
    if (handleHostUrl === null || c.req.path !== "/") return c.notFound();
    return c.redirect(handleHostUrl.replaceAll("{handle}", name), 302);
  };
}
