import type { Auth } from "./auth.ts";
import type { Method } from "./method.ts";

/** Who may call a method, in a few words. */
export function describeAuth(auth: Auth): string {
  switch (auth.kind) {
    case "none":
      return "anybody";
    case "optional":
      return "anybody; more for the account and the administrator";
    case "refresh":
      return "holder of a refresh token";
    case "service-optional":
      return "anybody; another host's account with its token";
    case "admin":
      return "administrator";
    case "moderator":
      return "administrator, moderation service";
    case "session": {
      const { scopes, refused } = auth.session;
      const words = [
        scopes.has("appPass") ? "account" : "account, main password",
      ];
      if (scopes.has("takendown")) words.push("taken down too");
      if (refused.has("takendown")) words.push("not when taken down");
      if (refused.has("deactivated")) words.push("not when deactivated");
      if (auth.service) words.push("or its service token");
      return words.join(", ");
    }
  }
}

/** How often a method may be called beside the limit for all; empty when it has none of its own. */
export function describeLimit({ limit }: Method): string {
  if (!limit) return "";
  const words = limit.windows.map(
    ({ points, windowSec }) => `${points} points in ${duration(windowSec)}`,
  );
  if (limit.standsAlone) words.push("stands alone");
  return words.join(", ");
}

function duration(seconds: number): string {
  const hours = seconds / 3600;
  return hours >= 1 ? `${hours} h` : `${seconds / 60} min`;
}
