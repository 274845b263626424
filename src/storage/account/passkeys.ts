import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** A passkey of an account: a public key whose other half a device keeps. */
export interface PasskeyRow {
  /** The credential's id, in base64url. */
  id: string;
  did: Did;
  /** What its owner calls it. */
  name: string;
  /** COSE. */
  publicKey: Uint8Array;
  /** Signatures so far, as the device counts; 0 where it does not. */
  counter: number;
  /** How the device can be reached, separated by commas. */
  transports: string;
  /** It is copied to the owner's other devices. */
  isBackedUp: boolean;
  createdAtMs: number;
  lastUsedAtMs: number | null;
}

export interface PasskeyRows {
  /** False when there is one of this id already, whoever's. */
  insert(row: PasskeyRow): boolean;
  find(id: string): PasskeyRow | null;
  /** Oldest first. */
  list(did: Did): PasskeyRow[];
  /** False when the stored counter has reached the new one meanwhile. */
  use(
    id: string,
    used: { counter: number; isBackedUp: boolean; nowMs: number },
  ): boolean;
  /** False when the account has no such one. */
  rename(did: Did, id: string, name: string): boolean;
  remove(did: Did, id: string): boolean;
  removeAll(did: Did): number;
}

type Stored = Omit<PasskeyRow, "isBackedUp"> & { isBackedUp: number };

const FIELDS = `id, did, name, public_key AS publicKey, counter, transports,
  is_backed_up AS isBackedUp, created_at_ms AS createdAtMs, last_used_at_ms AS lastUsedAtMs`;

export function createPasskeyRows(db: Database): PasskeyRows {
  const insert = db.prepare(
    `INSERT INTO passkey (id, did, name, public_key, counter, transports, is_backed_up, created_at_ms, last_used_at_ms)
     VALUES ($id, $did, $name, $publicKey, $counter, $transports, $isBackedUp, $createdAtMs, $lastUsedAtMs)
     ON CONFLICT DO NOTHING`,
  );
  const find = db.prepare<Stored, [{ id: string }]>(
    `SELECT ${FIELDS} FROM passkey WHERE id = $id`,
  );
  const list = db.prepare<Stored, [{ did: Did }]>(
    `SELECT ${FIELDS} FROM passkey WHERE did = $did ORDER BY created_at_ms, id`,
  );
  // Devices that do not count send 0 each time.
  const use = db.prepare(
    `UPDATE passkey SET counter = $counter, is_backed_up = $isBackedUp, last_used_at_ms = $nowMs
     WHERE id = $id AND (counter < $counter OR (counter = 0 AND $counter = 0))`,
  );
  const rename = db.prepare(
    "UPDATE passkey SET name = $name WHERE did = $did AND id = $id",
  );
  const remove = db.prepare(
    "DELETE FROM passkey WHERE did = $did AND id = $id",
  );
  const removeAll = db.prepare("DELETE FROM passkey WHERE did = $did");
  return {
    insert: (row) =>
      insert.run({ ...row, isBackedUp: row.isBackedUp ? 1 : 0 }).changes > 0,
    find: (id) => fromStored(find.get({ id })),
    list: (did) => list.all({ did }).map((row) => fromStored(row)!),
    use: (id, { isBackedUp, ...used }) =>
      use.run({ id, ...used, isBackedUp: isBackedUp ? 1 : 0 }).changes > 0,
    rename: (did, id, name) => rename.run({ did, id, name }).changes > 0,
    remove: (did, id) => remove.run({ did, id }).changes > 0,
    removeAll: (did) => removeAll.run({ did }).changes,
  };
}

function fromStored(row: Stored | null): PasskeyRow | null {
  return row && { ...row, isBackedUp: row.isBackedUp === 1 };
}
