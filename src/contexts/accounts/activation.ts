import { invalidRequest, XrpcError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import type { KeyedMutex } from "#lib/mutex.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf, type AccountRow } from "#storage/account/accounts.ts";
import type { EventLog, EventRow } from "#storage/event-log.ts";
import { announceActive } from "#contexts/records/activation.ts";
import {
  findIdentityProblem,
  type IdentityCheckDeps,
} from "./identity-check.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** The points at which an activation may be interrupted, in order. */
export type ActivationStep = "checked" | "announced" | "activated";

export interface ActivationDeps extends IdentityCheckDeps {
  db: Pick<AccountDb, "accounts" | "outbox">;
  locks: KeyedMutex;
  keys: SigningKeys;
  /** What announceActive needs. */
  announcing: Parameters<typeof announceActive>[0];
  eventLog: Pick<EventLog, "findRepo" | "read">;
  drainOutbox(): Promise<void>;
  log: Logger;
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
  /**
   * Finishes activations that were interrupted after the network had been
   * told; for the start, when the log is applied and the outbox empty.
   * @returns how many there were.
   */
  reconcileStatuses(): number;
}

const PAGE = 500;
const PAGE_BYTES = 16 * 1024 * 1024;

export function createActivations(deps: ActivationDeps): Activations {
  const { db, locks, eventLog, log } = deps;
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
    setActive(did);
    checkpoint("activated");
  }

  function setActive(did: Did): void {
    db.accounts.update(did, { deactivatedAtMs: null, deleteAfterMs: null });
  }

  /** True when the log told that the account is active after it was deactivated. */
  function wasAnnounced({ did, deactivatedAtMs }: AccountRow): boolean {
    const state = eventLog.findRepo(did);
    if (state === null || state.status !== null) return false;
    const told = lastAccountRow(did);
    return told !== null && told.createdAtMs >= deactivatedAtMs!;
  }

  function lastAccountRow(did: Did): EventRow | null {
    let found: EventRow | null = null;
    for (let after = 0; ;) {
      const page = { after, limit: PAGE, maxBytes: PAGE_BYTES, did };
      const rows = eventLog.read(page);
      found = rows.findLast((row) => row.kind === "account") ?? found;
      if (rows.length === 0) return found;
      after = rows.at(-1)!.seq;
    }
  }

  return {
    async activate(did) {
      findOwn(did);
      const problem = await findIdentityProblem(deps, did);
      if (problem !== null) throw invalidRequest(problem);
      checkpoint("checked");
      await locks.run(did, () => activateNow(did));
    },
    reconcileStatuses() {
      let count = 0;
      // A change that waits to be told is newer than all that was told.
      if (db.outbox.list(1).length > 0) return count;
      for (let after: Did | null = null; ;) {
        const page = db.accounts.listDeactivated({ after, limit: PAGE });
        for (const row of page) {
          if (row.creationState !== null || !wasAnnounced(row)) continue;
          setActive(row.did);
          count++;
          log.info("account.activation_finished", { did: row.did });
        }
        if (page.length < PAGE) return count;
        after = page.at(-1)!.did;
      }
    },
  };
}
