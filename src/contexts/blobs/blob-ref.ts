import { CID } from "multiformats/cid";
import { invalidRequest } from "#lib/errors.ts";
import {
  cidKey,
  isCid,
  isCidBytes,
  parseCid,
  type CidBytes,
} from "#repo/cid.ts";
import type { LexMap, LexValue } from "#repo/drisl.ts";
import { isMap } from "#repo/lex-json.ts";

/** A blob that a record names. */
export interface BlobReference {
  cid: CidBytes;
  /** As the record says, which need not be what is stored. */
  mimeType: string;
  /** Likewise; null in references of the old shape, which had none. */
  sizeBytes: number | null;
  /** Where in the record: keys and array positions. */
  path: string[];
}

/**
 * The blobs of a record to be written, in the order of their appearance; one
 * that is named twice is there twice.
 * @throws XrpcError InvalidRequest when one has the old shape `{cid, mimeType}`, which only records of the past may have.
 * @see https://atproto.com/specs/data-model#blob-type
 */
export function parseBlobReferences(record: LexValue): BlobReference[] {
  const found = listBlobReferences(record);
  const legacy = found.find(({ sizeBytes }) => sizeBytes === null);
  if (legacy === undefined) return found;
  throw invalidRequest(
    `Legacy blob reference at ${formatPath(legacy.path)}: use {$type: "blob", ref, mimeType, size}`,
  ).because("fileOldForm", { place: formatPath(legacy.path) });
}

/**
 * The blobs that a stored record names, old shapes included. Records from
 * elsewhere are taken as they are: what is malformed names no blob.
 */
export function listBlobReferences(record: LexValue): BlobReference[] {
  const found: BlobReference[] = [];
  for (const { map, path } of walkMaps(record)) {
    const cid = map.$type === "blob" ? findCid(map.ref) : findLegacyCid(map);
    if (cid === null) continue;
    const { mimeType, size } = map;
    found.push({
      cid,
      mimeType: typeof mimeType === "string" ? mimeType : "",
      sizeBytes: typeof size === "number" ? size : null,
      path,
    });
  }
  return found;
}

/** The blobs that a list of references names, each once. */
export function uniqueCids(
  references: readonly Pick<BlobReference, "cid">[],
): CidBytes[] {
  const byKey = new Map(references.map(({ cid }) => [cidKey(cid), cid]));
  return [...byKey.values()];
}

/** True when the media type is one of those that a lexicon accepts; `image/*` takes all images. */
export function isAccepted(
  mimeType: string,
  accept: readonly string[],
): boolean {
  return accept.some(
    (pattern) =>
      pattern === "*/*" ||
      pattern === mimeType ||
      (pattern.endsWith("/*") && mimeType.startsWith(pattern.slice(0, -1))),
  );
}

export function formatPath(path: readonly string[]): string {
  return path.join("/") || "the top level";
}

/** All maps of a value in the order of their appearance, but none inside a blob reference. */
function* walkMaps(root: LexValue): Generator<{ map: LexMap; path: string[] }> {
  const stack: { value: LexValue; path: string[] }[] = [
    { value: root, path: [] },
  ];
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { value, path } = entry;
    if (isMap(value)) {
      yield { map: value, path };
      if (value.$type === "blob") continue;
    } else if (!Array.isArray(value)) {
      continue;
    }
    const children: [string, LexValue][] = Object.entries(value);
    // The last one pushed is taken first.
    for (const [key, child] of children.reverse()) {
      if (child === null || typeof child !== "object") continue;
      stack.push({ value: child, path: [...path, key] });
    }
  }
}

function findCid(value: LexValue | undefined): CidBytes | null {
  return value instanceof CID && isCidBytes(value.bytes) ? value.bytes : null;
}

/** Before 2023 a reference was `{cid, mimeType}` and nothing else. */
function findLegacyCid(map: LexMap): CidBytes | null {
  const { cid, mimeType } = map;
  if (typeof cid !== "string" || typeof mimeType !== "string") return null;
  return isCid(cid) && Object.keys(map).length === 2 ? parseCid(cid) : null;
}
