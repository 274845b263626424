import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";
import { createPasskeyRows, type PasskeyRows } from "./passkeys.ts";
import {
  createSignInPolicyRows,
  type SignInPolicyRows,
} from "./sign-in-policies.ts";
import { createTotpRows, type TotpRows } from "./totps.ts";

/** What proves an owner beside the password. */
export interface FactorRows {
  readonly totps: TotpRows;
  readonly passkeys: PasskeyRows;
  readonly backupCodes: BackupCodeRows;
  readonly trustedDevices: TrustedDeviceRows;
  readonly policies: SignInPolicyRows;
  readonly recoveries: FactorRecoveryRows;
}

/** Codes on paper, each good for one use. */
export interface BackupCodeRows {
  /** In place of all that there were. */
  replace(did: Did, codeHashes: readonly Uint8Array[]): void;
  /** False for a code that is unknown or was used. */
  use(did: Did, codeHash: Uint8Array, nowMs: number): boolean;
  /** How many are left. */
  countUnused(did: Did): number;
}

/** Browsers in which the second factor is not asked for a while. */
export interface TrustedDeviceRow {
  deviceId: string;
  did: Did;
  trustedAtMs: number;
  untilMs: number;
}

export interface TrustedDeviceRows {
  put(row: TrustedDeviceRow): void;
  find(deviceId: string, did: Did): TrustedDeviceRow | null;
  /** Newest first, with what is known of the browser. */
  list(
    did: Did,
  ): (TrustedDeviceRow & { userAgent: string | null; ipAddress: string })[];
  /** False when there was none. */
  remove(did: Did, deviceId: string): boolean;
  removeAll(did: Did): void;
  /** Returns the number removed. */
  removeExpired(nowMs: number, limit: number): number;
}

/** The operator's word that an owner has lost all factors; it waits for an objection. */
export interface FactorRecoveryRow {
  did: Did;
  /** SHA-256 of what the link in the letter carries. */
  cancelHash: Uint8Array;
  askedAtMs: number;
  dueAtMs: number;
}

export interface FactorRecoveryRows {
  /** False when one waits already. */
  add(row: FactorRecoveryRow): boolean;
  find(did: Did): FactorRecoveryRow | null;
  findByCancelHash(cancelHash: Uint8Array): FactorRecoveryRow | null;
  /** Oldest first. */
  listDue(nowMs: number, limit: number): FactorRecoveryRow[];
  /** False when there was none. */
  remove(did: Did): boolean;
}

export function createFactorRows(db: Database): FactorRows {
  return {
    totps: createTotpRows(db),
    passkeys: createPasskeyRows(db),
    backupCodes: createBackupCodeRows(db),
    trustedDevices: createTrustedDeviceRows(db),
    policies: createSignInPolicyRows(db),
    recoveries: createFactorRecoveryRows(db),
  };
}

function createBackupCodeRows(db: Database): BackupCodeRows {
  const removeAll = db.prepare("DELETE FROM backup_code WHERE did = $did");
  const insert = db.prepare(
    "INSERT INTO backup_code (did, code_hash) VALUES ($did, $codeHash)",
  );
  const use = db.prepare(
    `UPDATE backup_code SET used_at_ms = $nowMs
     WHERE did = $did AND code_hash = $codeHash AND used_at_ms IS NULL`,
  );
  const count = db.prepare<{ n: number }, [{ did: Did }]>(
    "SELECT count(*) AS n FROM backup_code WHERE did = $did AND used_at_ms IS NULL",
  );
  return {
    replace: db.transaction((did: Did, codeHashes: readonly Uint8Array[]) => {
      removeAll.run({ did });
      for (const codeHash of codeHashes) insert.run({ did, codeHash });
    }),
    use: (did, codeHash, nowMs) =>
      use.run({ did, codeHash, nowMs }).changes > 0,
    countUnused: (did) => count.get({ did })!.n,
  };
}

function createTrustedDeviceRows(db: Database): TrustedDeviceRows {
  const fields = `t.device_id AS deviceId, t.did, t.trusted_at_ms AS trustedAtMs, t.until_ms AS untilMs`;
  const put = db.prepare(
    `INSERT OR REPLACE INTO trusted_device (device_id, did, trusted_at_ms, until_ms)
     VALUES ($deviceId, $did, $trustedAtMs, $untilMs)`,
  );
  const find = db.prepare<TrustedDeviceRow, [{ deviceId: string; did: Did }]>(
    `SELECT ${fields} FROM trusted_device t WHERE device_id = $deviceId AND did = $did`,
  );
  const list = db.prepare<
    ReturnType<TrustedDeviceRows["list"]>[number],
    [{ did: Did }]
  >(
    `SELECT ${fields}, d.user_agent AS userAgent, d.ip_address AS ipAddress
     FROM trusted_device t JOIN oauth_device d ON d.id = t.device_id
     WHERE t.did = $did ORDER BY t.trusted_at_ms DESC, t.device_id`,
  );
  const remove = db.prepare(
    "DELETE FROM trusted_device WHERE did = $did AND device_id = $deviceId",
  );
  const removeAll = db.prepare("DELETE FROM trusted_device WHERE did = $did");
  const removeExpired = db.prepare(
    `DELETE FROM trusted_device WHERE (device_id, did) IN
       (SELECT device_id, did FROM trusted_device WHERE until_ms <= $nowMs LIMIT $limit)`,
  );
  return {
    put: (row) => void put.run({ ...row }),
    find: (deviceId, did) => find.get({ deviceId, did }),
    list: (did) => list.all({ did }),
    remove: (did, deviceId) => remove.run({ did, deviceId }).changes > 0,
    removeAll: (did) => void removeAll.run({ did }),
    removeExpired: (nowMs, limit) =>
      removeExpired.run({ nowMs, limit }).changes,
  };
}

function createFactorRecoveryRows(db: Database): FactorRecoveryRows {
  const fields = `did, cancel_hash AS cancelHash, asked_at_ms AS askedAtMs, due_at_ms AS dueAtMs`;
  const add = db.prepare(
    `INSERT INTO factor_recovery (did, cancel_hash, asked_at_ms, due_at_ms)
     VALUES ($did, $cancelHash, $askedAtMs, $dueAtMs) ON CONFLICT DO NOTHING`,
  );
  const find = db.prepare<FactorRecoveryRow, [{ did: Did }]>(
    `SELECT ${fields} FROM factor_recovery WHERE did = $did`,
  );
  const findByCancelHash = db.prepare<
    FactorRecoveryRow,
    [{ cancelHash: Uint8Array }]
  >(`SELECT ${fields} FROM factor_recovery WHERE cancel_hash = $cancelHash`);
  const listDue = db.prepare<
    FactorRecoveryRow,
    [{ nowMs: number; limit: number }]
  >(
    `SELECT ${fields} FROM factor_recovery WHERE due_at_ms <= $nowMs
     ORDER BY due_at_ms, did LIMIT $limit`,
  );
  const remove = db.prepare("DELETE FROM factor_recovery WHERE did = $did");
  return {
    add: (row) => add.run({ ...row }).changes > 0,
    find: (did) => find.get({ did }),
    findByCancelHash: (cancelHash) => findByCancelHash.get({ cancelHash }),
    listDue: (nowMs, limit) => listDue.all({ nowMs, limit }),
    remove: (did) => remove.run({ did }).changes > 0,
  };
}
