import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { type AccountRow, statusOf } from "#storage/account/accounts.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { BlobStore } from "#storage/blob-store.ts";
import type { EventLog } from "#storage/event-log.ts";
import type { Sequencer } from "#contexts/sequencer/sequencer.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** The points at which a deletion may be interrupted, in order. From `marked` on it is finished by `resume`. */
export type DeletionStep =
  "marked" | "told" | "repos-removed" | "blobs-removed" | "log-purged";

export interface DeletionDeps {
  db: AccountDb;
  stores: Pick<ActorStores, "removeAll">;
  blobStore: Pick<BlobStore, "removeAll">;
  eventLog: Pick<EventLog, "newestOf">;
  sequencer: Pick<Sequencer, "drainOutbox" | "submit" | "purge">;
  keys: Pick<SigningKeys, "forget">;
  locks: KeyedMutex;
  clock: Clock;
  log: Logger;
  /** Called at each step; tests throw from it. */
  checkpoint?: (step: DeletionStep) => void;
}

/**
 * The end of an account, as a sequence of durable states: marked → the network
 * is told → repositories → blobs → its events → its row. The row goes last, so
 * that until then every start finds what is left to do; afterwards DID, handle
 * and e-mail address are free again. Nothing brings back what is marked.
 */
export interface Deletions {
  /**
   * Deletes an account. It is gone for everybody when this resolves; what a
   * failure leaves of its files is removed later.
   * @throws XrpcError AccountNotFound
   */
  deleteAccount(did: Did): Promise<void>;
  /**
   * Deletes deactivated accounts whose time has come. One that was taken down
   * waits, or its owner could undo that. Returns their number.
   */
  deleteDue(): Promise<number>;
  /** Goes on with deletions that were interrupted. Never throws for one of them. */
  resumeDeletions(): Promise<{ finished: Did[]; waiting: Did[] }>;
}

const PURGE_ROWS = 500;
const DUE_ACCOUNTS = 100;

export function createDeletions(deps: DeletionDeps): Deletions {
  const { db, stores, blobStore, eventLog, sequencer, locks, clock } = deps;
  const checkpoint = deps.checkpoint ?? (() => {});

  function mark(row: AccountRow): void {
    const { did } = row;
    if (row.deletingAtMs !== null) return;
    db.transaction(() => {
      db.accounts.update(did, { deletingAtMs: clock.nowMs() });
      db.sessions.removeAll(did);
      db.emailTokens.removeAll(did);
      if (wasEverActive(row)) {
        const status = "deleted";
        db.outbox.add({ kind: "account", did, active: false, status });
      }
    });
    checkpoint("marked");
  }

  async function tell(row: AccountRow): Promise<void> {
    if (wasEverActive(row)) await sequencer.drainOutbox();
    else await forgetSilently(row);
    checkpoint("told");
  }

  /**
   * An account that never became active here is active somewhere else, or
   * will be: to tell that it was deleted would be wrong.
   */
  async function forgetSilently(row: AccountRow): Promise<void> {
    const { did, generation } = row;
    const state = { did, status: "deleted", deleted: true };
    await sequencer.submit([
      {
        ...{ did, generation, state, kind: "account" },
        ...{ rev: null, frame: null, redo: null, change: null, outboxId: null },
      },
    ]);
  }

  async function purgeLog(did: Did): Promise<void> {
    // The newest is the event of the deletion itself; relays may not have read it.
    const newest = eventLog.newestOf(did);
    if (newest === null) return;
    const chunk = { did, before: newest, limit: PURGE_ROWS };
    while (sequencer.purge(chunk) === PURGE_ROWS) await nextTurn();
  }

  /** Each step may be done again. */
  async function finish(row: AccountRow): Promise<void> {
    const { did } = row;
    await tell(row);
    stores.removeAll(did);
    checkpoint("repos-removed");
    await blobStore.removeAll(did);
    checkpoint("blobs-removed");
    await purgeLog(did);
    checkpoint("log-purged");
    db.accounts.remove(did);
    deps.keys.forget(did);
    deps.log.info("account.deleted", { did });
  }

  /** Under the account's mutex; false when the account is gone or may stay. */
  async function deleteNow(
    did: Did,
    shouldGo: (row: AccountRow) => boolean,
  ): Promise<boolean> {
    const row = db.accounts.find(did);
    if (row === null || row.creationState !== null || !shouldGo(row)) {
      return false;
    }
    mark(row);
    try {
      await finish(row);
    } catch (error) {
      // It is decided; the owner has nothing to wait for.
      deps.log.warn("account.deletion_waits", { did, error });
    }
    return true;
  }

  const isDue = (row: AccountRow) =>
    statusOf(row) === "deactivated" &&
    row.deleteAfterMs !== null &&
    row.deleteAfterMs <= clock.nowMs();

  return {
    async deleteAccount(did) {
      const isDone = await locks.run(did, () => deleteNow(did, () => true));
      if (isDone) return;
      throw new XrpcError("AccountNotFound", "Account not found");
    },
    async deleteDue() {
      let count = 0;
      const due = db.accounts.listDeleteDue(clock.nowMs(), DUE_ACCOUNTS);
      for (const { did } of due) {
        if (await locks.run(did, () => deleteNow(did, isDue))) count++;
      }
      return count;
    },
    async resumeDeletions() {
      const result = { finished: [] as Did[], waiting: [] as Did[] };
      for (const { did } of db.accounts.listDeleting()) {
        await locks
          .run(did, async () => {
            const row = db.accounts.find(did);
            if (row !== null) await finish(row);
            result.finished.push(did);
          })
          .catch((error: unknown) => {
            result.waiting.push(did);
            deps.log.warn("account.deletion_waits", { did, error });
          });
      }
      return result;
    },
  };
}

/** An account on its way here is deactivated from the moment it is made. */
export function wasEverActive(row: AccountRow): boolean {
  return row.deactivatedAtMs !== row.createdAtMs;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
