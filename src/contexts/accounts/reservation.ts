import type { Clock } from "#lib/clock.ts";
import { invalidRequest, XrpcError } from "#lib/errors.ts";
import type { Signer } from "#repo/signer.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { AccountRow } from "#storage/account/accounts.ts";
import type { SigningKeyRow } from "#storage/account/signing-keys.ts";
import type { PlcClient, SignedGenesis } from "#contexts/identity/plc.ts";
import { findHolder } from "./handle-holder.ts";
import type { Registration } from "./registration.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** What an account is made from, checked as far as its owner's words go. */
export interface NewAccount {
  /** A DID that its owner brings along, proven; null to make a new one. */
  did: Did | null;
  handle: Handle;
  email: string | null;
  passwordHash: string;
  inviteCode: string | null;
  /** The code was what let the account in, so without a use of it there is none. */
  mustUseInvite: boolean;
  /** did:key of the owner's own, the most powerful in the new identity. */
  recoveryKey: string | null;
}

/** An account that is complete but for being stored. */
export interface PreparedAccount {
  did: Did;
  request: NewAccount;
  key: SigningKeyRow;
  reservedKeyId: string | null;
  genesis: SignedGenesis | null;
}

export interface Reservations {
  /** Makes key and identity, in memory only. */
  prepare(request: NewAccount): PreparedAccount;
  /**
   * Takes the names, counts the invite and stores key and operation, all at once.
   * @throws XrpcError HandleNotAvailable, InvalidInviteCode, InvalidRequest
   */
  reserve(account: PreparedAccount): void;
  setRegistered(did: Did): void;
  /** Gives everything back, as if it had never been. */
  undo(did: Did): void;
}

/** How long an account that moves here may take before it is deleted. */
const ARRIVAL_MS = 3 * 24 * 3_600_000;

export function createReservations(deps: {
  db: AccountDb;
  plc: Pick<PlcClient, "signGenesis">;
  keys: SigningKeys;
  rotationSigner: Signer;
  recoveryDidKey: string | null;
  publicUrl: string;
  registration: Pick<Registration, "checkRate">;
  clock: Clock;
}): Reservations {
  const { db, keys, clock } = deps;

  function signGenesis(request: NewAccount, signingKey: string): SignedGenesis {
    const rotationKeys = [
      request.recoveryKey,
      deps.recoveryDidKey,
      deps.rotationSigner.didKey,
    ].filter((key) => key !== null);
    return deps.plc.signGenesis({
      signingKey,
      rotationKeys: [...new Set(rotationKeys)],
      handle: request.handle,
      pds: deps.publicUrl,
      signer: deps.rotationSigner,
    });
  }

  function assertFree({ did, request }: PreparedAccount): void {
    if (db.accounts.find(did) !== null) throw didTaken(did);
    if (findHolder(db, request.handle) !== null) {
      throw handleTaken(request.handle);
    }
    if (request.email !== null && db.accounts.findByEmail(request.email)) {
      throw emailTaken(request.email);
    }
  }

  function countInvite(request: NewAccount, did: Did): void {
    const { inviteCode: code, mustUseInvite } = request;
    if (code === null && !mustUseInvite) return;
    const use = { code: code ?? "", usedBy: did, usedAtMs: clock.nowMs() };
    if (!db.inviteCodes.use(use) && mustUseInvite) throw inviteUnavailable();
  }

  function accountRow({ did, request }: PreparedAccount): AccountRow {
    const nowMs = clock.nowMs();
    const isArriving = request.did !== null;
    return {
      did,
      handle: request.handle,
      email: request.email,
      emailConfirmedAtMs: null,
      emailFactorAtMs: null,
      passwordHash: request.passwordHash,
      generation: db.accounts.allocateGeneration(did),
      creationState: isArriving ? "registered" : "reserved",
      createdAtMs: nowMs,
      deactivatedAtMs: isArriving ? nowMs : null,
      deleteAfterMs: isArriving ? nowMs + ARRIVAL_MS : null,
      suspendedAtMs: null,
      takedownAtMs: null,
      takedownRef: null,
      deletingAtMs: null,
      invitesDisabledAtMs: null,
      inviteNote: null,
    };
  }

  function storeGenesis({ did, op, cid }: SignedGenesis): void {
    db.plcOperations.add({
      cid,
      did,
      operationJson: JSON.stringify(op),
      createdAtMs: clock.nowMs(),
    });
  }

  return {
    prepare(request) {
      const reserved =
        request.did === null ? null : keys.findReserved(request.did);
      const key = reserved ?? keys.generate();
      const genesis =
        request.did === null ? signGenesis(request, key.signer.didKey) : null;
      const did = request.did ?? genesis!.did;
      return {
        did,
        request,
        key: keys.seal(did, key),
        reservedKeyId: reserved?.keyId ?? null,
        genesis,
      };
    },
    reserve(account) {
      const { did, request, key, genesis, reservedKeyId } = account;
      db.transaction(() => {
        assertFree(account);
        deps.registration.checkRate();
        countInvite(request, did);
        db.accounts.insert(accountRow(account));
        db.signingKeys.insert(key);
        if (genesis !== null) storeGenesis(genesis);
        if (reservedKeyId !== null) db.reservedKeys.remove(reservedKeyId);
      });
    },
    setRegistered(did) {
      db.transaction(() => {
        for (const { cid } of db.plcOperations.list(did)) {
          db.plcOperations.remove(cid);
        }
        db.accounts.update(did, { creationState: "registered" });
      });
    },
    undo(did) {
      db.transaction(() => {
        db.inviteCodes.releaseUse(did);
        db.accounts.remove(did);
      });
      keys.forget(did);
    },
  };
}

export function handleTaken(handle: Handle): XrpcError {
  return new XrpcError("HandleNotAvailable", `Handle already taken: ${handle}`);
}

export function emailTaken(email: string): XrpcError {
  return invalidRequest(`Email already taken: ${email}`).because("emailTaken");
}

/** Tools that move accounts look for this name, or for these words. */
export function didTaken(did: Did): XrpcError {
  const message = `Repo already exists: an account with DID ${did} is here`;
  return new XrpcError("AlreadyExists", message);
}

export function inviteUnavailable(): XrpcError {
  return new XrpcError(
    "InvalidInviteCode",
    "Provided invite code not available",
  );
}
