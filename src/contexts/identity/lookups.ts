import { XrpcError } from "#lib/errors.ts";
import { isDid, normalizeHandle, type Did, type Handle } from "#repo/syntax.ts";
import type { DidDocument } from "./did-document.ts";
import { isDidNotFound } from "./did-resolver.ts";
import type { Identity } from "./identity.ts";

/** An identity with the handle that was checked both ways; `handle.invalid` when there is none. */
export interface IdentityInfo {
  did: Did;
  handle: string;
  didDoc: DidDocument;
}

/**
 * What anybody may ask of anybody's identity. Outages of the network are
 * UpstreamFailure, UpstreamTimeout or ServiceUnavailable.
 */
export interface IdentityLookups {
  /** @throws XrpcError DidNotFound, DidDeactivated for one that was ended */
  resolveDid(params: { did: string }): Promise<{ didDoc: DidDocument }>;
  /** By handle or DID. @throws XrpcError HandleNotFound, DidNotFound, DidDeactivated */
  resolveIdentity(params: { identifier: string }): Promise<IdentityInfo>;
  /** The same, asking the network whatever is known. */
  refreshIdentity(input: { identifier: string }): Promise<IdentityInfo>;
}

const NO_HANDLE = "handle.invalid";

export function createIdentityLookups(identity: Identity): IdentityLookups {
  async function findDocument(
    did: Did,
    options: { refresh: boolean },
  ): Promise<DidDocument> {
    try {
      return await identity.resolveDid(did, options);
    } catch (error) {
      if (isDidNotFound(error) && (await wasEnded(identity, did))) {
        throw new XrpcError("DidDeactivated", `${did} was deactivated`, {
          cause: error,
        });
      }
      throw error;
    }
  }

  async function findDid(identifier: string): Promise<Did> {
    if (isDid(identifier)) return identifier;
    const handle = normalizeHandle(identifier as Handle);
    const did = await identity.resolveHandle(handle);
    if (did !== null) return did;
    throw new XrpcError(
      "HandleNotFound",
      `Unable to resolve handle: ${handle}`,
    );
  }

  async function findIdentity(
    identifier: string,
    options: { refresh: boolean },
  ): Promise<IdentityInfo> {
    const did = await findDid(identifier);
    const didDoc = await findDocument(did, options);
    const handle = await identity.findVerifiedHandle(didDoc);
    return { did, handle: handle ?? NO_HANDLE, didDoc };
  }

  return {
    async resolveDid({ did }) {
      return { didDoc: await findDocument(did as Did, { refresh: false }) };
    },
    resolveIdentity: ({ identifier }) =>
      findIdentity(identifier, { refresh: false }),
    refreshIdentity: ({ identifier }) =>
      findIdentity(identifier, { refresh: true }),
  };
}

/** A directory has no document of an identity that was ended, but still its log. */
async function wasEnded({ plc }: Identity, did: Did): Promise<boolean> {
  if (!did.startsWith("did:plc:")) return false;
  const last = await plc.getLastOp(did).catch(() => null);
  return last?.type === "plc_tombstone";
}
