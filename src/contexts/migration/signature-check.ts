import { invalidRequest, XrpcError } from "#lib/errors.ts";
import type { Block } from "#repo/block.ts";
import { equalCids, type CidBytes } from "#repo/cid.ts";
import { verifyCommit } from "#repo/commit.ts";
import { InvalidSyntax } from "#repo/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { Identity } from "#contexts/identity/identity.ts";
import { dataOfOperation } from "#contexts/identity/plc-operation.ts";

export interface SignatureCheckDeps {
  db: Pick<AccountDb, "signingKeys">;
  identity: Pick<Identity, "plc" | "signingKeyOf">;
}

/**
 * Makes sure that a commit is the account's own: signed with one of its keys
 * here, or one that its identity has ever named. A move changes the key before
 * or after the repository comes, so the key of today is not enough.
 * @param head The commit that is here already; the same one needs no proof.
 * @throws XrpcError InvalidRequest when no key fits.
 * @throws XrpcError UpstreamFailure, UpstreamTimeout, ServiceUnavailable when the keys can't be had.
 */
export async function assertOwnCommit(
  deps: SignatureCheckDeps,
  did: Did,
  { cid, bytes }: Block,
  head: CidBytes | null,
): Promise<void> {
  if (equalCids(cid, head)) return;
  const isSignedWith = (key: string) => verifies(bytes, key);
  const ownKeys = deps.db.signingKeys.list(did).map(({ didKey }) => didKey);
  if (ownKeys.some(isSignedWith)) return;
  if ((await listPublishedKeys(deps, did)).some(isSignedWith)) return;
  throw invalidRequest(
    "The commit is not signed with a key that the account's DID has or had",
  ).because("carSigned");
}

async function listPublishedKeys(
  { identity }: SignatureCheckDeps,
  did: Did,
): Promise<string[]> {
  try {
    if (!did.startsWith("did:plc:")) {
      const key = await identity.signingKeyOf(did, { refresh: true });
      return key === null ? [] : [key];
    }
    const operations = await identity.plc.getLog(did);
    const keys = operations.map(
      (operation) => dataOfOperation(operation)?.verificationMethods.atproto,
    );
    return [...new Set(keys)].filter((key) => key !== undefined);
  } catch (error) {
    if (isUnknown(error)) return [];
    throw error;
  }
}

function isUnknown(error: unknown): boolean {
  return (
    error instanceof XrpcError &&
    (error.error === "NotFound" || error.error === "DidNotFound")
  );
}

function verifies(commit: Uint8Array, didKey: string): boolean {
  try {
    return verifyCommit(commit, didKey);
  } catch (error) {
    // A directory may hold keys of curves that commits are not signed with.
    if (error instanceof InvalidSyntax) return false;
    throw error;
  }
}
