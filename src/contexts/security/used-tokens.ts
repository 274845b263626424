import type { Clock } from "#lib/clock.ts";
import type { ServiceClaims } from "./service-auth.ts";

/** Remembers which tokens of other services were used, as long as they would be valid. */
export interface UsedTokens {
  isUsed(claims: ServiceClaims): boolean;
  add(claims: ServiceClaims): void;
}

/** Beyond it the oldest are forgotten: memory is bounded, whoever calls. */
const MOST_TOKENS = 100_000;

export function createUsedTokens(
  clock: Clock,
  mostTokens = MOST_TOKENS,
): UsedTokens {
  const expSecByToken = new Map<string, number>();

  function forgetOld(): void {
    const nowSec = clock.nowMs() / 1000;
    // Oldest first. Lives differ, so the front may hide some that are over.
    for (const [key, expSec] of expSecByToken) {
      if (expSec > nowSec && expSecByToken.size < mostTokens) return;
      expSecByToken.delete(key);
    }
  }

  return {
    isUsed(claims) {
      const key = keyOf(claims);
      return key !== null && expSecByToken.has(key);
    },
    add(claims) {
      const key = keyOf(claims);
      if (key === null) return;
      forgetOld();
      expSecByToken.set(key, claims.expSec);
    },
  };
}

/** A token without an id can't be told from another. */
function keyOf({ iss, jti }: ServiceClaims): string | null {
  return jti === null ? null : `${iss}\0${jti}`;
}
