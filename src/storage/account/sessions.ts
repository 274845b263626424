import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** One sign-in, from its password to its end; a family of refresh tokens. */
export interface SessionRow {
  id: string;
  did: Did;
  /** Scope of the access tokens it gives out. */
  scope: string;
  appPasswordId: string | null;
  /** Number of the newest refresh token. */
  counter: number;
  createdAtMs: number;
  refreshedAtMs: number;
  /** When the newest refresh token, and with it the session, ends. */
  expiresAtMs: number;
}

export interface RefreshTokenRow {
  counter: number;
  /** SHA-256 of the token's id. */
  tokenHash: Uint8Array;
  /** null for the newest one. */
  rotatedAtMs: number | null;
}

export interface SessionRows {
  insert(row: SessionRow, tokenHash: Uint8Array): void;
  find(id: string): SessionRow | null;
  /** Newest first. */
  list(did: Did): SessionRow[];
  /** null for a token that was rotated so long ago that its row is gone. */
  findToken(id: string, counter: number): RefreshTokenRow | null;
  /** Makes the next token the newest, and forgets those rotated before `forgetBeforeMs`. */
  rotate(
    id: string,
    next: {
      tokenHash: Uint8Array;
      rotatedAtMs: number;
      expiresAtMs: number;
      forgetBeforeMs: number;
    },
  ): void;
  /** False when there was none. */
  remove(id: string): boolean;
  /**
   * Ends all sessions of the account, those of applications and browsers too,
   * and what its owner is signed in to for others,
   * but for what is to be kept: one session, or what one browser is signed in to.
   */
  removeAll(did: Did, keep?: { sessionId?: string; deviceId?: string }): number;
  /** Returns the number removed. */
  removeExpired(nowMs: number, limit: number): number;
}

const FIELDS = `id, did, scope, app_password_id AS appPasswordId, counter,
  created_at_ms AS createdAtMs, refreshed_at_ms AS refreshedAtMs, expires_at_ms AS expiresAtMs`;

export function createSessionRows(db: Database): SessionRows {
  const insert = db.prepare(
    `INSERT INTO session (id, did, scope, app_password_id, counter, created_at_ms, refreshed_at_ms, expires_at_ms)
     VALUES ($id, $did, $scope, $appPasswordId, $counter, $createdAtMs, $refreshedAtMs, $expiresAtMs)`,
  );
  const addToken = db.prepare(
    `INSERT INTO refresh_token (session_id, counter, token_hash)
     VALUES ($id, $counter, $tokenHash)`,
  );
  const find = db.prepare<SessionRow, [{ id: string }]>(
    `SELECT ${FIELDS} FROM session WHERE id = $id`,
  );
  const list = db.prepare<SessionRow, [{ did: Did }]>(
    `SELECT ${FIELDS} FROM session WHERE did = $did ORDER BY created_at_ms DESC, id`,
  );
  const findToken = db.prepare<
    RefreshTokenRow,
    [{ id: string; counter: number }]
  >(
    `SELECT counter, token_hash AS tokenHash, rotated_at_ms AS rotatedAtMs
     FROM refresh_token WHERE session_id = $id AND counter = $counter`,
  );
  const advance = db.prepare<
    { counter: number },
    [Record<string, string | number>]
  >(
    `UPDATE session SET counter = counter + 1, refreshed_at_ms = $rotatedAtMs,
       expires_at_ms = $expiresAtMs WHERE id = $id RETURNING counter`,
  );
  const retire = db.prepare(
    `UPDATE refresh_token SET rotated_at_ms = $rotatedAtMs
     WHERE session_id = $id AND rotated_at_ms IS NULL`,
  );
  const forget = db.prepare(
    "DELETE FROM refresh_token WHERE session_id = $id AND rotated_at_ms < $forgetBeforeMs",
  );
  const remove = db.prepare("DELETE FROM session WHERE id = $id");
  const removeAll = db.prepare(
    "DELETE FROM session WHERE did = $did AND id <> $kept",
  );
  const removeElsewhere = ["oauth_token", "oauth_request"].map((table) =>
    db.prepare<null, [{ did: Did }]>(`DELETE FROM ${table} WHERE did = $did`),
  );
  const removeOnDevices = ["oauth_device_account", "trusted_device"].map(
    (table) =>
      db.prepare<null, [{ did: Did; kept: string }]>(
        `DELETE FROM ${table} WHERE did = $did AND device_id <> $kept`,
      ),
  );
  const removeActing = db.prepare<null, [{ did: Did }]>(
    "DELETE FROM oauth_token WHERE controller_did = $did",
  );
  const removeExpired = db.prepare(
    `DELETE FROM session WHERE id IN
       (SELECT id FROM session WHERE expires_at_ms <= $nowMs LIMIT $limit)`,
  );
  return {
    insert: db.transaction((row: SessionRow, tokenHash: Uint8Array) => {
      insert.run({ ...row });
      addToken.run({ id: row.id, counter: row.counter, tokenHash });
    }),
    find: (id) => find.get({ id }),
    list: (did) => list.all({ did }),
    findToken: (id, counter) => findToken.get({ id, counter }),
    rotate: db.transaction((id, next) => {
      const { tokenHash, rotatedAtMs, expiresAtMs, forgetBeforeMs } = next;
      retire.run({ id, rotatedAtMs });
      const { counter } = advance.get({ id, rotatedAtMs, expiresAtMs })!;
      addToken.run({ id, counter, tokenHash });
      forget.run({ id, forgetBeforeMs });
    }),
    remove: (id) => remove.run({ id }).changes > 0,
    removeAll: db.transaction((did, { sessionId = "", deviceId = "" } = {}) => {
      for (const statement of removeElsewhere) statement.run({ did });
      removeActing.run({ did });
      for (const statement of removeOnDevices) {
        statement.run({ did, kept: deviceId });
      }
      return removeAll.run({ did, kept: sessionId }).changes;
    }),
    removeExpired: (nowMs, limit) =>
      removeExpired.run({ nowMs, limit }).changes,
  };
}
