import { createHash } from "node:crypto";

/** How secrets are stored: 128 and more random bits need nothing slower. */
export function hashSecret(secret: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(secret).digest());
}

export function isSameHash(
  a: Uint8Array | null,
  b: Uint8Array | null,
): boolean {
  return a !== null && b !== null && Buffer.compare(a, b) === 0;
}
