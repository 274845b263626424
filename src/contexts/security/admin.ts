import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Passwords } from "./passwords.ts";

/** How somebody proves to be the operator. */
export type AdminProof =
  | { kind: "password"; user: string; password: string }
  /** For programs: as the operator has it, of which the server knows a slow hash. */
  | { kind: "token"; token: string };

/**
 * Tells whether a proof is the operator's, in a time that tells nothing. Wrong
 * ones are counted by address, and where there were too many, right ones are
 * not looked at either: else the answers would still tell them apart.
 */
export interface AdminCheck {
  /** @throws XrpcError RateLimitExceeded after too many wrong proofs from there. */
  isAdmin(proof: AdminProof, network: string): Promise<boolean>;
  /** Whether there is a token at all; without one a bearer token means something else. */
  readonly takesTokens: boolean;
  readonly takesPasswords: boolean;
}

export interface AdminCheckDeps {
  /** null or empty: nobody is the operator by password. */
  adminPassword: string | null;
  /** argon2 in PHC string format; null: nobody is by token. */
  adminTokenHash: string | null;
  passwords: Pick<Passwords, "verify">;
  /** Wrong proofs that an address has in five minutes; null: as many as it wants. */
  mostFailures: number | null;
  clock: Clock;
}

const WINDOW_MS = 5 * 60_000;
const MOST_NETWORKS = 10_000;

export function createAdminCheck(deps: AdminCheckDeps): AdminCheck {
  const expected = deps.adminPassword ? sha256(deps.adminPassword) : null;
  const failures = createFailures(deps);
  /** The token that was right before: its slow hash need not be made at each call. */
  let known: Buffer | null = null;

  function isPassword(user: string, password: string): boolean {
    const isSame = timingSafeEqual(sha256(password), expected ?? sha256(""));
    return expected !== null && isSame && user === "admin";
  }

  async function isToken(token: string): Promise<boolean> {
    const hash = deps.adminTokenHash;
    if (hash === null) return false;
    const digest = sha256(token);
    if (known !== null && timingSafeEqual(known, digest)) return true;
    const { isCorrect } = await deps.passwords.verify(token, hash);
    if (isCorrect) known = digest;
    return isCorrect;
  }

  return {
    takesTokens: deps.adminTokenHash !== null,
    takesPasswords: expected !== null,
    async isAdmin(proof, network) {
      failures.check(network);
      const isRight =
        proof.kind === "password"
          ? isPassword(proof.user, proof.password)
          : await isToken(proof.token);
      if (!isRight) failures.count(network);
      return isRight;
    },
  };
}

function createFailures({ mostFailures, clock }: AdminCheckDeps) {
  const kept = new Map<string, { count: number; endsAtMs: number }>();
  const find = (network: string) => {
    const found = kept.get(network);
    return found !== undefined && found.endsAtMs > clock.nowMs() ? found : null;
  };
  return {
    /** @throws XrpcError RateLimitExceeded */
    check(network: string): void {
      const found = find(network);
      if (mostFailures === null || found === null) return;
      if (found.count < mostFailures) return;
      const waitMs = found.endsAtMs - clock.nowMs();
      throw new XrpcError("RateLimitExceeded", "Too many wrong passwords", {
        retryAfterSec: Math.ceil(waitMs / 1000),
      });
    },
    count(network: string): void {
      const found = find(network);
      if (found !== null) {
        found.count++;
        return;
      }
      // All live equally long, so the first in the map is the first to go.
      kept.delete(network);
      if (kept.size >= MOST_NETWORKS) kept.delete(kept.keys().next().value!);
      kept.set(network, { count: 1, endsAtMs: clock.nowMs() + WINDOW_MS });
    },
  };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
