import { randomBytes } from "node:crypto";

/** Unpredictable bytes, as a dependency. */
export type Random = (sizeBytes: number) => Uint8Array;

export const systemRandom: Random = (sizeBytes) =>
  new Uint8Array(randomBytes(sizeBytes));

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567"; // RFC 4648 §6, lower case

/** Text to be typed by people: five random bits a character. */
export function randomBase32(random: Random, length: number): string {
  // 256 is a multiple of 32, so taking the low bits favours no character.
  return Array.from(random(length), (byte) => BASE32[byte & 31]).join("");
}

/** A name that nobody can guess: 128 bits, URL-safe. */
export function randomId(random: Random): string {
  return Buffer.from(random(16)).toString("base64url");
}
