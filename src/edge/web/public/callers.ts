import type { Auth } from "#edge/xrpc/auth.ts";
import type { Method } from "#edge/xrpc/method.ts";
import type { Text } from "#edge/web/text/catalogue.ts";

/** Who may call a method, in a few words. */
export function describeAuth({ named }: Text, auth: Auth): string {
  const { callers } = named;
  if (auth.kind !== "session") return callers[auth.kind];
  const { scopes, refused } = auth.session;
  return [
    scopes.has("appPass") ? callers.account : callers.mainPassword,
    scopes.has("takendown") && callers.takenDownToo,
    refused.has("takendown") && callers.notTakenDown,
    refused.has("deactivated") && callers.notDeactivated,
    auth.service && callers.service,
  ]
    .filter(Boolean)
    .join(", ");
}

/** How often a method may be called beside the limit for all; empty when it has none of its own. */
export function describeLimit({ named }: Text, { limit }: Method): string {
  if (!limit) return "";
  const { points, standsAlone } = named.limits;
  return [
    ...limit.windows.map((one) => points(one.points, duration(one.windowSec))),
    ...(limit.standsAlone ? [standsAlone] : []),
  ].join(", ");
}

function duration(seconds: number): string {
  const hours = seconds / 3600;
  return hours >= 1 ? `${hours} h` : `${seconds / 60} min`;
}
