import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import type { Signer } from "#repo/signer.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import type { PlcClient } from "#contexts/identity/plc.ts";
import type { AnyPlcOperation } from "#contexts/identity/plc-operation.ts";
import type { Registration } from "./registration.ts";
import { createReservations, type NewAccount } from "./reservation.ts";
import type { SigningKeys } from "./signing-keys.ts";

/**
 * The points at which a creation may be interrupted, in order. What comes
 * before `reserved` leaves no trace; from there on it is finished by `resume`.
 */
export type CreationStep =
  "prepared" | "reserved" | "submitted" | "registered" | "published" | "active";

/**
 * Makes the repository and tells the network, as one batch. A repository that
 * has a commit is left as it is. Without `active` nothing is told.
 */
export interface Genesis {
  publish(input: {
    did: Did;
    handle: Handle;
    signer: Signer;
    active: boolean;
  }): Promise<void>;
}

export interface CreationDeps {
  db: AccountDb;
  plc: Pick<PlcClient, "signGenesis" | "submit">;
  keys: SigningKeys;
  genesis: Genesis;
  locks: KeyedMutex;
  /** Signs for the server in the PLC directory. */
  rotationSigner: Signer;
  /** Put before the server's own key in new identities. */
  recoveryDidKey: string | null;
  publicUrl: string;
  registration: Pick<Registration, "checkRate">;
  clock: Clock;
  log: Logger;
  /** Called at each step; tests throw from it. */
  checkpoint?: (step: CreationStep) => void;
}

export interface ResumeResult {
  finished: Did[];
  /** Creations that still can't be finished; to be tried again. */
  waiting: Did[];
  /** Creations that the directory refused; nothing is left of them. */
  refused: Did[];
}

/**
 * The making of an account, as a sequence of durable states: reserved →
 * registered → active. One transaction reserves the names, counts the invite
 * and stores the sealed key together with the signed PLC operation, before
 * anything leaves the house; so after a crash the same operation is sent again
 * and the creation rolls forward. It is undone in one case only: when the
 * directory has refused the operation.
 */
export interface Creations {
  /**
   * @throws XrpcError HandleNotAvailable, InvalidInviteCode, InvalidRequest
   *   (e-mail or DID taken); nothing is left behind.
   * @throws XrpcError UpstreamFailure (502) when the directory refused; nothing
   *   is left behind.
   * @throws XrpcError ServiceUnavailable (503) when the directory can't be
   *   reached; the reservation stays and is finished later.
   */
  create(request: NewAccount): Promise<AccountRow>;
  /** A creation of that handle which nobody is working at; null if there is none. */
  findInterrupted(handle: Handle): AccountRow | null;
  /** Goes on with a creation from where it stands. @throws as `create` */
  finish(did: Did): Promise<AccountRow>;
  /** Goes on with all creations that were interrupted. Never throws for one of them. */
  resume(): Promise<ResumeResult>;
}

export function createCreations(deps: CreationDeps): Creations {
  const { db, locks, log } = deps;
  const checkpoint = deps.checkpoint ?? (() => {});
  const reservations = createReservations(deps);
  const inProgress = new Set<Did>();

  async function finish(did: Did): Promise<AccountRow> {
    inProgress.add(did);
    try {
      // Not the account's own key: the repository is made under that one.
      return await locks.run(`creation:${did}`, () => advance(did));
    } finally {
      inProgress.delete(did);
    }
  }

  async function advance(did: Did): Promise<AccountRow> {
    if (find(did).creationState === "reserved") await register(did);
    const row = find(did);
    if (row.creationState === "registered") await publish(row);
    return find(did);
  }

  function find(did: Did): AccountRow {
    const row = db.accounts.find(did);
    if (row === null) throw refused();
    return row;
  }

  async function register(did: Did): Promise<void> {
    for (const { cid, operationJson } of db.plcOperations.list(did)) {
      try {
        const operation = JSON.parse(operationJson) as AnyPlcOperation;
        await deps.plc.submit(did, operation);
      } catch (error) {
        if (isRefusal(error)) {
          reservations.undo(did);
          log.error("account creation refused by the PLC directory", {
            did,
            error,
          });
          throw refused(error);
        }
        db.plcOperations.noteFailure(cid, String(error));
        throw unreachable(error);
      }
    }
    checkpoint("submitted");
    reservations.setRegistered(did);
    checkpoint("registered");
  }

  async function publish(row: AccountRow): Promise<void> {
    const { did, handle } = row;
    await deps.genesis.publish({
      did,
      handle,
      signer: deps.keys.getSigner(did),
      active: row.deactivatedAtMs === null,
    });
    checkpoint("published");
    db.accounts.update(did, { creationState: null });
    checkpoint("active");
  }

  return {
    async create(request) {
      const prepared = reservations.prepare(request);
      checkpoint("prepared");
      reservations.reserve(prepared);
      checkpoint("reserved");
      return finish(prepared.did);
    },
    findInterrupted(handle) {
      const row = db.accounts.findByHandle(handle);
      const isOpen = row !== null && row.creationState !== null;
      return isOpen && !inProgress.has(row.did) ? row : null;
    },
    finish,
    async resume() {
      const result: ResumeResult = { finished: [], waiting: [], refused: [] };
      for (const { did } of db.accounts.listCreating()) {
        if (inProgress.has(did)) continue;
        try {
          await finish(did);
          result.finished.push(did);
          log.info("account creation finished", { did });
        } catch (error) {
          const isGone = db.accounts.find(did) === null;
          result[isGone ? "refused" : "waiting"].push(did);
          if (!isGone) log.warn("account creation waits", { did, error });
        }
      }
      return result;
    },
  };
}

/** The directory has seen the operation and said no; trying again would not help. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof XrpcError &&
    error.status >= 400 &&
    error.status < 500 &&
    error.status !== 408 &&
    error.status !== 429
  );
}

function refused(cause?: unknown): XrpcError {
  const said = cause instanceof XrpcError ? cause.message : "";
  return new XrpcError(
    "UpstreamFailure",
    `The PLC directory refused the new identity${said && `: ${said}`}`,
    { cause },
  ).because("directoryRefused", { said });
}

function unreachable(cause: unknown): XrpcError {
  return new XrpcError(
    "ServiceUnavailable",
    "The PLC directory can't be reached. The account is reserved and will be finished as soon as possible; " +
      "the same handle, e-mail and password continue where this stopped.",
    { cause, retryAfterSec: 30 },
  ).because("directoryLater");
}
