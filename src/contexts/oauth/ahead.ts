import type { OAuthProvider } from "@atproto/oauth-provider/provider";
import type { Clock } from "#lib/clock.ts";

type Client = Awaited<ReturnType<OAuthProvider["clientManager"]["getClient"]>>;
/** How the library reads what an application signed. */
type Verify = (token: string, options?: { currentDate?: Date }) => unknown;

/** As far as a clock is off that nobody has noticed. */
const MOST_AHEAD_MS = 60_000;
/** From then on what an application signed is too old: the library's own minute, and what may be ahead. */
export const SIGNED_LIFE_MS = 60_000 + MOST_AHEAD_MS;

/**
 * Takes what an application signed a moment from now, by our clock: proofs may
 * be that far ahead, and an assertion would be refused for a single second. It
 * is judged as of its own moment then, so that it still has to be unexpired.
 */
export function tolerateAhead(client: Client, clock: Clock): Client {
  const open = client as unknown as { jwtVerify: Verify };
  const verify = open.jwtVerify.bind(client);
  open.jwtVerify = async (token, options) => {
    try {
      return await verify(token, options);
    } catch (error) {
      const issuedAtMs = issuedAtOf(error);
      const aheadMs = (issuedAtMs ?? 0) - clock.nowMs();
      if (issuedAtMs === null || aheadMs <= 0 || aheadMs > MOST_AHEAD_MS) {
        throw error;
      }
      return verify(token, { ...options, currentDate: new Date(issuedAtMs) });
    }
  };
  return client;
}

/** When a token was made that was refused for that alone; null for any other fault. */
function issuedAtOf(error: unknown): number | null {
  const { code, claim, payload } = error as {
    code?: string;
    claim?: string;
    payload?: { iat?: unknown };
  };
  const isIt = code === "ERR_JWT_CLAIM_VALIDATION_FAILED" && claim === "iat";
  return isIt && typeof payload?.iat === "number" ? payload.iat * 1000 : null;
}
