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
  /**
   * Ascending by CID, from after one on. References are looked through in small
   * parts, and once: what was found is known from then on.
   */
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
/** Gaps that are remembered of one; where there are more, they lie close together and are found soon. */
const MOST_GAPS = 1000;

/**
 * How far one repository was looked through, and what is missing up to there. A
 * commit names no blob that is not here, so gaps only ever close, until another
 * repository takes the place of this one.
 */
interface Look {
  generation: number;
  /** Ascending; some may have come meanwhile. */
  gaps: CidBytes[];
  after: CidBytes | null;
  isDone: boolean;
  isRunning: boolean;
}

const isFull = ({ gaps }: Look) => gaps.length >= MOST_GAPS;

/** In the order of the list, which is that of the text. */
const isAfter = (cid: CidBytes, other: CidBytes | null) =>
  other === null || formatCid(cid) > formatCid(other);

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
    if (known?.generation === generation) return known;
    looks.delete(did);
    if (looks.size >= MOST_ACCOUNTS) looks.delete(looks.keys().next().value!);
    const look: Look = {
      ...{ generation, gaps: [], after: null },
      ...{ isDone: false, isRunning: false },
    };
    looks.set(did, look);
    return look;
  }

  /** Looks one part further. */
  function step(did: Did, look: Look): void {
    const { missing, end } = scan(did, look.after);
    look.gaps.push(...missing);
    look.after = end;
    look.isDone = end === null;
  }

  async function finish(did: Did, look: Look): Promise<void> {
    look.isRunning = true;
    try {
      while (!look.isDone && look.gaps.length === 0) {
        await othersTurn();
        step(did, look);
      }
    } catch {
      // The repository can't be read now, or the program ends: the next look begins anew.
      looks.delete(did);
    } finally {
      look.isRunning = false;
    }
  }

  /** null for one that has come, or that no record names any more. */
  function findGap(did: Did, cid: CidBytes): MissingBlob | null {
    if (accountDb.blobs.find(did, cid) !== null) return null;
    const [record] = stores.find(did)?.listRecordsOfBlob(cid, 1) ?? [];
    if (record === undefined) return null;
    const recordUri = formatAtUri(did, record.collection, record.rkey);
    return { cid: formatCid(cid), recordUri };
  }

  /** Forgets gaps from the first on, until there is one that is still open. */
  function hasOpenGap(did: Did, look: Look): boolean {
    const open = look.gaps.findIndex((cid) => findGap(did, cid) !== null);
    look.gaps.splice(0, open === -1 ? look.gaps.length : open);
    return open !== -1;
  }

  /** What may be missing after a place, part by part: first what is known, then what is looked for. */
  async function* gapsAfter(did: Did, look: Look, after: CidBytes | null) {
    const isBeyond =
      !look.isDone && after !== null && isAfter(after, look.after);
    for (let place = after; !isBeyond;) {
      const known = look.gaps.filter((cid) => isAfter(cid, place));
      yield known;
      if (look.isDone) return;
      if (isFull(look)) break;
      place = known.at(-1) ?? place;
      // A look in the background may go on meanwhile: what it finds is among the gaps too.
      await othersTurn();
      if (!look.isDone) step(did, look);
    }
    for (let from = isBeyond ? after : look.after; ;) {
      const { missing, end } = scan(did, from);
      yield missing;
      if (end === null) return;
      from = end;
      await othersTurn();
    }
  }

  return {
    async list(did, { after, limit }) {
      const store = stores.find(did);
      if (store === null) return [];
      const found: MissingBlob[] = [];
      const look = lookOf(did, store.generation);
      for await (const cids of gapsAfter(did, look, after)) {
        for (const cid of cids) {
          const gap = findGap(did, cid);
          if (gap === null) continue;
          found.push(gap);
          if (found.length === limit) return found;
        }
      }
      return found;
    },
    hasAny(did) {
      const store = stores.find(did);
      if (store === null) return false;
      const look = lookOf(did, store.generation);
      if (hasOpenGap(did, look)) return true;
      if (!look.isDone && !look.isRunning) step(did, look);
      if (hasOpenGap(did, look)) return true;
      if (look.isDone) return false;
      if (!look.isRunning) void finish(did, look);
      return null;
    },
  };
}

const othersTurn = () => new Promise((resolve) => setImmediate(resolve));
