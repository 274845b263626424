import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import {
  statusOf,
  type AccountChanges,
  type AccountRow,
} from "#storage/account/accounts.ts";
import type { AccountEvent } from "#storage/account/outbox.ts";

/**
 * Changes of an account's hosting status. The change and the events that tell
 * of it are one transaction under the account's mutex; the events are in the
 * log before the mutex is free, so that no commit comes after them. A change
 * that changes nothing tells nothing.
 */
export interface AccountStates {
  /**
   * One that is deactivated already only gets the new date of its deletion.
   * `endsAccess` also takes away what was given to applications: what they were
   * granted, and app passwords.
   * @throws XrpcError AccountNotFound
   */
  deactivate(
    did: Did,
    options?: { deleteAfterMs?: number | null; endsAccess?: boolean },
  ): Promise<void>;
  /** Also ends all sessions and voids all codes. @throws XrpcError AccountNotFound */
  takeDown(did: Did, ref: string): Promise<void>;
  /** @throws XrpcError AccountNotFound */
  restore(did: Did): Promise<void>;
  /** Also ends all sessions and voids all codes. @throws XrpcError AccountNotFound */
  suspend(did: Did): Promise<void>;
  /** @throws XrpcError AccountNotFound */
  unsuspend(did: Did): Promise<void>;
}

export interface AccountStateDeps {
  db: AccountDb;
  locks: KeyedMutex;
  /** Moves the outbox into the log; resolves when its events are durable there. */
  drainOutbox(): Promise<void>;
  clock: Clock;
}

export function createAccountStates(deps: AccountStateDeps): AccountStates {
  const { db, locks, clock } = deps;

  function change(
    did: Did,
    changesOf: (row: AccountRow) => AccountChanges,
    andThen: () => void = () => undefined,
  ): Promise<void> {
    return locks.run(did, async () => {
      db.transaction(() => {
        store(did, changesOf);
        andThen();
      });
      await deps.drainOutbox();
    });
  }

  function store(
    did: Did,
    changesOf: (row: AccountRow) => AccountChanges,
  ): void {
    const before = findHosted(db, did);
    const changes = changesOf(before);
    db.accounts.update(did, changes);
    const event = accountEvent(findHosted(db, did));
    if (event.status !== accountEvent(before).status) db.outbox.add(event);
    if (changes.takedownAtMs || changes.suspendedAtMs) {
      db.sessions.removeAll(did);
      // One that allows to delete the account would undo this.
      db.emailTokens.removeAll(did);
    }
  }

  function endAccess(did: Did): void {
    const { tokens, grants } = db.oauth;
    for (const { id } of tokens.list(did)) tokens.remove(id);
    for (const { clientId } of grants.list(did)) grants.remove(did, clientId);
    db.appPasswords.removeAll(did);
  }

  return {
    deactivate: (did, { deleteAfterMs = null, endsAccess = false } = {}) =>
      change(
        did,
        // Since when it is not active stays as it is; it also tells whether it
        // ever was, since one on its way here never is from the time it is made.
        ({ deactivatedAtMs, createdAtMs }) => ({
          deactivatedAtMs:
            deactivatedAtMs ?? Math.max(clock.nowMs(), createdAtMs + 1),
          deleteAfterMs,
        }),
        () => endsAccess && endAccess(did),
      ),
    takeDown: (did, takedownRef) =>
      change(did, () => ({ takedownAtMs: clock.nowMs(), takedownRef })),
    restore: (did) =>
      change(did, () => ({ takedownAtMs: null, takedownRef: null })),
    suspend: (did) => change(did, () => ({ suspendedAtMs: clock.nowMs() })),
    unsuspend: (did) => change(did, () => ({ suspendedAtMs: null })),
  };
}

/**
 * An account that is here, whatever its status.
 * @throws XrpcError AccountNotFound also while it is being made or deleted.
 */
export function findHosted(
  db: Pick<AccountDb, "accounts">,
  did: Did,
): AccountRow {
  const row = db.accounts.find(did);
  const status = row && statusOf(row);
  if (row === null || status === "creating" || status === "deleted") {
    throw new XrpcError("AccountNotFound", "Account not found");
  }
  return row;
}

/** What the network is told of an account as it stands. */
export function accountEvent(
  row: AccountRow,
): Extract<AccountEvent, { kind: "account" }> {
  const status = statusOf(row);
  const active = status === "active";
  return {
    kind: "account",
    did: row.did,
    active,
    status: active ? null : status,
  };
}
