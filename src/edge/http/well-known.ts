import type { Context } from "hono";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import { isHandle, normalizeHandle } from "#repo/syntax.ts";
import type { AccountStatus, Contexts } from "#edge/contexts.ts";
import type { EdgeSettings } from "#edge/settings.ts";
import { errorResponse } from "#edge/xrpc/errors.ts";

type Deps = {
  contexts: Pick<Contexts, "accounts" | "identity">;
  settings: Pick<EdgeSettings, "hostname" | "handleDomains">;
};

/** States of an account in which its handle goes on leading to it. */
const RESOLVING = new Set<AccountStatus>(["active", "deactivated"]);

/**
 * Proves the handle that the request's host name is.
 * @see https://atproto.com/specs/handle#handle-resolution
 */
export function atprotoDid({ contexts }: Deps, c: Context): Response {
  const host = hostOf(c);
  const account = isHandle(host)
    ? contexts.accounts.findByHandle(normalizeHandle(host))
    : null;
  if (account === null || !RESOLVING.has(account.status)) {
    return c.text("User not found", 404);
  }
  return c.text(account.did);
}

/** @see https://w3c-ccg.github.io/did-method-web/#read-resolve */
export async function didJson({ contexts }: Deps, c: Context) {
  const document = await contexts.identity.didDocumentForHost(hostOf(c));
  if (document !== null) return c.json(document);
  return errorResponse(new XrpcError("NotFound", "No DID document here"));
}

/**
 * Tells a proxy whether to get a certificate for a name: the host's own, and
 * those of handles that lead to an account, which is proved by HTTPS.
 */
export function tlsCheck({ contexts, settings }: Deps, c: Context): Response {
  const domain = c.req.query("domain")?.toLowerCase() ?? "";
  if (domain === settings.hostname) return c.json({ success: true });
  const isOurs = settings.handleDomains.some((end) => domain.endsWith(end));
  if (!isOurs || !isHandle(domain)) {
    return errorResponse(
      invalidRequest("handles are not provided on this domain"),
    );
  }
  const account = contexts.accounts.findByHandle(normalizeHandle(domain));
  const isResolving = account !== null && RESOLVING.has(account.status);
  if (isResolving) return c.json({ success: true });
  return errorResponse(
    new XrpcError("NotFound", "handle not found for this domain"),
  );
}

function hostOf(c: Context): string {
  const host = c.req.header("host") ?? "";
  return host.replace(/:\d{1,5}$/, "").toLowerCase();
}
