import { createHash, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { networkOf } from "#lib/ip-address.ts";
import type { Did } from "#repo/syntax.ts";
import type { Origin } from "./caller.ts";
import { createHashQueue } from "./hash-queue.ts";
import { systemRandom, type Random } from "./random.ts";

export interface Argon2Cost {
  memoryKib: number;
  iterations: number;
}

export interface PasswordCheck {
  isCorrect: boolean;
  /** True when a correct password should be hashed again, with today's cost. */
  isOutdated: boolean;
}

/** Hashing of passwords, off the main thread and a few at a time. */
export interface Passwords {
  /**
   * @returns argon2id in PHC string format.
   * @throws XrpcError ServiceUnavailable when too many computations wait.
   */
  hash(password: string): Promise<string>;
  /**
   * Compares with a stored hash: argon2id, or the scrypt form of accounts that
   * were taken over from the reference server. A no costs the same argon2id
   * computation for every account, and for null, one that isn't there: how long
   * it takes must not tell which accounts there are, or came from elsewhere.
   * @throws XrpcError ServiceUnavailable when too many computations wait.
   */
  verify(password: string, hash: string | null): Promise<PasswordCheck>;
  /** The same for a stranger, whose computations wait in the line of their address. */
  for(from: Pick<Origin, "ip"> | null | undefined): Passwords;
}

/** Longer ones are refused before any work is done. */
export const LONGEST_PASSWORD_CHARS = 512;

// OWASP Password Storage Cheat Sheet, argon2id.
const DEFAULT_COST: Argon2Cost = { memoryKib: 19_456, iterations: 2 };
const SCRYPT_FORM = /^([0-9a-f]{32}):([0-9a-f]{128})$/;
const SCRYPT_KEY_SIZE_BYTES = 64;

/** The computations that take long. */
export interface Hashing {
  argon2id(password: string, cost: Argon2Cost): Promise<string>;
  isArgon2id(password: string, hash: string): Promise<boolean>;
  scrypt(password: string, salt: string, sizeBytes: number): Promise<Buffer>;
}

const HASHING: Hashing = {
  argon2id: (password, { memoryKib, iterations }) =>
    Bun.password.hash(password, {
      algorithm: "argon2id",
      memoryCost: memoryKib,
      timeCost: iterations,
    }),
  isArgon2id: (password, hash) => Bun.password.verify(password, hash),
  scrypt: promisify<string, string, number, Buffer>(scrypt),
};

export function createPasswords({
  cost = DEFAULT_COST,
  random = systemRandom,
  slots = 2,
  maxWaiting = 200,
  hashing = HASHING,
}: {
  cost?: Argon2Cost;
  random?: Random;
  slots?: number;
  maxWaiting?: number;
  hashing?: Hashing;
} = {}): Passwords {
  const queue = createHashQueue({ slots, maxWaiting });
  const parameters = `$argon2id$v=19$m=${cost.memoryKib},t=${cost.iterations},p=1$`;
  const randomPart = () =>
    Buffer.from(random(32)).toString("base64").replace("=", "");
  // Nobody knows a password for it; checking one costs what a real check costs.
  const dummy = `${parameters}${randomPart()}$${randomPart()}`;

  async function matches(password: string, hash: string): Promise<boolean> {
    const imported = SCRYPT_FORM.exec(hash);
    if (imported === null) return hashing.isArgon2id(password, hash);
    const [, salt, expected] = imported as unknown as [string, string, string];
    // The reference server salts with the hexadecimal text, not with its bytes.
    const key = await hashing.scrypt(password, salt, SCRYPT_KEY_SIZE_BYTES);
    return timingSafeEqual(key, Buffer.from(expected, "hex"));
  }

  const isCurrent = (hash: string) => hash.startsWith(parameters);

  /** What is right is hashed anew where it is outdated, which costs as much. */
  async function compare(password: string, hash: string): Promise<boolean> {
    const isMatch = await matches(password, hash);
    if (!isMatch && !isCurrent(hash)) await hashing.isArgon2id(password, dummy);
    return isMatch;
  }

  const inLine = (line: string): Passwords => ({
    hash: (password) => queue.run(() => hashing.argon2id(password, cost), line),
    async verify(password, hash) {
      if (password.length > LONGEST_PASSWORD_CHARS) return NO;
      const compareNow = () => compare(password, hash ?? dummy);
      const isMatch = await queue.run(compareNow, line);
      if (!isMatch || hash === null) return NO;
      return { isCorrect: true, isOutdated: !isCurrent(hash) };
    },
    for: (from) => inLine(networkOf(from?.ip ?? "")),
  });
  return inLine("");
}

const NO: PasswordCheck = { isCorrect: false, isOutdated: false };

/**
 * The stored form of an app password. These are 80 random bits, which nobody
 * guesses however fast the hash is.
 */
export function hashAppPassword(did: Did, password: string): string {
  const digest = createHash("sha256").update(`${did}\0${password}`);
  return `sha256:${digest.digest("base64url")}`;
}
