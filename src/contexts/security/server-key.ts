import type { Clock } from "#lib/clock.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner, type Signer } from "#repo/signer.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { KeyStore } from "#storage/key-store.ts";

const SETTING = "plc_rotation_key";
const PURPOSE = "plc-rotation-key";

/**
 * The key with which the server speaks for its accounts in the PLC directory:
 * the operator's, or one that is made on first start and kept sealed.
 * @param options.hex 64 hexadecimal digits of a k256 private key; null to use the kept one.
 */
export function openRotationSigner(options: {
  hex: string | null;
  db: Pick<AccountDb, "settings">;
  keyStore: Pick<KeyStore, "seal" | "open">;
  clock: Clock;
}): Signer {
  const { hex, db, keyStore, clock } = options;
  if (hex !== null) return createSigner("k256", Buffer.from(hex, "hex"));
  const kept = db.settings.find(SETTING);
  if (typeof kept === "string") {
    const sealed = new Uint8Array(Buffer.from(kept, "base64"));
    return createSigner("k256", keyStore.open(PURPOSE, "", SETTING, sealed));
  }
  const privateKey = generatePrivateKey("k256");
  const sealed = keyStore.seal(PURPOSE, "", SETTING, privateKey);
  db.settings.put(
    SETTING,
    Buffer.from(sealed).toString("base64"),
    clock.nowMs(),
  );
  return createSigner("k256", privateKey);
}
