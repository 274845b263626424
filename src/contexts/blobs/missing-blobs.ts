import { formatCid, type Cid, type CidBytes } from "#repo/cid.ts";
import { formatAtUri, type AtUri, type Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { ActorStores } from "#storage/actor-store.ts";

/** A blob that a record names and that was never uploaded here. */
export interface MissingBlob {
  cid: Cid;
  /** The first of the records that name it. */
  recordUri: AtUri;
}

export interface MissingBlobs {
  /** Ascending by CID, from after one on. Looks at every reference from there until it has enough. */
  list(
    did: Did,
    page: { after: CidBytes | null; limit: number },
  ): Promise<MissingBlob[]>;
  /**
   * Whether there is any. Answers at once, however many blobs there are: where
   * that takes a longer look, it answers null and the look goes on by itself.
   */
  hasAny(did: Did): boolean | null;
}

/** Blobs looked at between two turns of the event loop. */
const SCAN_SIZE = 1000;
const MOST_ACCOUNTS = 1000;

/** How far one repository was looked through. */
interface Look {
  generation: number;
  after: CidBytes | null;
  found: CidBytes | null;
  isDone: boolean;
  isRunning: boolean;
}

export function createMissingBlobs(deps: {
  accountDb: Pick<AccountDb, "blobs">;
  stores: Pick<ActorStores, "find">;
}): MissingBlobs {
  const { accountDb, stores } = deps;
  const looks = new Map<Did, Look>();

  /** The page after `after`: what is missing of it, and where it ended; null at the end. */
  function scan(did: Did, after: CidBytes | null) {
    const page =
      stores.find(did)?.listBlobs({ after, since: null, limit: SCAN_SIZE }) ??
      [];
    return {
      missing: page.filter((cid) => accountDb.blobs.find(did, cid) === null),
      end: page.length < SCAN_SIZE ? null : page[page.length - 1]!,
    };
  }

  function lookOf(did: Did, generation: number): Look {
    const known = looks.get(did);
    // A commit names no blob that is not here, so only another repository can bring new gaps.
    if (known?.generation === generation) return known;
    looks.delete(did);
    if (looks.size >= MOST_ACCOUNTS) looks.delete(looks.keys().next().value!);
    const look: Look = {
      ...{ generation, after: null, found: null },
      ...{ isDone: false, isRunning: false },
    };
    looks.set(did, look);
    return look;
  }

  function step(did: Did, look: Look): void {
    const { missing, end } = scan(did, look.after);
    look.found = missing[0] ?? null;
    // One that is found is looked at again, should it arrive.
    if (look.found !== null) return;
    look.after = end;
    look.isDone = end === null;
  }

  async function finish(did: Did, look: Look): Promise<void> {
    look.isRunning = true;
    try {
      while (!look.isDone && look.found === null) {
        await new Promise((resolve) => setImmediate(resolve));
        step(did, look);
      }
    } catch {
      // The repository can't be read now, or the program ends: the next look begins anew.
      looks.delete(did);
    } finally {
      look.isRunning = false;
    }
  }

  function isStillMissing(did: Did, cid: CidBytes): boolean {
    return (
      accountDb.blobs.find(did, cid) === null &&
      (stores.find(did)?.isBlobReferenced(cid) ?? false)
    );
  }

  return {
    async list(did, { after, limit }) {
      const found: MissingBlob[] = [];
      for (let from = after; ;) {
        const { missing, end } = scan(did, from);
        for (const cid of missing) {
          const [record] = stores.find(did)?.listRecordsOfBlob(cid, 1) ?? [];
          if (record === undefined) continue;
          const recordUri = formatAtUri(did, record.collection, record.rkey);
          found.push({ cid: formatCid(cid), recordUri });
          if (found.length === limit) return found;
        }
        if (end === null) return found;
        from = end;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    hasAny(did) {
      const store = stores.find(did);
      if (store === null) return false;
      const look = lookOf(did, store.generation);
      if (look.found !== null) {
        if (isStillMissing(did, look.found)) return true;
        look.found = null;
      }
      if (!look.isDone && !look.isRunning) step(did, look);
      if (look.found !== null) return true;
      if (look.isDone) return false;
      if (!look.isRunning) void finish(did, look);
      return null;
    },
  };
}
