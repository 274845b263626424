import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** What an application was granted: one access token and one refresh token at a time. */
export interface OAuthTokenRow {
  id: number;
  /** SHA-256 of the id in the access token. */
  tokenHash: Uint8Array;
  did: Did;
  clientId: string;
  /** Who acts for the account with it; null for its owner. */
  controllerDid: Did | null;
  clientAuthJson: string;
  /** The browser in which it was granted. */
  deviceId: string | null;
  parametersJson: string;
  /** Permissions, with the sets among them expanded. */
  scope: string | null;
  /** SHA-256 of the code that it was got for. */
  codeHash: Uint8Array | null;
  /** SHA-256 of the refresh token that is valid; null for applications that get none. */
  refreshHash: Uint8Array | null;
  createdAtMs: number;
  updatedAtMs: number;
  /** When the access token ends. */
  expiresAtMs: number;
  /** When nothing can be refreshed any more. */
  endsAtMs: number;
}

export type OAuthTokenRotation = Pick<
  OAuthTokenRow,
  | "tokenHash"
  | "clientAuthJson"
  | "scope"
  | "updatedAtMs"
  | "expiresAtMs"
  | "endsAtMs"
> & {
  refreshHash: Uint8Array;
  /** Refresh tokens that were used before are forgotten. */
  forgetBeforeMs: number;
};

export interface OAuthTokenRows {
  insert(row: Omit<OAuthTokenRow, "id">): void;
  find(id: number): OAuthTokenRow | null;
  findByToken(tokenHash: Uint8Array): OAuthTokenRow | null;
  /** By the refresh token that is valid, or one that was valid before. */
  findByRefresh(refreshHash: Uint8Array): OAuthTokenRow | null;
  /** Who acts with an access token for somebody else; null for an owner. */
  findController(tokenHash: Uint8Array): Did | null;
  findByCode(codeHash: Uint8Array): OAuthTokenRow | null;
  /** Newest first. */
  list(did: Did): OAuthTokenRow[];
  /** False when the row was rotated or removed by somebody else. */
  rotate(
    id: number,
    refreshHash: Uint8Array,
    next: OAuthTokenRotation,
  ): boolean;
  remove(id: number): void;
  /** Ends what somebody was let do for the account; returns how many. */
  removeControlled(did: Did, controllerDid: Did): number;
  /** Returns the number removed. */
  removeExpired(nowMs: number, limit: number): number;
}

const FIELDS = `id, token_hash AS tokenHash, did, controller_did AS controllerDid, client_id AS clientId, client_auth_json AS clientAuthJson,
  device_id AS deviceId, parameters_json AS parametersJson, scope, code_hash AS codeHash,
  refresh_hash AS refreshHash, created_at_ms AS createdAtMs, updated_at_ms AS updatedAtMs,
  expires_at_ms AS expiresAtMs, ends_at_ms AS endsAtMs`;

export function createOAuthTokenRows(db: Database): OAuthTokenRows {
  const select = (where: string) =>
    db.prepare<
      OAuthTokenRow,
      [{ key: Uint8Array } | { key: string } | { key: number }]
    >(`SELECT ${FIELDS} FROM oauth_token WHERE ${where}`);
  const find = select("id = $key");
  const findByToken = select("token_hash = $key");
  const findByRefresh = select(
    `refresh_hash = $key OR id =
       (SELECT token_id FROM oauth_used_refresh WHERE refresh_hash = $key)`,
  );
  const findController = db.prepare<
    { controllerDid: Did | null },
    [{ tokenHash: Uint8Array }]
  >(
    "SELECT controller_did AS controllerDid FROM oauth_token WHERE token_hash = $tokenHash",
  );
  const findByCode = select("code_hash = $key");
  const list = select("did = $key ORDER BY created_at_ms DESC, id DESC");
  const insert = db.prepare(
    `INSERT INTO oauth_token (token_hash, did, controller_did, client_id, client_auth_json, device_id, parameters_json,
       scope, code_hash, refresh_hash, created_at_ms, updated_at_ms, expires_at_ms, ends_at_ms)
     VALUES ($tokenHash, $did, $controllerDid, $clientId, $clientAuthJson, $deviceId, $parametersJson,
       $scope, $codeHash, $refreshHash, $createdAtMs, $updatedAtMs, $expiresAtMs, $endsAtMs)`,
  );
  const rotate = db.prepare(
    `UPDATE oauth_token SET token_hash = $tokenHash, refresh_hash = $refreshHash,
       client_auth_json = $clientAuthJson, scope = $scope, updated_at_ms = $updatedAtMs,
       expires_at_ms = $expiresAtMs, ends_at_ms = $endsAtMs
     WHERE id = $id AND refresh_hash = $usedHash`,
  );
  const addUsed = db.prepare(
    `INSERT INTO oauth_used_refresh (refresh_hash, token_id, used_at_ms)
     VALUES ($usedHash, $id, $updatedAtMs)`,
  );
  const forget = db.prepare(
    "DELETE FROM oauth_used_refresh WHERE token_id = $id AND used_at_ms < $forgetBeforeMs",
  );
  const remove = db.prepare("DELETE FROM oauth_token WHERE id = $id");
  const removeControlled = db.prepare(
    "DELETE FROM oauth_token WHERE did = $did AND controller_did = $controllerDid",
  );
  const removeExpired = db.prepare(
    `DELETE FROM oauth_token WHERE id IN
       (SELECT id FROM oauth_token WHERE ends_at_ms <= $nowMs LIMIT $limit)`,
  );
  return {
    insert: (row) => void insert.run({ ...row }),
    find: (key) => find.get({ key }),
    findByToken: (key) => findByToken.get({ key }),
    findByRefresh: (key) => findByRefresh.get({ key }),
    findController: (tokenHash) =>
      findController.get({ tokenHash })?.controllerDid ?? null,
    findByCode: (key) => findByCode.get({ key }),
    list: (key) => list.all({ key }),
    rotate: db.transaction((id, usedHash, next) => {
      const { forgetBeforeMs, ...changes } = next;
      if (rotate.run({ id, usedHash, ...changes }).changes === 0) return false;
      addUsed.run({ id, usedHash, updatedAtMs: next.updatedAtMs });
      forget.run({ id, forgetBeforeMs });
      return true;
    }),
    remove: (id) => void remove.run({ id }),
    removeControlled: (did, controllerDid) =>
      removeControlled.run({ did, controllerDid }).changes,
    removeExpired: (nowMs, limit) =>
      removeExpired.run({ nowMs, limit }).changes,
  };
}
