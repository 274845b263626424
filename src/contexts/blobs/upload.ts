import type { Clock } from "#lib/clock.ts";
import { invalidRequest, XrpcError, takenDown } from "#lib/errors.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import { formatCid, type Cid, type CidBytes } from "#repo/cid.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { AccountStatus } from "#storage/account/accounts.ts";
import type { BlobRow } from "#storage/account/blobs.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { BlobStore } from "#storage/blob-store.ts";
import type { Caller } from "#contexts/security/caller.ts";
import { findStatus } from "./availability.ts";
import { resolveMimeType } from "./mime.ts";

/** The points at which an upload may be interrupted; nobody was promised anything at either. */
export type UploadStep = "blob-staged" | "blob-placed";

export interface UploadDeps {
  blobStore: BlobStore;
  accountDb: AccountDb;
  stores: ActorStores;
  locks: KeyedMutex;
  clock: Clock;
  maxUploadBytes: number;
  /** Called at each step; tests end the process there. */
  checkpoint?(step: UploadStep): void;
}

export interface UploadInput {
  caller: Caller;
  body: AsyncIterable<Uint8Array> | Uint8Array;
  contentType: string | null;
  /** Bytes announced by the client; null when it announced none or the body was decompressed. */
  contentLength: number | null;
}

/** A reference to a blob, as records hold it. */
export interface BlobJson {
  $type: "blob";
  ref: { $link: Cid };
  mimeType: string;
  size: number;
}

/** See `Blobs.uploadBlob`. */
export async function uploadBlob(
  deps: UploadDeps,
  { caller, body, contentType, contentLength }: UploadInput,
): Promise<{ blob: BlobJson }> {
  const did = callerDid(caller);
  assertMayUpload(findStatus(deps.accountDb, did));
  const { maxUploadBytes: maxBytes } = deps;
  if (contentLength !== null && contentLength > maxBytes) {
    throw new XrpcError(
      "PayloadTooLarge",
      `A blob may have ${maxBytes} bytes here; this one has ${contentLength}`,
    ).because("fileTooBig", { most: maxBytes });
  }
  const staged = await deps.blobStore.put(did, body, { maxBytes });
  let isKept = false;
  try {
    if (contentLength !== null && contentLength !== staged.sizeBytes) {
      throw invalidRequest(
        `Content-Length says ${contentLength} bytes, the body has ${staged.sizeBytes}`,
      ).because("uploadCut");
    }
    const sniffedType = resolveMimeType(staged.head, contentType);
    // Under the mutex, since removal of unused blobs works there too: it must
    // not take away the file of a row that is about to be made.
    return await deps.locks.run(did, async () => {
      assertMayUpload(findStatus(deps.accountDb, did));
      if (deps.accountDb.takedowns.findBlob(did, staged.cid) !== null) {
        throw invalidRequest("This blob has been taken down here").because(
          "fileTakenDown",
        );
      }
      // The bytes are durable before the row that promises them; a file that
      // is there without a row may not be.
      const existing = deps.accountDb.blobs.find(did, staged.cid);
      const isHere =
        existing !== null && (await deps.blobStore.has(did, staged.cid));
      if (!isHere) {
        deps.checkpoint?.("blob-staged");
        await staged.commit({ isPromised: existing !== null });
        deps.checkpoint?.("blob-placed");
        isKept = true;
      }
      const { cid, sizeBytes } = staged;
      const arrived = { did, cid, sizeBytes, sniffedType };
      return { blob: await recordUpload(deps, existing, arrived) };
    });
  } finally {
    if (!isKept) await staged.discard();
  }
}

interface Arrived {
  did: Did;
  cid: CidBytes;
  sizeBytes: number;
  sniffedType: string;
}

async function recordUpload(
  { accountDb, stores, clock }: UploadDeps,
  existing: BlobRow | null,
  { did, cid, sizeBytes, sniffedType }: Arrived,
): Promise<BlobJson> {
  // A blob that records name keeps the type they may have copied from it.
  const isFixed =
    existing !== null && (stores.find(did)?.isBlobReferenced(cid) ?? false);
  const mimeType = isFixed ? existing.mimeType : sniffedType;
  // Uploads of several accounts share a sync.
  await accountDb.commitSoon(() => {
    if (existing !== null && existing.mimeType !== mimeType) {
      accountDb.blobs.remove(did, cid);
    }
    const createdAtMs = clock.nowMs();
    accountDb.blobs.insert({ did, cid, mimeType, sizeBytes, createdAtMs });
  });
  return {
    $type: "blob",
    ref: { $link: formatCid(cid) },
    mimeType,
    size: sizeBytes,
  };
}

function callerDid(caller: Caller): Did {
  if (caller.kind !== "anonymous" && caller.kind !== "admin") return caller.did;
  throw new XrpcError("Forbidden", "Only an account may upload blobs");
}

/** Deactivated accounts may: someone who moves here uploads before activating. */
function assertMayUpload(status: AccountStatus | null): void {
  switch (status) {
    case "active":
    case "deactivated":
      return;
    case "takendown":
    case "suspended":
      throw takenDown();
    default:
      throw new XrpcError("AccountNotFound", "Account not found");
  }
}
