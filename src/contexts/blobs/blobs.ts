import { invalidRequest, XrpcError } from "#lib/errors.ts";
import {
  formatCid,
  isCid,
  parseCid,
  type Cid,
  type CidBytes,
} from "#repo/cid.ts";
import { isTid, type Did } from "#repo/syntax.ts";
import type { BlobRow } from "#storage/account/blobs.ts";
import type { Caller } from "#contexts/security/caller.ts";
import { assertMayRead, findStatus, isOwnerOrAdmin } from "./availability.ts";
import {
  createMissingBlobs,
  type MissingBlob,
  type MissingBlobs,
} from "./missing-blobs.ts";
import { assertReferenceFits, type ReferenceCheck } from "./reference-check.ts";
import {
  uploadBlob,
  type BlobJson,
  type UploadDeps,
  type UploadInput,
} from "./upload.ts";

export type BlobsDeps = UploadDeps;

export interface StoredBlob {
  stream: ReadableStream<Uint8Array>;
  sizeBytes: number;
  mimeType: string;
}

/** Uploaded files of the accounts, and which records name them. */
export interface Blobs {
  /**
   * Stores a file for the account of the caller. It is private until a record
   * names it, and removed some hours later if none does. The same bytes again
   * start that time anew and change nothing else.
   * @throws XrpcError PayloadTooLarge when it is larger than this server takes.
   * @throws XrpcError InvalidRequest when the length differs from `contentLength`, or an operator has taken the blob down.
   * @throws XrpcError AccountTakedown, AccountNotFound
   */
  uploadBlob(input: UploadInput): Promise<{ blob: BlobJson }>;
  /**
   * A blob that a record names; the owner and the operator also get one that
   * none names yet.
   * @throws XrpcError BlobNotFound, RepoNotFound, RepoTakendown, RepoSuspended, RepoDeactivated
   */
  getBlob(
    params: { did: string; cid: string },
    caller: Caller,
  ): Promise<StoredBlob>;
  /**
   * Blobs that records name, ascending by CID, uploaded or not; with `since`
   * those of records written after that revision.
   * @throws XrpcError InvalidRequest, RepoNotFound, RepoTakendown, RepoSuspended, RepoDeactivated
   */
  listBlobs(
    params: { did: string; since?: string; limit?: number; cursor?: string },
    caller: Caller,
  ): { cids: Cid[]; cursor?: string };
  /** Blobs that records of the caller name and that were never uploaded here: what is left of a move. */
  listMissingBlobs(
    params: { limit?: number; cursor?: string },
    caller: Caller,
  ): Promise<{ blobs: MissingBlob[]; cursor?: string }>;
  /** Whether there are any. @see MissingBlobs */
  hasMissingBlobs: MissingBlobs["hasAny"];
  /**
   * Checks one reference of a record to be written against what is stored.
   * @throws XrpcError BlobNotFound, InvalidMimeType, InvalidSize
   */
  assertReference(check: ReferenceCheck): void;
  /** A blob that is here, named by a record or not; null also for one that an operator has taken down. */
  findStored(did: Did, cid: CidBytes): BlobRow | null;
  /**
   * The first of the blobs that is not here any more, for a last look under
   * the account's mutex before a commit; null when all are.
   */
  findMissing(did: Did, cids: readonly CidBytes[]): CidBytes | null;
}

const DEFAULT_LIST_LIMIT = 500;

export function createBlobs(deps: BlobsDeps): Blobs {
  const { blobStore, accountDb, stores } = deps;
  const missing = createMissingBlobs(deps);

  function findStored(did: Did, cid: CidBytes): BlobRow | null {
    if (accountDb.takedowns.findBlob(did, cid) !== null) return null;
    return accountDb.blobs.find(did, cid);
  }

  return {
    findStored,
    uploadBlob: (input) => uploadBlob(deps, input),

    async getBlob({ did: didText, cid: cidText }, caller) {
      const did = didText as Did;
      assertMayRead(did, findStatus(accountDb, did), caller);
      const notFound = () =>
        new XrpcError("BlobNotFound", `Could not find blob: ${cidText}`);
      if (!isCid(cidText)) throw notFound();
      const cid = parseCid(cidText);
      const row = findStored(did, cid);
      if (row === null) throw notFound();
      const isPublic = stores.find(did)?.isBlobReferenced(cid) ?? false;
      if (!isPublic && !isOwnerOrAdmin(did, caller)) throw notFound();
      const file = await blobStore.open(did, cid);
      if (file === null) throw notFound();
      return { ...file, mimeType: row.mimeType };
    },

    listBlobs({ did: didText, since, limit, cursor }, caller) {
      const did = didText as Did;
      assertMayRead(did, findStatus(accountDb, did), caller);
      if (since !== undefined && !isTid(since)) {
        throw invalidRequest("since must be a revision");
      }
      const cids = stores.find(did)?.listBlobs({
        after: parseCursor(cursor),
        since: since ?? null,
        limit: limit ?? DEFAULT_LIST_LIMIT,
      });
      const texts = (cids ?? []).map(formatCid);
      const last = texts.at(-1);
      return { cids: texts, ...(last !== undefined && { cursor: last }) };
    },

    async listMissingBlobs({ limit, cursor }, caller) {
      if (caller.kind !== "session" && caller.kind !== "oauth") {
        throw new XrpcError("Forbidden", "Only the owner may ask for this");
      }
      const blobs = await missing.list(caller.did, {
        after: parseCursor(cursor),
        limit: limit ?? DEFAULT_LIST_LIMIT,
      });
      const last = blobs.at(-1);
      return { blobs, ...(last !== undefined && { cursor: last.cid }) };
    },

    hasMissingBlobs: missing.hasAny,

    assertReference: (check) => {
      const row = findStored(check.did, check.reference.cid);
      assertReferenceFits(check, row, stores.find(check.did));
    },
    findMissing: (did, cids) =>
      cids.find((cid) => findStored(did, cid) === null) ?? null,
  };
}

function parseCursor(cursor: string | undefined): CidBytes | null {
  if (cursor === undefined) return null;
  if (!isCid(cursor))
    throw invalidRequest("Malformed cursor").because("cursorForm");
  return parseCid(cursor);
}
