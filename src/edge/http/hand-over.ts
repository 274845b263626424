import type { Clock } from "#lib/clock.ts";
import type { ClientRedirect } from "#contexts/oauth/view.ts";

/**
 * Answers on their way from a form to the application. A browser goes there by
 * way of one more page of this server, because some follow a redirect out of
 * the site only from a plain request. The page leads nowhere else, and once.
 */
export interface HandOver {
  /** @param cookie of the browser that may have it */
  keep(redirect: ClientRedirect, cookie: string): string;
  take(id: string, cookie: string): ClientRedirect | null;
}

const KEPT_MS = 60_000;
const MOST = 10_000;

export function createHandOver({
  clock,
  newId,
}: {
  clock: Clock;
  newId: () => string;
}): HandOver {
  const kept = new Map<
    string,
    { redirect: ClientRedirect; cookie: string; expiresAtMs: number }
  >();
  return {
    keep(redirect, cookie) {
      const nowMs = clock.nowMs();
      for (const [id, { expiresAtMs }] of kept) {
        if (expiresAtMs > nowMs && kept.size < MOST) break;
        kept.delete(id);
      }
      const id = newId();
      kept.set(id, { redirect, cookie, expiresAtMs: nowMs + KEPT_MS });
      return id;
    },
    take(id, cookie) {
      const found = kept.get(id);
      if (found?.cookie !== cookie) return null;
      kept.delete(id);
      return found.expiresAtMs > clock.nowMs() ? found.redirect : null;
    },
  };
}
