import type { Curve } from "#repo/keys.ts";
import { SIGNATURE_SIZE_BYTES } from "#repo/signer.ts";

// SEC 2 §2.4.1 and NIST SP 800-186 §3.2.1.3: the orders of the curves.
const ORDER: Record<Curve, bigint> = {
  k256: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  p256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
};

/**
 * Of the two values of s under which a signature holds, the lower one. For
 * signatures of other protocols, which don't mind; repositories do.
 * @param signature r and s, 32 bytes each. Another length is returned as it is.
 */
export function withLowS(curve: Curve, signature: Uint8Array): Uint8Array {
  if (signature.length !== SIGNATURE_SIZE_BYTES) return signature;
  const order = ORDER[curve];
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString("hex")}`);
  if (s <= order / 2n || s >= order) return signature;
  const low = (order - s).toString(16).padStart(64, "0");
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(low, "hex")]);
}
