import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import { verifySignature } from "#repo/signer.ts";
import type { PlcClient } from "#contexts/identity/plc.ts";
import { dataOfOperation } from "#contexts/identity/plc-operation.ts";
import type { Challenges } from "./challenges.ts";

/**
 * Proof by a rotation key of the account's identity that its owner keeps.
 * Whoever holds one can take the identity to another server anyhow, so it may
 * also stand for a factor that was lost.
 */
export interface RecoveryKeys {
  /** A sentence to sign; good for a quarter of an hour, for this browser, once. */
  begin(did: Did, deviceId: string): string;
  /**
   * @param answer.signature of the SHA-256 of the sentence: 64 bytes, r and s, in base64, base64url or hexadecimal.
   * @throws XrpcError ServiceUnavailable when the directory can't be asked.
   */
  verify(answer: {
    did: Did;
    deviceId: string;
    sentence: string;
    signature: string;
  }): Promise<boolean>;
}

export function createRecoveryKeys({
  challenges,
  plc,
  notOwners,
  hostname,
}: {
  challenges: Challenges;
  plc: Pick<PlcClient, "getLastOp">;
  /** did:keys of the server and its operator, which prove nothing. */
  notOwners(): readonly string[];
  hostname: string;
}): RecoveryKeys {
  const prefix = `I sign in at ${hostname} without my second factor: `;

  async function listKeys(did: Did): Promise<string[]> {
    if (!did.startsWith("did:plc:")) return [];
    const last = await plc.getLastOp(did).catch((cause: unknown) => {
      if (cause instanceof XrpcError && cause.status < 500) return null;
      throw new XrpcError(
        "ServiceUnavailable",
        "The directory of identities can't be asked right now",
        { cause, retryAfterSec: 30 },
      ).because("directoryAway");
    });
    const keys = (last && dataOfOperation(last)?.rotationKeys) ?? [];
    const others = notOwners();
    return keys.filter((key) => !others.includes(key));
  }

  return {
    begin: (did, deviceId) =>
      prefix + challenges.make({ purpose: "recovery-key", deviceId, did }),
    async verify({ did, deviceId, sentence, signature }) {
      const bytes = parseSignature(signature);
      if (bytes === null || !sentence.startsWith(prefix)) return false;
      const message = Buffer.from(sentence);
      const keys = await listKeys(did);
      const isSigned = keys.some((key) => verifySignature(key, message, bytes));
      const challenge = sentence.slice(prefix.length);
      const use = { purpose: "recovery-key", deviceId, did } as const;
      return isSigned && challenges.use(challenge, use);
    },
  };
}

function parseSignature(text: string): Uint8Array | null {
  const compact = text.slice(0, 200).replace(/\s+/g, "");
  if (/^[0-9a-fA-F]{128}$/.test(compact)) return Buffer.from(compact, "hex");
  return /^[\w+/-]{86}(==)?$/.test(compact)
    ? Buffer.from(compact, "base64url")
    : null;
}
