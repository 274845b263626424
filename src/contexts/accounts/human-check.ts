import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "#lib/clock.ts";
import type { FetchedResponse, FetchOptions } from "#lib/safe-fetch.ts";
import { randomId, type Random } from "#contexts/security/random.ts";

/** How a person shows not to be a program. */
export interface HumanCheck {
  /** What the page that asks needs to know. */
  readonly asked: { kind: "hcaptcha"; siteKey: string } | { kind: "puzzle" };
  /** A new puzzle; null where another service has its own. */
  newPuzzle(): Puzzle | null;
  /** True once for each right answer. Never throws. */
  verify(answer: string): Promise<boolean>;
}

/**
 * To be solved: a number whose decimal digits behind `<challenge>:` give a
 * SHA-256 that begins with `bits` zero bits. The answer is both, as hashed.
 */
export interface Puzzle {
  challenge: string;
  bits: number;
  expiresAtMs: number;
}

const LIFE_MS = 10 * 60_000;
/** A quarter of a million hashes on average: a second or two in a browser. */
const BITS = 18;
const LONGEST_ANSWER = 300;
/** Each costs its sender seconds of work, so the bound is far away. */
const MOST_REMEMBERED = 100_000;

/**
 * Puzzles of our own: signed, so that nothing is stored for those who only ask;
 * good for ten minutes and one answer. They end with the process.
 */
export function createPuzzleCheck(deps: {
  key: Uint8Array;
  clock: Clock;
  random: Random;
  /** Zero bits asked for; 18 unless said. */
  bits?: number;
}): HumanCheck {
  const { clock, bits = BITS } = deps;
  /** Answered challenges, by their end; oldest first. */
  const answered = new Map<string, number>();
  const sign = (text: string) =>
    createHmac("sha256", deps.key).update(text).digest("base64url");

  /** When a challenge of ours ends; null for anything else. */
  function endOf(challenge: string): number | null {
    const [version, bitText, endText, id, signature, ...rest] =
      challenge.split(".");
    if (version !== "p1" || signature === undefined || rest.length > 0) {
      return null;
    }
    const expected = Buffer.from(
      sign([version, bitText, endText, id].join(".")),
    );
    const given = Buffer.from(signature);
    const isOurs =
      given.length === expected.length && timingSafeEqual(given, expected);
    return isOurs && Number(bitText) >= bits ? Number(endText) : null;
  }

  function remember(challenge: string, endMs: number): boolean {
    if (answered.has(challenge)) return false;
    for (const [old, oldEndMs] of answered) {
      if (oldEndMs > clock.nowMs() && answered.size < MOST_REMEMBERED) break;
      answered.delete(old);
    }
    answered.set(challenge, endMs);
    return true;
  }

  return {
    asked: { kind: "puzzle" },
    newPuzzle() {
      const expiresAtMs = clock.nowMs() + LIFE_MS;
      const text = `p1.${bits}.${expiresAtMs}.${randomId(deps.random)}`;
      return { challenge: `${text}.${sign(text)}`, bits, expiresAtMs };
    },
    async verify(answer) {
      if (answer.length > LONGEST_ANSWER) return false;
      const [challenge = "", number = ""] = answer.split(":");
      if (!/^\d{1,15}$/.test(number)) return false;
      if (answer !== `${challenge}:${number}`) return false;
      const endMs = endOf(challenge);
      if (endMs === null || endMs <= clock.nowMs()) return false;
      if (zeroBitsOf(answer) < bits) return false;
      return remember(challenge, endMs);
    },
  };
}

/** Zero bits at the beginning of a text's SHA-256. */
export function zeroBitsOf(text: string): number {
  const hash = createHash("sha256").update(text).digest();
  let bits = 0;
  for (const byte of hash) {
    if (byte !== 0) return bits + Math.clz32(byte) - 24;
    bits += 8;
  }
  return bits;
}

/** Tries numbers until one fits; for programs that are no browser. */
export function solvePuzzle({ challenge, bits }: Puzzle): string {
  for (let number = 0; ; number++) {
    const answer = `${challenge}:${number}`;
    if (zeroBitsOf(answer) >= bits) return answer;
  }
}

const HCAPTCHA_URL = "https://api.hcaptcha.com/siteverify";

/** @see https://docs.hcaptcha.com/#verify-the-user-response-server-side */
export function createHcaptchaCheck(deps: {
  siteKey: string;
  secretKey: string;
  fetch(href: string, options: FetchOptions): Promise<FetchedResponse>;
  /** Instead of hCaptcha's own. */
  url?: string;
}): HumanCheck {
  const { siteKey, secretKey, url = HCAPTCHA_URL } = deps;
  return {
    asked: { kind: "hcaptcha", siteKey },
    newPuzzle: () => null,
    async verify(answer) {
      if (answer === "" || answer.length > 10_000) return false;
      const form = new URLSearchParams({
        secret: secretKey,
        response: answer,
        sitekey: siteKey,
      });
      try {
        const { status, body } = await deps.fetch(url, {
          method: "POST",
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: form.toString(),
        });
        const said = JSON.parse(new TextDecoder().decode(body)) as {
          success?: unknown;
        };
        return status === 200 && said.success === true;
      } catch {
        return false;
      }
    },
  };
}
