import { invalidRequest, XrpcError } from "#lib/errors.ts";
import { formatCid, type Cid } from "#repo/cid.ts";
import type { Did, Tid } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import { statusOf } from "#storage/account/accounts.ts";
import type { ActorStores } from "#storage/actor-store.ts";
import type { Caller } from "#contexts/security/caller.ts";
import type { SecurityEvents } from "#contexts/security/events.ts";
import type { Passwords } from "#contexts/security/passwords.ts";
import type { AccountStates } from "./account-states.ts";
import type { Activations } from "./activation.ts";
import type { Deletions } from "./deletion.ts";
import type { EmailTokens } from "./email-tokens.ts";
import {
  findIdentityProblem,
  type IdentityCheckDeps,
} from "./identity-check.ts";
import { asSession } from "./session-methods.ts";

/** Output of com.atproto.server.checkAccountStatus. */
export interface AccountStatusReport {
  activated: boolean;
  /** Whether the DID leads here, as `activateAccount` wants it. */
  validDid: boolean;
  repoCommit: Cid;
  repoRev: Tid;
  repoBlocks: number;
  indexedRecords: number;
  privateStateValues: number;
  /** Blobs that records name. */
  expectedBlobs: number;
  /** Blobs that are here. */
  importedBlobs: number;
}

/** What owners do with their account as a whole. */
export interface Lifecycle {
  /** @throws XrpcError as `Activations.activate` */
  activateAccount(caller: Caller): Promise<void>;
  /**
   * Takes the account out of sight; nothing is lost. With `deleteAfter` it is
   * deleted some time after that date, unless it is active again by then. When
   * an application does it, nothing else that was let in goes on either: that
   * one may be why.
   * @throws XrpcError InvalidRequest for a date that is none.
   */
  deactivateAccount(
    input: { deleteAfter?: string },
    caller: Caller,
  ): Promise<void>;
  /** How far a move to this server has come. Works while deactivated. */
  checkAccountStatus(caller: Caller): Promise<AccountStatusReport>;
  /**
   * Deletes an account for good. Works in every state of it.
   * @throws XrpcError AuthenticationRequired (401) for an unknown DID or a wrong password.
   * @throws XrpcError InvalidToken, ExpiredToken (400)
   */
  deleteAccount(
    input: { did: string; password: string; token: string },
    caller?: Caller,
  ): Promise<void>;
}

export interface LifecycleDeps {
  db: Pick<AccountDb, "accounts" | "blobs" | "preferences">;
  stores: Pick<ActorStores, "find">;
  states: Pick<AccountStates, "deactivate">;
  activations: Pick<Activations, "activate">;
  deletions: Pick<Deletions, "deleteAccount">;
  passwords: Pick<Passwords, "for">;
  emailTokens: Pick<EmailTokens, "verifyEmailToken">;
  identityCheck: IdentityCheckDeps;
  events: Pick<SecurityEvents, "record" | "recordBy">;
}

export function createLifecycle(deps: LifecycleDeps): Lifecycle {
  const { db, stores, events } = deps;

  async function leadsHere(did: Did): Promise<boolean> {
    try {
      return (await findIdentityProblem(deps.identityCheck, did)) === null;
    } catch (error) {
      if (error instanceof XrpcError) return false;
      throw error;
    }
  }

  function recordFailure(did: Did, caller: Caller | undefined): void {
    const detail = { way: "deletion", reason: "password" };
    const from = caller?.from ?? null;
    events.record({ did, kind: "signInFailed", from, detail });
  }

  return {
    async activateAccount(caller) {
      const owner = asSession(caller);
      await deps.activations.activate(owner.did);
      events.recordBy(owner, { kind: "activated" });
    },
    async deactivateAccount({ deleteAfter }, caller) {
      const owner = asSession(caller);
      const deleteAfterMs = parseDate(deleteAfter);
      const endsAccess = owner.kind === "oauth";
      await deps.states.deactivate(owner.did, { deleteAfterMs, endsAccess });
      const detail = { deleteAfter: deleteAfter ?? null };
      events.recordBy(owner, { kind: "deactivated", detail });
    },
    async checkAccountStatus(caller) {
      const { did } = asSession(caller);
      const validDid = await leadsHere(did);
      const row = db.accounts.find(did);
      const store = stores.find(did);
      const head = store?.head() ?? null;
      if (row === null || store === null || head === null) {
        throw new XrpcError("AccountNotFound", "Account not found");
      }
      const counts = store.counts();
      return {
        activated: statusOf(row) === "active",
        validDid,
        repoCommit: formatCid(head.commit),
        repoRev: head.rev,
        repoBlocks: counts.blocks,
        indexedRecords: counts.records,
        privateStateValues: db.preferences.list(did, "app.bsky").length,
        expectedBlobs: counts.blobs,
        importedBlobs: db.blobs.count(did),
      };
    },
    async deleteAccount(input, caller) {
      const did = input.did as Did;
      const row = db.accounts.find(did);
      const hash = row?.passwordHash ?? null;
      const passwords = deps.passwords.for(caller?.from);
      const check = await passwords.verify(input.password, hash);
      const status = row && statusOf(row);
      if (!check.isCorrect || status === "creating" || status === "deleted") {
        if (row !== null) recordFailure(did, caller);
        throw new XrpcError(
          "AuthenticationRequired",
          "Invalid did or password",
        );
      }
      const { token } = input;
      const purpose = "deleteAccount";
      deps.emailTokens.verifyEmailToken({ did, purpose, token });
      await deps.deletions.deleteAccount(did);
    },
  };
}

function parseDate(text: string | undefined): number | null {
  if (text === undefined) return null;
  const timeMs = Date.parse(text);
  if (Number.isNaN(timeMs))
    throw invalidRequest("deleteAfter must be a date").because("dateWrong");
  return timeMs;
}
