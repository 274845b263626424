import { CID } from "multiformats/cid";
import { listBlobReferences } from "#contexts/blobs/blob-ref.ts";
import type { Blobs } from "#contexts/blobs/blobs.ts";
import type { LexMap } from "#repo/drisl.ts";
import { isMap } from "#repo/lex-json.ts";
import type { Did, Nsid } from "#repo/syntax.ts";

const PROFILE = "app.bsky.actor.profile";
const PICTURES = ["avatar", "banner"];

/**
 * A profile as it is to be written: pictures that it names in the old shape
 * `{cid, mimeType}` are named in the new one, where their blobs are here.
 * Applications change a profile by sending back all that they have read, so
 * without this the profile of an account from before 2023 could never be
 * changed again.
 */
export function renewProfile(
  { findStored }: Pick<Blobs, "findStored">,
  did: Did,
  collection: Nsid,
  record: LexMap,
): LexMap {
  if (collection !== PROFILE) return record;
  const renewed = { ...record };
  for (const name of PICTURES) {
    const picture = record[name];
    if (!isMap(picture) || picture.$type === "blob") continue;
    const [old] = listBlobReferences(picture);
    if (old === undefined || old.path.length > 0) continue;
    const stored = findStored(did, old.cid);
    if (stored === null) continue;
    const { mimeType, sizeBytes: size } = stored;
    const ref = CID.decode(old.cid);
    renewed[name] = { $type: "blob", ref, mimeType, size };
  }
  return renewed;
}
