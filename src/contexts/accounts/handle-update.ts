import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import type { Signer } from "#repo/signer.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { HandleUpdateRow } from "#storage/account/handle-updates.ts";
import {
  findClaimedHandle,
  type DidDocument,
} from "#contexts/identity/did-document.ts";
import type { NewHandle } from "#contexts/identity/handle-policy.ts";
import type { PlcClient } from "#contexts/identity/plc.ts";
import { withHandle } from "#contexts/identity/plc-operation.ts";
import type { Caller } from "#contexts/security/caller.ts";
import { authorOf, type SecurityEvents } from "#contexts/security/events.ts";
import { findHosted } from "./account-states.ts";
import { findHolder } from "./handle-holder.ts";
import {
  identityLock,
  prepareIdentityChange,
  submitIdentityChange,
  type IdentityChange,
} from "./identity-change.ts";
import { handleTaken } from "./reservation.ts";
import { asSession } from "./session-methods.ts";

/**
 * The points at which a change may be interrupted, in order. What comes before
 * `reserved` leaves no trace; from there on it is finished by `resume`.
 */
export type HandleUpdateStep = "reserved" | "submitted" | "stored";

export interface HandleUpdateDeps {
  db: AccountDb;
  plc: Pick<PlcClient, "getLastOp" | "submit">;
  /** Signs for the server in the PLC directory. */
  rotationSigner: Signer;
  locks: KeyedMutex;
  events: Pick<SecurityEvents, "record">;
  clock: Clock;
  log: Logger;
  /** @throws XrpcError InvalidHandle, HandleNotAvailable */
  checkNewHandle(text: string, options?: { byOperator?: boolean }): NewHandle;
  resolveHandle(handle: Handle): Promise<Did | null>;
  /** Fetches the DID document anew. @throws XrpcError when there is none. */
  resolveDid(did: Did): Promise<DidDocument>;
  /** Drops what is cached of a DID. */
  forgetDid(did: Did): void;
  /** Moves the outbox into the log; resolves when its events are durable there. */
  drainOutbox(): Promise<void>;
  /** Called at each step; tests throw from it. */
  onHandleStep?: (step: HandleUpdateStep) => void;
}

/**
 * Changes of handle, as a sequence of durable states. One row reserves the new
 * name and keeps the signed PLC operation before anything leaves the house; so
 * after a crash or an outage the same operation is sent again and the change
 * rolls forward. It is undone in one case only: when the directory has refused
 * the operation. A change to the handle that the account has mends an identity
 * that says something else, and tells the network again.
 */
export interface HandleUpdates {
  /**
   * For owners: com.atproto.identity.updateHandle, whatever the account's status.
   * @throws as changeHandle
   */
  updateHandle(input: { handle: string }, caller: Caller): Promise<void>;
  /**
   * Resolves when identity, account and event stream have the new handle. From
   * then on the old one is free.
   * @param change.byOperator allows reserved names.
   * @throws XrpcError InvalidHandle also when a handle of another domain doesn't
   *   lead to the DID; HandleNotAvailable
   * @throws XrpcError InvalidRequest when the identity is not ours to change, or
   *   the document of a did:web does not claim the handle yet.
   * @throws XrpcError AccountNotFound (403)
   * @throws XrpcError UpstreamFailure (502) when the directory refused; nothing has changed then.
   * @throws XrpcError ServiceUnavailable (503) when the directory can't be
   *   reached: the change is kept and finished later, or by the same call again.
   */
  changeHandle(change: {
    did: Did;
    handle: string;
    byOperator?: boolean;
    /** For the memory of it. */
    caller?: Caller;
  }): Promise<void>;
  /** Goes on with all changes that were interrupted. Never throws for one of them. */
  resumeHandleUpdates(): Promise<void>;
}

const HANDLE: IdentityChange<Handle> = {
  noun: "handle",
  apply: withHandle,
  isNamed: (document, handle) => findClaimedHandle(document) === handle,
  advice: (handle) =>
    `The DID document does not claim the handle: put at://${handle} first in its alsoKnownAs`,
};

export function createHandleUpdates(deps: HandleUpdateDeps): HandleUpdates {
  const { db, locks, log } = deps;
  const checkpoint = deps.onHandleStep ?? (() => {});
  /** Who makes the changes that are under way; nobody knows after a crash. */
  const authors = new Map<Did, ReturnType<typeof authorOf>>();

  /** A name of another domain must lead to the DID. */
  async function checkForeign(handle: Handle, did: Did): Promise<void> {
    if ((await deps.resolveHandle(handle)) === did) return;
    throw new XrpcError(
      "InvalidHandle",
      "External handle did not resolve to DID",
    ).because("handleElsewhere");
  }

  function checkFree(handle: Handle, did: Did): void {
    const holder = findHolder(db, handle);
    if (holder !== null && holder !== did) throw handleTaken(handle);
  }

  /** Goes on with a change from where it stands, if there is one. The caller holds the identity's lock. */
  async function finish(did: Did): Promise<void> {
    const row = db.handleUpdates.find(did);
    if (row === null) return;
    if (db.accounts.find(did)?.deletingAtMs !== null) {
      db.handleUpdates.remove(did);
      return;
    }
    await submitIdentityChange(
      { plc: deps.plc, rows: db.handleUpdates, noun: HANDLE.noun },
      row,
    );
    deps.forgetDid(did);
    checkpoint("submitted");
    await locks.run(did, async () => {
      db.transaction(() => store(row));
      checkpoint("stored");
      await deps.drainOutbox();
    });
  }

  function store({ did, handle }: HandleUpdateRow): void {
    const { handle: before } = findHosted(db, did);
    db.accounts.update(did, { handle });
    if (before !== handle) {
      const author = authors.get(did);
      const detail = { before, after: handle };
      deps.events.record({ did, kind: "handleChanged", detail, ...author });
    }
    db.outbox.add({ kind: "identity", did, handle });
    db.handleUpdates.remove(did);
  }

  /** @returns the handle that an earlier, interrupted change has led to; null if there was none. */
  async function finishEarlier(did: Did): Promise<Handle | null> {
    const row = db.handleUpdates.find(did);
    try {
      await finish(did);
      return row && row.handle;
    } catch (error) {
      // Refused for good, it is no reason not to try another one.
      if (db.handleUpdates.find(did) === null) return null;
      throw error;
    }
  }

  const changeHandle: HandleUpdates["changeHandle"] = async (change) => {
    const { did, byOperator = false } = change;
    const { handle, isOurs } = deps.checkNewHandle(change.handle, {
      byOperator,
    });
    findHosted(db, did);
    checkFree(handle, did);
    if (!isOurs) await checkForeign(handle, did);
    await locks.run(identityLock(did), async () => {
      if ((await finishEarlier(did)) === handle) return;
      const operationJson = await prepareIdentityChange(deps, HANDLE, {
        did,
        value: handle,
      });
      db.transaction(() => {
        findHosted(db, did);
        checkFree(handle, did);
        const createdAtMs = deps.clock.nowMs();
        db.handleUpdates.add({ did, handle, operationJson, createdAtMs });
      });
      checkpoint("reserved");
      if (change.caller !== undefined)
        authors.set(did, authorOf(change.caller));
      await finish(did).finally(() => authors.delete(did));
    });
  };

  return {
    changeHandle,
    updateHandle: ({ handle }, caller) =>
      changeHandle({ did: asSession(caller).did, handle, caller }),
    async resumeHandleUpdates() {
      for (const { did } of db.handleUpdates.list()) {
        try {
          await locks.run(identityLock(did), () => finish(did));
          log.info("handle update finished", { did });
        } catch (error) {
          const isGone = db.handleUpdates.find(did) === null;
          const event = isGone ? "given up" : "waits";
          log.warn(`handle update ${event}`, { did, error });
        }
      }
    },
  };
}
