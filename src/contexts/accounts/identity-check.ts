import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import {
  findPdsEndpoint,
  findSigningKey,
} from "#contexts/identity/did-document.ts";
import type { Identity } from "#contexts/identity/identity.ts";
import type { PlcData } from "#contexts/identity/plc-operation.ts";
import type { SigningKeys } from "./signing-keys.ts";

export interface IdentityCheckDeps {
  identity: Pick<Identity, "plc" | "resolveDid" | "forgetDid">;
  keys: Pick<SigningKeys, "getSigner">;
  /** did:key with which this server changes identities. */
  rotationKey(): string;
  publicUrl: string;
}

/** The parts of an identity that must name this server. */
interface Published {
  pds: string | null;
  signingKey: string | null;
  /** null where the method knows none. */
  rotationKeys: readonly string[] | null;
}

/**
 * What keeps an account from working here: its DID must lead to this server
 * and name the key that signs here; and a did:plc must be ours to change, or
 * the next handle could not be set. Asks the network each time.
 * @returns a sentence for its owner; null when all is well.
 * @throws XrpcError UpstreamFailure, UpstreamTimeout, ServiceUnavailable when it can't be found out.
 */
export async function findIdentityProblem(
  deps: IdentityCheckDeps,
  did: Did,
): Promise<string | null> {
  const published = await load(deps, did);
  // What was known before may be what led the owner here.
  deps.identity.forgetDid(did);
  if (published === null) return `The DID ${did} does not resolve`;
  const { pds, signingKey, rotationKeys } = published;
  if (pds !== deps.publicUrl.replace(/\/+$/, "")) {
    return `The DID document names ${pds ?? "no server"} as atproto_pds; it must name ${deps.publicUrl}`;
  }
  const expected = deps.keys.getSigner(did).didKey;
  if (signingKey !== expected) {
    return `The DID document's atproto key is ${signingKey ?? "missing"}; it must be ${expected}`;
  }
  const ownKey = deps.rotationKey();
  if (rotationKeys !== null && !rotationKeys.includes(ownKey)) {
    return `The rotation keys of the DID do not include this server's, ${ownKey}`;
  }
  return null;
}

async function load(
  { identity }: IdentityCheckDeps,
  did: Did,
): Promise<Published | null> {
  try {
    if (did.startsWith("did:plc:")) {
      return publishedIn(await identity.plc.getData(did));
    }
    const document = await identity.resolveDid(did, { refresh: true });
    return {
      pds: findPdsEndpoint(document),
      signingKey: findSigningKey(document),
      rotationKeys: null,
    };
  } catch (error) {
    if (isUnknown(error)) return null;
    throw error;
  }
}

/** The directory's own state: it has no cache in between, and tells the rotation keys. */
function publishedIn(data: PlcData): Published {
  const service = data.services.atproto_pds;
  const isPds = service?.type === "AtprotoPersonalDataServer";
  return {
    pds: isPds ? service.endpoint.replace(/\/+$/, "") : null,
    signingKey: data.verificationMethods.atproto ?? null,
    rotationKeys: data.rotationKeys,
  };
}

function isUnknown(error: unknown): boolean {
  return (
    error instanceof XrpcError &&
    (error.error === "NotFound" || error.error === "DidNotFound")
  );
}
