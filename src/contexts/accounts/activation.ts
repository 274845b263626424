import { invalidRequest, XrpcError } from "#lib/errors.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf, type AccountRow } from "#storage/account/accounts.ts";
import { announceActive } from "#contexts/records/activation.ts";
import {
  findIdentityProblem,
  type IdentityCheckDeps,
} from "./identity-check.ts";
import type { SigningKeys } from "./signing-keys.ts";
import { setActive } from "./unfinished-activations.ts";

/** The points at which an activation may be interrupted, in order. */
export type ActivationStep = "checked" | "announced" | "activated";

export interface ActivationDeps extends IdentityCheckDeps {
  db: Pick<AccountDb, "accounts" | "outbox">;
  locks: KeyedMutex;
  keys: SigningKeys;
  /** What announceActive needs. */
  announcing: Parameters<typeof announceActive>[0];
  drainOutbox(): Promise<void>;
  /** Called at each step; tests throw from it. */
  checkpoint?: (step: ActivationStep) => void;
}

export interface Activations {
  /**
   * Makes a deactivated account active and tells the network: account,
   * identity, commit and sync go into the log as one batch, then the account
   * is changed. An account that is active already stays so and nothing is told.
   * @throws XrpcError InvalidRequest when the DID does not lead to this server.
   * @throws XrpcError AccountNotFound (400) when there is none, or it was taken down.
   */
  activate(did: Did): Promise<void>;
}

export function createActivations(deps: ActivationDeps): Activations {
  const { db, locks } = deps;
  const checkpoint = deps.checkpoint ?? (() => {});

  /** @throws XrpcError AccountNotFound */
  function findOwn(did: Did): AccountRow {
    const row = db.accounts.find(did);
    const status = row && statusOf(row);
    if (row !== null && (status === "active" || status === "deactivated")) {
      return row;
    }
    throw new XrpcError("AccountNotFound", "Account not found", {
      status: 400,
    });
  }

  async function activateNow(did: Did): Promise<void> {
    const { deactivatedAtMs, handle } = findOwn(did);
    if (deactivatedAtMs === null) return;
    // What was changed before must be told before.
    await deps.drainOutbox();
    const signer = deps.keys.getSigner(did);
    await announceActive(deps.announcing, { did, handle, signer });
    checkpoint("announced");
    setActive(db, did);
    checkpoint("activated");
  }

  return {
    async activate(did) {
      findOwn(did);
      const problem = await findIdentityProblem(deps, did);
      if (problem !== null)
        throw invalidRequest(problem).because("identityElsewhere", {
          said: problem,
        });
      checkpoint("checked");
      await locks.run(did, () => activateNow(did));
    },
  };
}
