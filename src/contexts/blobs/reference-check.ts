import { XrpcError } from "#lib/errors.ts";
import { equalCids, formatCid } from "#repo/cid.ts";
import { decodeDrisl } from "#repo/drisl.ts";
import type { Did } from "#repo/syntax.ts";
import type { BlobRow } from "#storage/account/blobs.ts";
import type { ActorReader } from "#storage/actor-store.ts";
import {
  formatPath,
  isAccepted,
  listBlobReferences,
  type BlobReference,
} from "./blob-ref.ts";

/** What the lexicon asks of a blob at its place in a record. */
export interface BlobConstraint {
  /** Media types, where `image/*` stands for all images. Absent: any. */
  accept?: readonly string[];
  maxSizeBytes?: number;
}

export interface ReferenceCheck {
  did: Did;
  reference: BlobReference;
  constraint: BlobConstraint;
}

/** Records looked at for one that has the same reference already. */
const MAX_RECORDS_SEARCHED = 100;

/** See `Blobs.assertReference`. */
export function assertReferenceFits(
  { reference, constraint }: ReferenceCheck,
  row: BlobRow | null,
  store: ActorReader | null,
): void {
  const { cid, mimeType, sizeBytes, path } = reference;
  const place = formatPath(path);
  if (row === null) {
    throw new XrpcError(
      "BlobNotFound",
      `Could not find blob ${formatCid(cid)} of ${place}`,
    );
  }
  const { accept, maxSizeBytes } = constraint;
  if (accept !== undefined && !isAccepted(mimeType, accept)) {
    throw new XrpcError(
      "InvalidMimeType",
      `${place} may be ${accept.join(", ")}, not ${mimeType}`,
    ).because("fileKind", { place, is: mimeType });
  }
  if (maxSizeBytes !== undefined && (sizeBytes ?? 0) > maxSizeBytes) {
    throw new XrpcError(
      "InvalidSize",
      `${place} may have ${maxSizeBytes} bytes, not ${sizeBytes}`,
    ).because("fileBig", { place, most: maxSizeBytes });
  }
  const isSame = row.mimeType === mimeType && row.sizeBytes === sizeBytes;
  if (isSame || hasSameReference(store, reference)) return;
  if (row.mimeType !== mimeType) {
    throw new XrpcError(
      "InvalidMimeType",
      `The blob of ${place} is ${row.mimeType}, not ${mimeType}`,
    ).because("fileKind", { place, is: row.mimeType });
  }
  throw new XrpcError(
    "InvalidSize",
    `The blob of ${place} has ${row.sizeBytes} bytes, not ${sizeBytes}`,
  ).because("fileSize", { place, is: row.sizeBytes });
}

/**
 * True when a record of the account says the same of the blob. A repository
 * that moved here keeps what its old host thought of a blob, and its owner
 * must be able to edit such a record.
 */
function hasSameReference(
  store: ActorReader | null,
  { cid, mimeType, sizeBytes }: BlobReference,
): boolean {
  const paths = store?.listRecordsOfBlob(cid, MAX_RECORDS_SEARCHED) ?? [];
  return paths.some(({ collection, rkey }) => {
    const record = store!.findRecord(collection, rkey);
    if (record === null) return false;
    return listBlobReferences(decodeDrisl(record.bytes)).some(
      (other) =>
        equalCids(other.cid, cid) &&
        other.mimeType === mimeType &&
        other.sizeBytes === sizeBytes,
    );
  });
}
