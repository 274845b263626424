import { formatCid, isCid, parseCid, type Cid } from "#repo/cid.ts";
import type { Did, Nsid, RecordKey } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { BlobCollector } from "./collect.ts";

/** A file as its owner sees it. */
export interface OwnBlob {
  cid: Cid;
  mimeType: string;
  sizeBytes: number;
  uploadedAtMs: number;
  /** Records that name it, the first of them; empty when none does. */
  usedBy: { collection: Nsid; rkey: RecordKey }[];
  /** An operator keeps it from being seen. */
  isTakenDown: boolean;
}

/** The files of an account, for its owner. */
export interface Media {
  /**
   * A page in the order of the CIDs' bytes; the cursor is the last one's, null
   * on the last page. A cursor that is none begins anew.
   */
  list(
    did: Did,
    page: { cursor: string | null; limit: number },
  ): { blobs: OwnBlob[]; cursor: string | null };
  /** Removes what no record names and is an hour old; returns how many. */
  removeUnused(did: Did): Promise<number>;
}

const MOST_USES = 3;
/** A record that names a fresh upload may still be on its way. @see https://atproto.com/specs/blob */
const FRESH_MS = 3_600_000;

export function createMedia({
  db,
  stores,
  collector,
}: {
  db: Pick<AccountDb, "blobs" | "takedowns">;
  stores: Pick<ActorStores, "find">;
  collector: Pick<BlobCollector, "collectUnreferencedBlobsOf">;
}): Media {
  return {
    list(did, { cursor, limit }) {
      const after = cursor !== null && isCid(cursor) ? parseCid(cursor) : null;
      const found = db.blobs.list(did, after, limit + 1);
      const rows = found.slice(0, limit);
      const blobs = rows.map(({ cid, mimeType, sizeBytes, createdAtMs }) => ({
        ...{ cid: formatCid(cid), mimeType, sizeBytes },
        uploadedAtMs: createdAtMs,
        usedBy: stores.find(did)?.listRecordsOfBlob(cid, MOST_USES) ?? [],
        isTakenDown: db.takedowns.findBlob(did, cid) !== null,
      }));
      const last = blobs.at(-1)?.cid ?? null;
      return { blobs, cursor: found.length > limit ? last : null };
    },
    async removeUnused(did) {
      const options = { did, olderThanMs: FRESH_MS };
      const { removed } = await collector.collectUnreferencedBlobsOf(options);
      return removed;
    },
  };
}
