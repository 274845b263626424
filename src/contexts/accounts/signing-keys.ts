import type { Clock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner, type Signer } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import type { AccountDb } from "#storage/account/account-db.ts";
import type { ReservedKeyRow } from "#storage/account/reserved-keys.ts";
import type { SigningKeyRow } from "#storage/account/signing-keys.ts";
import type { KeyStore } from "#storage/key-store.ts";
import { randomId, type Random } from "#contexts/security/random.ts";

/** A key that was made and is stored nowhere yet. */
export interface NewKey {
  signer: Signer;
  privateKey: Uint8Array;
}

/** The keys that sign the accounts' commits; sealed wherever they are stored. */
export interface SigningKeys {
  generate(): NewKey;
  /** The row that makes a key the account's own. Wipes the private key. */
  seal(did: Did, key: NewKey): SigningKeyRow;
  /**
   * The signer of an account; kept open for a while.
   * @throws XrpcError AccountNotFound when the account has no key here.
   * @throws OperatorError when the key was sealed under another master key.
   */
  getSigner(did: Did): Signer;
  /** Drops an open signer, after its key was changed or removed. */
  forget(did: Did): void;
  /**
   * Makes a key for an account that is on its way here.
   * @param did null for a key that names nobody; else the same DID gets the same key.
   * @returns the public half as did:key.
   */
  reserve(did: Did | null): string;
  /** The key reserved for the DID, opened. The caller removes its row when it is used. */
  findReserved(did: Did): (NewKey & { keyId: string }) | null;
  /** The same for a key of which the public half is known, reserved for the DID or for nobody. */
  findReservedKey(
    did: Did,
    didKey: string,
  ): (NewKey & { keyId: string }) | null;
}

const CURVE = "k256";
const PURPOSE = "signing-key";
const RESERVED_PURPOSE = "reserved-key";
const MOST_OPEN_SIGNERS = 2000;

export function createSigningKeys(deps: {
  db: Pick<AccountDb, "signingKeys" | "reservedKeys">;
  keyStore: Pick<KeyStore, "seal" | "open">;
  clock: Clock;
  random: Random;
}): SigningKeys {
  const { db, keyStore, clock, random } = deps;
  const open = new Map<Did, Signer>();

  function generate(): NewKey {
    const privateKey = generatePrivateKey(CURVE);
    return { privateKey, signer: createSigner(CURVE, privateKey) };
  }

  function keep(did: Did, signer: Signer): Signer {
    open.delete(did);
    open.set(did, signer);
    if (open.size > MOST_OPEN_SIGNERS) open.delete(open.keys().next().value!);
    return signer;
  }

  function openKey(did: Did): Signer {
    const row = db.signingKeys.find(did);
    if (row === null) {
      throw new XrpcError("AccountNotFound", "The account has no signing key");
    }
    const secret = keyStore.open(PURPOSE, did, row.keyId, row.sealed);
    const signer = createSigner(row.curve, secret);
    secret.fill(0);
    return signer;
  }

  function reserve(did: Did | null): ReservedKeyRow {
    const { privateKey, signer } = generate();
    const keyId = randomId(random);
    const row: ReservedKeyRow = {
      keyId,
      did,
      didKey: signer.didKey,
      curve: CURVE,
      sealed: keyStore.seal(RESERVED_PURPOSE, did ?? "", keyId, privateKey),
      createdAtMs: clock.nowMs(),
    };
    privateKey.fill(0);
    db.reservedKeys.insert(row);
    return row;
  }

  function openReserved(
    row: ReservedKeyRow | null,
  ): (NewKey & { keyId: string }) | null {
    if (row === null) return null;
    const { did, keyId, curve, sealed } = row;
    const context = did ?? "";
    const privateKey = keyStore.open(RESERVED_PURPOSE, context, keyId, sealed);
    return { keyId, privateKey, signer: createSigner(curve, privateKey) };
  }

  return {
    generate,
    seal(did, { signer, privateKey }) {
      const keyId = randomId(random);
      const sealed = keyStore.seal(PURPOSE, did, keyId, privateKey);
      privateKey.fill(0);
      return {
        keyId,
        did,
        didKey: signer.didKey,
        curve: signer.curve,
        sealed,
        createdAtMs: clock.nowMs(),
        retiredAtMs: null,
      };
    },
    getSigner: (did) => keep(did, open.get(did) ?? openKey(did)),
    forget: (did) => void open.delete(did),
    reserve(did) {
      const existing = did === null ? null : db.reservedKeys.findByDid(did);
      return (existing ?? reserve(did)).didKey;
    },
    findReserved: (did) => openReserved(db.reservedKeys.findByDid(did)),
    findReservedKey(did, didKey) {
      const row = db.reservedKeys.findByDidKey(didKey);
      const isTheirs = row?.did === null || row?.did === did;
      return isTheirs ? openReserved(row) : null;
    },
  };
}
