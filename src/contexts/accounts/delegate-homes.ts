import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf } from "#storage/account/accounts.ts";
import type { DelegationRow } from "#storage/account/delegations.ts";
import {
  type DidDocument,
  findPdsEndpoint,
} from "#contexts/identity/did-document.ts";
import type { Clock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";

/**
 * Where delegates live. An account that rests here may have been moved away, or
 * be on its way here: then it says nothing about its owner, who lives where the
 * DID's document says, and acts for others as anybody from elsewhere does.
 */
export interface DelegateHomes {
  /** Asks the network where the account rests here. A document that can't be had counts as ours. */
  livesHere(did: Did, options?: { refresh?: boolean }): Promise<boolean>;
  /** To be called once somebody has proved by the keys or server of their document who they are. */
  noteElsewhere(did: Did): void;
  /** As far as it is known without asking: whoever may not act for themselves may not act for others. */
  mayAct(row: DelegationRow): boolean;
  /** Asks where somebody lives who may not act and has just proved by their key who they are. */
  lookAgain(row: DelegationRow): Promise<void>;
}

export interface DelegateHomeDeps {
  db: Pick<AccountDb, "accounts" | "delegations">;
  /** @throws XrpcError when the DID does not resolve. */
  resolveDid(did: Did, options?: { refresh?: boolean }): Promise<DidDocument>;
  publicUrl: string;
  clock: Clock;
}

export function createDelegateHomes(deps: DelegateHomeDeps): DelegateHomes {
  const { db, clock } = deps;
  const publicUrl = deps.publicUrl.replace(/\/+$/, "");

  const homes: DelegateHomes = {
    async livesHere(did, options) {
      const row = db.accounts.findHosting(did);
      if (row === null) return false;
      if (statusOf(row) !== "deactivated") return true;
      const document = await deps.resolveDid(did, options).catch(() => null);
      return document === null || findPdsEndpoint(document) === publicUrl;
    },
    noteElsewhere: (did) => db.delegations.noteElsewhere(did, clock.nowMs()),
    mayAct({ delegateDid, elsewhereAtMs }) {
      const row = db.accounts.findHosting(delegateDid);
      if (row === null || statusOf(row) === "active") return true;
      if (statusOf(row) !== "deactivated") return false;
      // Shown since it rests: one that came back and rests again is ours anew.
      return elsewhereAtMs !== null && elsewhereAtMs >= row.deactivatedAtMs!;
    },
    async lookAgain(row) {
      if (homes.mayAct(row)) return;
      const { delegateDid } = row;
      if (!(await homes.livesHere(delegateDid))) {
        homes.noteElsewhere(delegateDid);
      }
    },
  };
  return homes;
}
