/**
 * Sign-in for applications. Whatever opens a door is stored as SHA-256 only.
 * A device and what it may do end with each other; so do a request and the
 * sign-ins that were good for it alone.
 */
export const OAUTH_SCHEMA = `
CREATE TABLE oauth_device (
  id TEXT PRIMARY KEY,
  secret_hash BLOB NOT NULL,
  user_agent TEXT,
  ip_address TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  last_seen_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX oauth_device_seen ON oauth_device (last_seen_at_ms);

CREATE TABLE oauth_request (
  id_hash BLOB PRIMARY KEY,
  client_id TEXT NOT NULL,
  client_auth_json TEXT,
  parameters_json TEXT NOT NULL,
  device_id TEXT,
  did TEXT REFERENCES account (did) ON DELETE CASCADE,
  code_hash BLOB UNIQUE,
  expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX oauth_request_expires ON oauth_request (expires_at_ms);
CREATE INDEX oauth_request_did ON oauth_request (did) WHERE did IS NOT NULL;

CREATE TABLE oauth_device_account (
  device_id TEXT NOT NULL REFERENCES oauth_device (id) ON DELETE CASCADE,
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  request_hash BLOB REFERENCES oauth_request (id_hash) ON DELETE CASCADE,
  authenticated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (device_id, did)
) STRICT, WITHOUT ROWID;
CREATE INDEX oauth_device_account_did ON oauth_device_account (did);
CREATE INDEX oauth_device_account_request ON oauth_device_account (request_hash) WHERE request_hash IS NOT NULL;

CREATE TABLE oauth_grant (
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  client_id TEXT NOT NULL,
  scopes TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (did, client_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE oauth_token (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  token_hash BLOB NOT NULL UNIQUE,
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  client_id TEXT NOT NULL,
  client_auth_json TEXT NOT NULL,
  device_id TEXT,
  parameters_json TEXT NOT NULL,
  scope TEXT,
  code_hash BLOB UNIQUE,
  refresh_hash BLOB UNIQUE,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  ends_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX oauth_token_did ON oauth_token (did);
CREATE INDEX oauth_token_ends ON oauth_token (ends_at_ms);

CREATE TABLE oauth_used_refresh (
  refresh_hash BLOB PRIMARY KEY,
  token_id INTEGER NOT NULL REFERENCES oauth_token (id) ON DELETE CASCADE,
  used_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX oauth_used_refresh_token ON oauth_used_refresh (token_id, used_at_ms);

CREATE TABLE oauth_replay (
  key_hash BLOB PRIMARY KEY,
  expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX oauth_replay_expires ON oauth_replay (expires_at_ms);

CREATE TABLE oauth_lexicon (
  nsid TEXT PRIMARY KEY,
  data_json TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** Sign-ins that end when the browser is closed: SHA-256 of the cookie that ends with it. */
export const VISITS = `
ALTER TABLE oauth_device_account ADD COLUMN visit_hash BLOB;
`;
