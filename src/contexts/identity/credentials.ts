import type { Handle } from "#repo/syntax.ts";
import { formatAtprotoData, type PlcData } from "./plc-operation.ts";

export interface RecommendedInput {
  handle: Handle;
  /** did:key of the account's repository. */
  signingKey: string;
  /** did:key with which this server changes identities. */
  rotationKey: string;
  /** did:key of the operator or the user, more powerful than the server's. */
  recoveryKey: string | null;
  /** URL of this server. */
  pds: string;
}

/**
 * What the identity of an account here should say; also the state in which new
 * identities are made. Shape of com.atproto.identity.getRecommendedDidCredentials.
 */
export function recommendedCredentials(input: RecommendedInput): PlcData {
  const { recoveryKey, rotationKey, ...identity } = input;
  const rotationKeys =
    recoveryKey === null || recoveryKey === rotationKey
      ? [rotationKey]
      : [recoveryKey, rotationKey];
  return formatAtprotoData({ ...identity, rotationKeys });
}
