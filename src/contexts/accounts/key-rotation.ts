import type { Clock } from "#lib/clock.ts";
import { invalidRequest } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import type { Signer } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf } from "#storage/account/accounts.ts";
import type { KeyRotationRow } from "#storage/account/key-rotations.ts";
import {
  findSigningKey,
  type DidDocument,
} from "#contexts/identity/did-document.ts";
import type { PlcClient } from "#contexts/identity/plc.ts";
import { announceKey } from "#contexts/records/activation.ts";
import { findHosted } from "./account-states.ts";
import {
  identityLock,
  prepareIdentityChange,
  submitIdentityChange,
  type IdentityChange,
} from "./identity-change.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** The points at which a rotation may be interrupted, in order. From `begun` on it is finished by `resume`. */
export type KeyRotationStep =
  "begun" | "submitted" | "changed" | "told" | "published";

export interface KeyRotationDeps {
  db: AccountDb;
  keys: SigningKeys;
  plc: Pick<PlcClient, "getLastOp" | "submit">;
  /** Signs for the server in the PLC directory. */
  rotationSigner: Signer;
  locks: KeyedMutex;
  clock: Clock;
  log: Logger;
  /** Fetches the DID document anew. @throws XrpcError when there is none. */
  resolveDid(did: Did): Promise<DidDocument>;
  /** Drops what is cached of a DID. */
  forgetDid(did: Did): void;
  /** Moves the outbox into the log; resolves when its events are durable there. */
  drainOutbox(): Promise<void>;
  /** What announceKey needs. */
  announcing: Parameters<typeof announceKey>[0];
  /** Called at each step; tests throw from it. */
  checkpoint?: (step: KeyRotationStep) => void;
}

/**
 * Changes of the key that signs an account's commits, as a sequence of durable
 * states: the new key is stored before anybody hears of it, and the signed PLC
 * operation before it is sent. Once the directory has it, the key is changed,
 * the network is told, and an empty commit puts the new key under the
 * repository. A crash or an outage at any point is finished later; the change
 * is undone in one case only: when the directory has refused the operation.
 */
export interface KeyRotations {
  /**
   * Repeating it changes nothing.
   * @param change.didKey a key that `reserveSigningKey` gave out, for this DID or for nobody.
   * @throws XrpcError InvalidRequest for a key that is not here, an account that
   *   is not active, an identity that is not ours to change, or the document of
   *   a did:web that does not name the key yet.
   * @throws XrpcError AccountNotFound (403)
   * @throws XrpcError UpstreamFailure (502) when the directory refused; nothing has changed then.
   * @throws XrpcError ServiceUnavailable (503) when the directory can't be
   *   reached: the change is kept and finished later, or by the same call again.
   */
  rotateKey(change: { did: Did; didKey: string }): Promise<void>;
  /** Goes on with all changes that were interrupted. Never throws for one of them. */
  resumeKeyRotations(): Promise<void>;
}

const KEY: IdentityChange<string> = {
  noun: "key",
  apply: (data, didKey) => ({
    ...data,
    verificationMethods: { ...data.verificationMethods, atproto: didKey },
  }),
  isNamed: (document, didKey) => findSigningKey(document) === didKey,
  advice: () => "The DID document does not name the key yet",
};

export function createKeyRotations(deps: KeyRotationDeps): KeyRotations {
  const { db, keys, locks, log } = deps;
  const checkpoint = deps.checkpoint ?? (() => {});
  const isInUse = (did: Did, didKey: string) =>
    db.signingKeys.find(did)?.didKey === didKey;

  /** Goes on with a change from where it stands, if there is one. The caller holds the identity's lock. */
  async function finish(did: Did): Promise<void> {
    const row = db.keyRotations.find(did);
    if (row === null) return;
    if (db.accounts.find(did)?.deletingAtMs !== null) {
      db.keyRotations.remove(did);
      return;
    }
    // The account waits even while the directory is asked: a commit that came
    // between its answer and the change would be signed with the wrong key.
    await locks.run(did, () => finishLocked(row));
  }

  async function finishEarlier(did: Did): Promise<void> {
    try {
      await finish(did);
    } catch (error) {
      // Refused for good, it is no reason not to try another one.
      if (db.keyRotations.find(did) !== null) throw error;
    }
  }

  async function finishLocked(row: KeyRotationRow): Promise<void> {
    const { did, didKey } = row;
    if (!isInUse(did, didKey)) {
      await submitIdentityChange(
        { plc: deps.plc, rows: db.keyRotations, noun: KEY.noun },
        row,
      );
      checkpoint("submitted");
      db.transaction(() => changeKey(row));
      checkpoint("changed");
    }
    keys.forget(did);
    deps.forgetDid(did);
    await deps.drainOutbox();
    checkpoint("told");
    // Nothing may follow an account's end or pause; its time comes later.
    if (statusOf(findHosted(db, did)) !== "active") return;
    await announceKey(deps.announcing, { did, signer: keys.getSigner(did) });
    checkpoint("published");
    db.keyRotations.remove(did);
  }

  function changeKey({ did, didKey }: KeyRotationRow): void {
    const { handle } = findHosted(db, did);
    const key = keys.findReservedKey(did, didKey);
    if (key === null) throw new Error("the reserved key is gone");
    db.signingKeys.retire(did, deps.clock.nowMs());
    db.signingKeys.insert(keys.seal(did, key));
    db.reservedKeys.remove(key.keyId);
    db.outbox.add({ kind: "identity", did, handle });
  }

  function check(did: Did, didKey: string): void {
    if (statusOf(findHosted(db, did)) !== "active") {
      throw invalidRequest(
        "Only an active account can get another key",
      ).because("accountInactive");
    }
    if (isInUse(did, didKey)) return;
    const key = keys.findReservedKey(did, didKey);
    if (key === null) {
      throw invalidRequest(
        "The key is not on this server: com.atproto.server.reserveSigningKey makes one",
      );
    }
    key.privateKey.fill(0);
  }

  return {
    rotateKey: ({ did, didKey }) =>
      locks.run(identityLock(did), async () => {
        findHosted(db, did);
        await finishEarlier(did);
        check(did, didKey);
        if (isInUse(did, didKey)) return;
        const operationJson = await prepareIdentityChange(deps, KEY, {
          did,
          value: didKey,
        });
        db.transaction(() => {
          check(did, didKey);
          const createdAtMs = deps.clock.nowMs();
          db.keyRotations.add({ did, didKey, operationJson, createdAtMs });
        });
        checkpoint("begun");
        await finish(did);
      }),
    async resumeKeyRotations() {
      for (const { did } of db.keyRotations.list()) {
        try {
          await locks.run(identityLock(did), () => finish(did));
          const isDone = db.keyRotations.find(did) === null;
          if (isDone) log.info("key_rotation.finished", { did });
        } catch (error) {
          const isGone = db.keyRotations.find(did) === null;
          const event = isGone ? "given_up" : "waits";
          log.warn(`key_rotation.${event}`, { did, error });
        }
      }
    },
  };
}
