import type { Context } from "hono";
import type { Caller } from "#contexts/security/caller.ts";
import { networkOf } from "#lib/ip-address.ts";
import type { Limit, LimitSubject } from "#edge/xrpc/limits.ts";
import type { EdgeEnv } from "./app.ts";
import type { PageRouteDeps } from "./pages.ts";

/** How often the doors of sign-in may be tried, each address by itself. */

const MINUTE = 60;
const byAddress = ({ network }: LimitSubject) => network;
const perMinute = (name: string, points: number): Limit => ({
  name,
  windows: [{ points, windowSec: MINUTE }],
  keyOf: byAddress,
});

export const REQUESTS = perMinute("oauth-requests", 30);
export const TOKENS = perMinute("oauth-tokens", 300);
/** Pages that cost little and say the same to everybody. */
export const PUBLIC_PAGES = perMinute("public-pages", 300);
/** A service asks at each call that it gets; a guesser of tokens gets nowhere. */
export const INTROSPECTIONS = perMinute("oauth-introspections", 1200);
export const PAGES = perMinute("oauth-pages", 60);
/** Beside the limit for a name, which createSession shares. */
export const PASSWORDS = perMinute("oauth-passwords", 10);

/** Each may make an account. */
export const SIGN_UPS = perMinute("page-sign-ups", 10);
/** Each may guess at a code that was mailed. */
export const CODES = perMinute("page-codes", 10);

/** @throws XrpcError RateLimitExceeded */
export function takeFor(
  { limiter, ipOf }: Pick<PageRouteDeps, "limiter" | "ipOf">,
  c: Context<EdgeEnv>,
  limit: Limit,
  given: { input?: unknown; caller?: Caller } = {},
): void {
  const ip = ipOf(c);
  if (limiter === null || limiter.isExempt(ip, c.req.raw.headers)) return;
  const { input, caller = { kind: "anonymous" } } = given;
  limiter.take(limit, { caller, input, network: networkOf(ip) });
}
