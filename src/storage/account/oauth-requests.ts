import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** What an application asked for, from its request to the exchange of its code. */
export interface OAuthRequestRow {
  /** SHA-256 of the request's id. */
  idHash: Uint8Array;
  clientId: string;
  /** How the application proved who it is; null when it did not. */
  clientAuthJson: string | null;
  parametersJson: string;
  /** The browser that opened it; nobody else may go on with it. */
  deviceId: string | null;
  /** Who allowed it. */
  did: Did | null;
  /** SHA-256 of the code that was given out for it. */
  codeHash: Uint8Array | null;
  expiresAtMs: number;
}

export type OAuthRequestChanges = Partial<
  Pick<
    OAuthRequestRow,
    "did" | "codeHash" | "deviceId" | "expiresAtMs" | "parametersJson"
  >
>;

export interface OAuthRequestRows {
  insert(row: OAuthRequestRow): void;
  find(idHash: Uint8Array): OAuthRequestRow | null;
  /** No effect when there is none. */
  update(idHash: Uint8Array, changes: OAuthRequestChanges): void;
  remove(idHash: Uint8Array): void;
  /** Takes a request away by its code: of two that try, one gets it. */
  consume(codeHash: Uint8Array): OAuthRequestRow | null;
  /** Returns the number removed. */
  removeExpired(nowMs: number, limit: number): number;
}

const FIELDS = `id_hash AS idHash, client_id AS clientId, client_auth_json AS clientAuthJson,
  parameters_json AS parametersJson, device_id AS deviceId, did, code_hash AS codeHash,
  expires_at_ms AS expiresAtMs`;

export function createOAuthRequestRows(db: Database): OAuthRequestRows {
  const insert = db.prepare(
    `INSERT INTO oauth_request (id_hash, client_id, client_auth_json, parameters_json, device_id, did, code_hash, expires_at_ms)
     VALUES ($idHash, $clientId, $clientAuthJson, $parametersJson, $deviceId, $did, $codeHash, $expiresAtMs)`,
  );
  const find = db.prepare<OAuthRequestRow, [{ idHash: Uint8Array }]>(
    `SELECT ${FIELDS} FROM oauth_request WHERE id_hash = $idHash`,
  );
  const update = db.prepare(
    `UPDATE oauth_request SET did = $did, code_hash = $codeHash, device_id = $deviceId,
       expires_at_ms = $expiresAtMs, parameters_json = $parametersJson
     WHERE id_hash = $idHash`,
  );
  const remove = db.prepare(
    "DELETE FROM oauth_request WHERE id_hash = $idHash",
  );
  const consume = db.prepare<OAuthRequestRow, [{ codeHash: Uint8Array }]>(
    `DELETE FROM oauth_request WHERE code_hash = $codeHash RETURNING ${FIELDS}`,
  );
  const removeExpired = db.prepare(
    `DELETE FROM oauth_request WHERE id_hash IN
       (SELECT id_hash FROM oauth_request WHERE expires_at_ms <= $nowMs LIMIT $limit)`,
  );
  return {
    insert: (row) => void insert.run({ ...row }),
    find: (idHash) => find.get({ idHash }),
    update: db.transaction((idHash, changes) => {
      const row = find.get({ idHash });
      if (row === null) return;
      const { did, codeHash, deviceId, expiresAtMs, parametersJson } = {
        ...row,
        ...changes,
      };
      update.run({
        ...{ idHash, did, codeHash, deviceId },
        ...{ expiresAtMs, parametersJson },
      });
    }),
    remove: (idHash) => void remove.run({ idHash }),
    consume: (codeHash) => consume.get({ codeHash }),
    removeExpired: (nowMs, limit) =>
      removeExpired.run({ nowMs, limit }).changes,
  };
}
