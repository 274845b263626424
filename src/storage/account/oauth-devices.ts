import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** A browser that has opened a page of sign-in. */
export interface OAuthDeviceRow {
  id: string;
  /** SHA-256 of the secret in its cookie. */
  secretHash: Uint8Array;
  userAgent: string | null;
  ipAddress: string;
  createdAtMs: number;
  lastSeenAtMs: number;
}

/** Somebody who has signed in there. */
export interface DeviceAccountRow {
  deviceId: string;
  did: Did;
  /** The one request that this sign-in is good for. With neither hash it is remembered. */
  requestHash: Uint8Array | null;
  /** SHA-256 of the cookie that the browser has until it is closed. */
  visitHash: Uint8Array | null;
  authenticatedAtMs: number;
  /** When all that the account asks for was last shown here; null for never. */
  provedAtMs: number | null;
}

export interface OAuthDeviceRows {
  insert(row: OAuthDeviceRow): void;
  find(id: string): OAuthDeviceRow | null;
  update(
    row: Pick<
      OAuthDeviceRow,
      "id" | "secretHash" | "userAgent" | "ipAddress" | "lastSeenAtMs"
    >,
  ): void;
  /** Signs an account in; one that was signed in already, anew. */
  addAccount(row: DeviceAccountRow): void;
  /** Oldest sign-in first. */
  listAccounts(deviceId: string): DeviceAccountRow[];
  listDevices(did: Did): DeviceAccountRow[];
  removeAccount(deviceId: string, did: Did): void;
  /** Devices not seen since; returns the number removed. */
  removeUnseen(beforeMs: number, limit: number): number;
}

const FIELDS = `id, secret_hash AS secretHash, user_agent AS userAgent, ip_address AS ipAddress,
  created_at_ms AS createdAtMs, last_seen_at_ms AS lastSeenAtMs`;
const ACCOUNT_FIELDS = `device_id AS deviceId, did, request_hash AS requestHash,
  visit_hash AS visitHash, authenticated_at_ms AS authenticatedAtMs, proved_at_ms AS provedAtMs`;

export function createOAuthDeviceRows(db: Database): OAuthDeviceRows {
  const insert = db.prepare(
    `INSERT INTO oauth_device (id, secret_hash, user_agent, ip_address, created_at_ms, last_seen_at_ms)
     VALUES ($id, $secretHash, $userAgent, $ipAddress, $createdAtMs, $lastSeenAtMs)`,
  );
  const find = db.prepare<OAuthDeviceRow, [{ id: string }]>(
    `SELECT ${FIELDS} FROM oauth_device WHERE id = $id`,
  );
  const update = db.prepare(
    `UPDATE oauth_device SET secret_hash = $secretHash, user_agent = $userAgent,
       ip_address = $ipAddress, last_seen_at_ms = $lastSeenAtMs WHERE id = $id`,
  );
  const addAccount = db.prepare(
    `INSERT INTO oauth_device_account (device_id, did, request_hash, visit_hash, authenticated_at_ms, proved_at_ms)
     VALUES ($deviceId, $did, $requestHash, $visitHash, $authenticatedAtMs, $provedAtMs)
     ON CONFLICT (device_id, did) DO UPDATE SET
       request_hash = excluded.request_hash,
       visit_hash = excluded.visit_hash, authenticated_at_ms = excluded.authenticated_at_ms,
       proved_at_ms = excluded.proved_at_ms`,
  );
  const select = (where: string) =>
    db.prepare<DeviceAccountRow, [{ key: string }]>(
      `SELECT ${ACCOUNT_FIELDS} FROM oauth_device_account WHERE ${where} ORDER BY authenticated_at_ms`,
    );
  const listAccounts = select("device_id = $key");
  const listDevices = select("did = $key");
  const removeAccount = db.prepare(
    "DELETE FROM oauth_device_account WHERE device_id = $deviceId AND did = $did",
  );
  const removeUnseen = db.prepare(
    `DELETE FROM oauth_device WHERE id IN
       (SELECT id FROM oauth_device WHERE last_seen_at_ms < $beforeMs LIMIT $limit)`,
  );
  return {
    insert: (row) => void insert.run({ ...row }),
    find: (id) => find.get({ id }),
    update: (row) => void update.run({ ...row }),
    addAccount: (row) => void addAccount.run({ ...row }),
    listAccounts: (key) => listAccounts.all({ key }),
    listDevices: (key) => listDevices.all({ key }),
    removeAccount: (deviceId, did) => void removeAccount.run({ deviceId, did }),
    removeUnseen: (beforeMs, limit) =>
      removeUnseen.run({ beforeMs, limit }).changes,
  };
}
