import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";
import {
  createOAuthDeviceRows,
  type OAuthDeviceRows,
} from "./oauth-devices.ts";
import {
  createOAuthRequestRows,
  type OAuthRequestRows,
} from "./oauth-requests.ts";
import { createOAuthTokenRows, type OAuthTokenRows } from "./oauth-tokens.ts";

/** What the authorization server remembers. */
export interface OAuthRows {
  readonly devices: OAuthDeviceRows;
  readonly requests: OAuthRequestRows;
  readonly tokens: OAuthTokenRows;
  readonly grants: GrantRows;
  readonly replays: ReplayRows;
  readonly lexicons: LexiconRows;
}

/** What people have allowed before, so that they need not be asked again. */
export interface GrantRows {
  put(grant: {
    did: Did;
    clientId: string;
    /** Separated by spaces. */
    scopes: string;
    updatedAtMs: number;
  }): void;
  list(did: Did): { clientId: string; scopes: string }[];
  /** No effect when there is none. */
  remove(did: Did, clientId: string): void;
}

/** Things that may be used once in some time. */
export interface ReplayRows {
  /** False when it was used before and that use still counts. */
  use(
    keyHash: Uint8Array,
    span: { nowMs: number; expiresAtMs: number },
  ): boolean;
  /** Returns the number removed. */
  removeExpired(nowMs: number, limit: number): number;
}

/** Sets of permissions, as their authors publish them. */
export interface LexiconRows {
  find(nsid: string): string | null;
  put(nsid: string, dataJson: string): void;
  remove(nsid: string): void;
}

export function createOAuthRows(db: Database): OAuthRows {
  return {
    devices: createOAuthDeviceRows(db),
    requests: createOAuthRequestRows(db),
    tokens: createOAuthTokenRows(db),
    grants: createGrantRows(db),
    replays: createReplayRows(db),
    lexicons: createLexiconRows(db),
  };
}

function createGrantRows(db: Database): GrantRows {
  const put = db.prepare(
    `INSERT INTO oauth_grant (did, client_id, scopes, updated_at_ms)
     VALUES ($did, $clientId, $scopes, $updatedAtMs)
     ON CONFLICT (did, client_id) DO UPDATE SET
       scopes = excluded.scopes, updated_at_ms = excluded.updated_at_ms`,
  );
  const list = db.prepare<{ clientId: string; scopes: string }, [{ did: Did }]>(
    "SELECT client_id AS clientId, scopes FROM oauth_grant WHERE did = $did",
  );
  const remove = db.prepare(
    "DELETE FROM oauth_grant WHERE did = $did AND client_id = $clientId",
  );
  return {
    remove: (did, clientId) => void remove.run({ did, clientId }),
    put: (grant) => void put.run({ ...grant }),
    list: (did) => list.all({ did }),
  };
}

function createReplayRows(db: Database): ReplayRows {
  const use = db.prepare(
    `INSERT INTO oauth_replay (key_hash, expires_at_ms) VALUES ($keyHash, $expiresAtMs)
     ON CONFLICT (key_hash) DO UPDATE SET expires_at_ms = excluded.expires_at_ms
       WHERE oauth_replay.expires_at_ms <= $nowMs`,
  );
  const removeExpired = db.prepare(
    `DELETE FROM oauth_replay WHERE key_hash IN
       (SELECT key_hash FROM oauth_replay WHERE expires_at_ms <= $nowMs LIMIT $limit)`,
  );
  return {
    use: (keyHash, span) => use.run({ keyHash, ...span }).changes > 0,
    removeExpired: (nowMs, limit) =>
      removeExpired.run({ nowMs, limit }).changes,
  };
}

function createLexiconRows(db: Database): LexiconRows {
  const find = db.prepare<{ dataJson: string }, [{ nsid: string }]>(
    "SELECT data_json AS dataJson FROM oauth_lexicon WHERE nsid = $nsid",
  );
  const put = db.prepare(
    `INSERT INTO oauth_lexicon (nsid, data_json) VALUES ($nsid, $dataJson)
     ON CONFLICT (nsid) DO UPDATE SET data_json = excluded.data_json`,
  );
  const remove = db.prepare("DELETE FROM oauth_lexicon WHERE nsid = $nsid");
  return {
    find: (nsid) => find.get({ nsid })?.dataJson ?? null,
    put: (nsid, dataJson) => void put.run({ nsid, dataJson }),
    remove: (nsid) => void remove.run({ nsid }),
  };
}
