import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "#lib/clock.ts";
import type { Random } from "#contexts/security/random.ts";

/** What a challenge is good for: one answer, from one browser. */
export interface ChallengeUse {
  purpose: "register" | "sign-in" | "recovery-key";
  deviceId: string;
  /** The account, where it is known by then; empty otherwise. */
  did: string;
}

/**
 * Questions that somebody must sign. They carry their own end and our mark on
 * it, so nothing is kept for those that nobody answers, and no flood of pages
 * pushes out anybody's; answered ones are remembered until that end.
 */
export interface Challenges {
  /** base64url. */
  make(use: ChallengeUse): string;
  /** True once, for the browser that it was made for, within its life. */
  use(challenge: string, use: ChallengeUse): boolean;
}

/** A page may stand open for a while before somebody finds their phone. */
const LIFE_MS: Record<ChallengeUse["purpose"], number> = {
  register: 5 * 60_000,
  "sign-in": 5 * 60_000,
  // Signed by hand, with a program that has to be found first.
  "recovery-key": 15 * 60_000,
};
const RANDOM_SIZE_BYTES = 16;
const TIME_SIZE_BYTES = 6;
const BODY_SIZE_BYTES = RANDOM_SIZE_BYTES + TIME_SIZE_BYTES;
const MARK_SIZE_BYTES = 16;

export function createChallenges({
  clock,
  random,
}: {
  clock: Clock;
  random: Random;
}): Challenges {
  // Questions die with the process, as what was answered is forgotten then.
  const key = random(32);
  const usedUntilMs = new Map<string, number>();

  function markOf(body: Uint8Array, use: ChallengeUse): Buffer {
    const { purpose, deviceId, did } = use;
    return createHmac("sha256", key)
      .update(JSON.stringify([purpose, deviceId, did]))
      .update(body)
      .digest()
      .subarray(0, MARK_SIZE_BYTES);
  }

  function remember(challenge: string, untilMs: number): void {
    const nowMs = clock.nowMs();
    for (const [oldest, endsAtMs] of usedUntilMs) {
      if (endsAtMs > nowMs) break;
      usedUntilMs.delete(oldest);
    }
    usedUntilMs.set(challenge, untilMs);
  }

  return {
    make(use) {
      const body = Buffer.alloc(BODY_SIZE_BYTES);
      body.set(random(RANDOM_SIZE_BYTES));
      const endsAtMs = clock.nowMs() + LIFE_MS[use.purpose];
      body.writeUIntBE(endsAtMs, RANDOM_SIZE_BYTES, TIME_SIZE_BYTES);
      return Buffer.concat([body, markOf(body, use)]).toString("base64url");
    },
    use(challenge, use) {
      const bytes = Buffer.from(challenge, "base64url");
      if (bytes.length !== BODY_SIZE_BYTES + MARK_SIZE_BYTES) return false;
      const body = bytes.subarray(0, BODY_SIZE_BYTES);
      const mark = bytes.subarray(BODY_SIZE_BYTES);
      if (!timingSafeEqual(mark, markOf(body, use))) return false;
      const endsAtMs = body.readUIntBE(RANDOM_SIZE_BYTES, TIME_SIZE_BYTES);
      // The bytes, because one challenge can be written in several ways.
      const name = bytes.toString("base64url");
      if (endsAtMs <= clock.nowMs() || usedUntilMs.has(name)) return false;
      remember(name, endsAtMs);
      return true;
    },
  };
}
