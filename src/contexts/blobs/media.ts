import { invalidRequest } from "#lib/errors.ts";
import {
  formatCid,
  isCid,
  parseCid,
  type Cid,
  type CidBytes,
} from "#repo/cid.ts";
import type { Did, Nsid, RecordKey } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { BlobRow } from "#storage/account/blobs.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import { FRESH_MS } from "./clean-up.ts";
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

/** Which of the files of an account. */
export type MediaUse = "all" | "used" | "unused";

/** The files of an account, for its owner. */
export interface Media {
  /**
   * A page in the order of the CIDs' bytes; the cursor is the last one's, null
   * on the last page. A cursor that is none begins anew. Where few of many
   * files are asked for, a page may hold less than there is room for.
   */
  list(
    did: Did,
    page: { cursor: string | null; limit: number; use?: MediaUse },
  ): { blobs: OwnBlob[]; cursor: string | null };
  /** How many there are, and what they take. Costs nothing. */
  usage(did: Did): { count: number; bytes: number };
  /**
   * Removes one that no record names and that is an hour old; false when it is
   * not so, or gone already.
   * @throws XrpcError InvalidRequest for what is no CID.
   */
  remove(did: Did, cid: string): Promise<boolean>;
}

const MOST_USES = 3;
/** Files looked at for one page, so that a filter costs no more than that. */
const MOST_LOOKED_AT = 5000;
const SCAN_SIZE = 500;

export function createMedia({
  db,
  stores,
  collector,
}: {
  db: Pick<AccountDb, "blobs" | "takedowns" | "usage">;
  stores: Pick<ActorStores, "find">;
  collector: Pick<BlobCollector, "removeUnreferencedBlob">;
}): Media {
  /** Up to so many rows from a CID on that are used so, and where to go on. */
  function select(
    did: Did,
    from: CidBytes | null,
    use: MediaUse,
    most: number,
  ) {
    const store = stores.find(did);
    const isWanted = ({ cid }: BlobRow) =>
      use === "all" ||
      (store?.isBlobReferenced(cid) ?? false) === (use === "used");
    const rows: BlobRow[] = [];
    let after = from;
    for (let looked = 0; looked < MOST_LOOKED_AT; looked += SCAN_SIZE) {
      const page = db.blobs.list(did, after, SCAN_SIZE);
      for (const row of page) {
        if (isWanted(row) && rows.push(row) > most) {
          rows.pop();
          return { rows, next: rows.at(-1)!.cid };
        }
      }
      if (page.length < SCAN_SIZE) return { rows, next: null };
      after = page.at(-1)!.cid;
    }
    return { rows, next: after };
  }

  return {
    list(did, { cursor, limit, use = "all" }) {
      const after = cursor !== null && isCid(cursor) ? parseCid(cursor) : null;
      const { rows, next } = select(did, after, use, limit);
      const blobs = rows.map(({ cid, mimeType, sizeBytes, createdAtMs }) => ({
        ...{ cid: formatCid(cid), mimeType, sizeBytes },
        uploadedAtMs: createdAtMs,
        usedBy: stores.find(did)?.listRecordsOfBlob(cid, MOST_USES) ?? [],
        isTakenDown: db.takedowns.findBlob(did, cid) !== null,
      }));
      return { blobs, cursor: next && formatCid(next) };
    },
    usage(did) {
      const { blobCount = 0, blobBytes = 0 } = db.usage.find(did) ?? {};
      return { count: blobCount, bytes: blobBytes };
    },
    remove(did, text) {
      if (!isCid(text))
        throw invalidRequest("That is no CID").because("cidForm");
      const options = { did, cid: parseCid(text), olderThanMs: FRESH_MS };
      return collector.removeUnreferencedBlob(options);
    },
  };
}
