import { PathError } from "#repo/errors.ts";

/**
 * Keys of the tree: the path `<collection>/<rkey>` of a record. They are
 * ASCII, so comparing strings and comparing bytes gives the same order.
 * @see https://atproto.com/specs/repository#repo-data-structure-v3
 */

/** Longest key. Not in the specification; the cap that implementations share. */
export const MAX_KEY_BYTES = 1024;

const REFUSED = 0;
const SEGMENT = 1;
const SLASH = 2;

// The record key alphabet (specs/record-key); collections use a part of it.
// The repository page leaves out ":", which record keys may hold.
const CLASS_BY_CHAR = new Uint8Array(256).fill(REFUSED);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~:-") {
  CLASS_BY_CHAR[char.charCodeAt(0)] = SEGMENT;
}
CLASS_BY_CHAR[0x2f] = SLASH;

/** Whether bytes up to `length` spell a key: two segments that are not empty. */
export function isKeyBytes(bytes: Uint8Array, length: number): boolean {
  if (length > MAX_KEY_BYTES) return false;
  let slashAt = -1;
  for (let i = 0; i < length; i++) {
    const kind = CLASS_BY_CHAR[bytes[i]!]!;
    if (kind === REFUSED) return false;
    if (kind === SLASH) {
      if (slashAt !== -1) return false;
      slashAt = i;
    }
  }
  return slashAt > 0 && slashAt < length - 1;
}

/** Whether a string can be a key of the tree. */
export function isKey(key: string): boolean {
  if (key.length > MAX_KEY_BYTES) return false;
  let slashAt = -1;
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    const kind = code < 256 ? CLASS_BY_CHAR[code]! : REFUSED;
    if (kind === REFUSED) return false;
    if (kind === SLASH) {
      if (slashAt !== -1) return false;
      slashAt = i;
    }
  }
  return slashAt > 0 && slashAt < key.length - 1;
}

/** @throws PathError when the string cannot be a key of the tree. */
export function checkKey(key: string): void {
  if (!isKey(key)) throw new PathError("not a repository path", key);
}

const digest = new Uint8Array(32); // SHA-256

/**
 * The layer that a key lives on: leading zero bits of its SHA-256, halved and
 * rounded down, which gives a fanout of four. 0…128; above 20 takes 2^40
 * attempts to find.
 * @see https://atproto.com/specs/repository#mst-structure
 */
export function depthOfKey(key: string): number {
  Bun.SHA256.hash(key, digest);
  return depthOfDigest(digest);
}

/** As `depthOfKey`, from the hash. */
export function depthOfDigest(digest: Uint8Array): number {
  let zeroBytes = 0;
  while (digest[zeroBytes] === 0) zeroBytes++;
  // Four layers for each whole byte. Past the end there is nothing to count.
  const inByte =
    zeroBytes < digest.length ? Math.clz32(digest[zeroBytes]!) - 24 : 0;
  return zeroBytes * 4 + (inByte >> 1);
}

/** How many characters two keys share from their start. */
export function sharedPrefixLength(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let length = 0;
  while (length < end && a.charCodeAt(length) === b.charCodeAt(length)) {
    length++;
  }
  return length;
}

/** Index of the first key that is not below the given one; the length if all are. */
export function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
