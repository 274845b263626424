import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import type { CidBytes } from "#repo/cid.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf } from "#storage/account/accounts.ts";
import type { BlobRow } from "#storage/account/blobs.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { BlobStore } from "#storage/blob-store.ts";

export interface CollectorDeps {
  accountDb: AccountDb;
  blobStore: BlobStore;
  stores: ActorStores;
  /** True while the account's repository lacks rows that the log holds. */
  isBehind(did: Did): boolean;
  locks: KeyedMutex;
  clock: Clock;
  log: Pick<Logger, "warn">;
}

export interface Collected {
  removed: number;
  removedBytes: number;
  /** Files that belonged to no row: what a crash left behind. */
  orphans: number;
  /** Accounts that could not be looked at this time. */
  failed: number;
}

export interface BlobCollector {
  /**
   * Removes uploads that no record names and that are older than the grace
   * time, and files without a row. Only active accounts: one that moves here
   * uploads first and gets its records later. May be stopped at any moment and
   * called again.
   * @see https://atproto.com/specs/blob#blob-lifecycle: the grace time is an hour at least
   */
  collectUnreferencedBlobs(options: {
    olderThanMs: number;
  }): Promise<Collected>;
  /** The same for one account, if it is active. */
  collectUnreferencedBlobsOf(options: CollectionOf): Promise<Collected>;
  /** One blob; false when it is too young, or something names it, or it is not here. */
  removeUnreferencedBlob(options: {
    did: Did;
    cid: CidBytes;
    olderThanMs: number;
  }): Promise<boolean>;
}

interface CollectionOf {
  did: Did;
  olderThanMs: number;
  /** Ends it between two pages. */
  signal?: AbortSignal;
  /** Called after each page with the number of blobs that were looked at. */
  onPage?(looked: number, total: Collected): void;
}

const ACCOUNT_PAGE = 100;
const BLOB_PAGE = 500;

export function createBlobCollector(deps: CollectorDeps): BlobCollector {
  const { accountDb, blobStore, stores, locks, clock } = deps;

  function isActive(did: Did): boolean {
    const row = accountDb.accounts.find(did);
    return row !== null && statusOf(row) === "active";
  }

  function isUnused(did: Did, row: BlobRow | null, beforeMs: number): boolean {
    if (row === null || row.createdAtMs >= beforeMs) return false;
    // Evidence; and its row keeps the blob from being uploaded again.
    if (accountDb.takedowns.findBlob(did, row.cid) !== null) return false;
    const store = stores.find(did);
    return store !== null && !store.isBlobReferenced(row.cid);
  }

  /**
   * Under the account's mutex, where neither uploads nor commits happen. Once
   * the repository is on disk no replay of the log brings a reference back.
   */
  async function removeUnused(
    did: Did,
    candidates: readonly BlobRow[],
    beforeMs: number,
  ): Promise<BlobRow[]> {
    if (deps.isBehind(did)) return [];
    const unused = candidates.filter(({ cid }) =>
      isUnused(did, accountDb.blobs.find(did, cid), beforeMs),
    );
    if (unused.length === 0) return [];
    await stores.sync(did, stores.find(did)!.generation);
    accountDb.transaction(() => {
      for (const { cid } of unused) accountDb.blobs.remove(did, cid);
    });
    for (const { cid } of unused) await blobStore.remove(did, cid);
    return unused;
  }

  async function removeOrphan(did: Did, cid: CidBytes): Promise<boolean> {
    if (accountDb.blobs.find(did, cid) !== null) return false;
    await blobStore.remove(did, cid);
    return true;
  }

  async function collectAccount(
    { did, signal, onPage }: Omit<CollectionOf, "olderThanMs">,
    beforeMs: number,
    total: Collected,
  ): Promise<void> {
    let after: CidBytes | null = null;
    let looked = 0;
    do {
      const page: BlobRow[] = accountDb.blobs.list(did, after, BLOB_PAGE);
      const candidates = page.filter((row) => isUnused(did, row, beforeMs));
      if (candidates.length > 0) {
        const removed = await locks.run(did, () =>
          removeUnused(did, candidates, beforeMs),
        );
        total.removed += removed.length;
        for (const { sizeBytes } of removed) total.removedBytes += sizeBytes;
      }
      looked += page.length;
      onPage?.(looked, total);
      if (signal?.aborted) return;
      // Others get their turn, also where nothing was to be removed.
      await new Promise((resolve) => setImmediate(resolve));
      after = page.length < BLOB_PAGE ? null : page[page.length - 1]!.cid;
    } while (after !== null);
    for (const cid of await blobStore.listAll(did)) {
      if (accountDb.blobs.find(did, cid) !== null) continue;
      if (await locks.run(did, () => removeOrphan(did, cid))) total.orphans++;
    }
  }

  return {
    async collectUnreferencedBlobsOf({ olderThanMs, ...options }) {
      const total = { removed: 0, removedBytes: 0, orphans: 0, failed: 0 };
      if (!isActive(options.did)) return total;
      await collectAccount(options, clock.nowMs() - olderThanMs, total);
      return total;
    },
    async removeUnreferencedBlob({ did, cid, olderThanMs }) {
      const row = accountDb.blobs.find(did, cid);
      if (row === null || !isActive(did)) return false;
      const beforeMs = clock.nowMs() - olderThanMs;
      const removed = await locks.run(did, () =>
        removeUnused(did, [row], beforeMs),
      );
      return removed.length > 0;
    },
    async collectUnreferencedBlobs({ olderThanMs }) {
      const total = { removed: 0, removedBytes: 0, orphans: 0, failed: 0 };
      const beforeMs = clock.nowMs() - olderThanMs;
      let after: string | null = null;
      for (;;) {
        const page = accountDb.accounts.list({ after, limit: ACCOUNT_PAGE });
        for (const row of page) {
          if (statusOf(row) !== "active") continue;
          await collectAccount(row, beforeMs, total).catch((error) => {
            total.failed++;
            deps.log.warn("blobs.collect.failed", { did: row.did, error });
          });
        }
        if (page.length < ACCOUNT_PAGE) return total;
        after = page[page.length - 1]!.did;
      }
    },
  };
}
