import type { PlcData } from "#contexts/identity/plc-operation.ts";
import { parseDidKey } from "#repo/keys.ts";

const CONTEXT_BY_CURVE = {
  k256: "https://w3id.org/security/suites/secp256k1-2019/v1",
  p256: "https://w3id.org/security/suites/ecdsa-2019/v1",
};

/** The DID document of a state, as the public directory writes it. */
export function formatPlcDocument(did: string, data: PlcData): object {
  const contexts = new Set([
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/multikey/v1",
  ]);
  const verificationMethod = Object.entries(data.verificationMethods).map(
    ([id, didKey]) => {
      contexts.add(CONTEXT_BY_CURVE[parseDidKey(didKey).curve]);
      return {
        id: `${did}#${id}`,
        type: "Multikey",
        controller: did,
        publicKeyMultibase: didKey.slice("did:key:".length),
      };
    },
  );
  return {
    "@context": [...contexts],
    id: did,
    alsoKnownAs: data.alsoKnownAs,
    verificationMethod,
    service: Object.entries(data.services).map(([id, service]) => ({
      id: `#${id}`,
      type: service.type,
      serviceEndpoint: service.endpoint,
    })),
  };
}
