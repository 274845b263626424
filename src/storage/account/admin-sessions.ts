import type { Database } from "bun:sqlite";

/** A browser in which the operator is signed in. */
export interface AdminSessionRow {
  id: string;
  /** SHA-256 of the token in the cookie. */
  tokenHash: Uint8Array;
  /** SHA-256 of the id of the browser that it began in. */
  deviceHash: Uint8Array;
  /** `password`, or the DID of an administrator. */
  actor: string;
  ipAddress: string;
  userAgent: string | null;
  createdAtMs: number;
  lastSeenAtMs: number;
  expiresAtMs: number;
}

export interface AdminSessionRows {
  insert(row: AdminSessionRow): void;
  findByToken(tokenHash: Uint8Array): AdminSessionRow | null;
  /** Newest first. */
  list(nowMs: number): AdminSessionRow[];
  see(id: string, atMs: number): void;
  /** False when there was none. */
  remove(id: string): boolean;
  /** Returns the number removed. */
  removeAll(): number;
  /** Returns the number removed. */
  removeExpired(nowMs: number, limit: number): number;
}

export function createAdminSessionRows(db: Database): AdminSessionRows {
  const insert = db.prepare(
    `INSERT INTO admin_session (id, token_hash, device_hash, actor, ip_address, user_agent,
       created_at_ms, last_seen_at_ms, expires_at_ms)
     VALUES ($id, $tokenHash, $deviceHash, $actor, $ipAddress, $userAgent,
       $createdAtMs, $lastSeenAtMs, $expiresAtMs)`,
  );
  const select = (rest: string) =>
    db.prepare<AdminSessionRow, [Record<string, Uint8Array | number>]>(
      `SELECT id, token_hash AS tokenHash, device_hash AS deviceHash, actor,
         ip_address AS ipAddress, user_agent AS userAgent, created_at_ms AS createdAtMs,
         last_seen_at_ms AS lastSeenAtMs, expires_at_ms AS expiresAtMs
       FROM admin_session WHERE ${rest}`,
    );
  const findByToken = select("token_hash = $tokenHash");
  const list = select("expires_at_ms > $nowMs ORDER BY created_at_ms DESC, id");
  const see = db.prepare(
    "UPDATE admin_session SET last_seen_at_ms = $atMs WHERE id = $id",
  );
  const remove = db.prepare("DELETE FROM admin_session WHERE id = $id");
  const removeAll = db.prepare("DELETE FROM admin_session");
  const removeExpired = db.prepare(
    `DELETE FROM admin_session WHERE id IN
       (SELECT id FROM admin_session WHERE expires_at_ms <= $nowMs LIMIT $limit)`,
  );
  return {
    insert: (row) => void insert.run({ ...row }),
    findByToken: (tokenHash) => findByToken.get({ tokenHash }),
    list: (nowMs) => list.all({ nowMs }),
    see: (id, atMs) => void see.run({ id, atMs }),
    remove: (id) => remove.run({ id }).changes > 0,
    removeAll: () => removeAll.run().changes,
    removeExpired: (nowMs, limit) =>
      removeExpired.run({ nowMs, limit }).changes,
  };
}
