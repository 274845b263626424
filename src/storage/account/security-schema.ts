/**
 * What was done to accounts and by whom, who may act for whom, and the
 * administrator's sessions. Events are forgotten with their account; what was
 * done in the operator's name is kept in `admin_event`.
 */
export const SECURITY_SCHEMA = `
CREATE TABLE security_event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  -- Equal for events that may be told as one; null for those that stand alone.
  merge_key TEXT,
  actor TEXT,
  client_id TEXT,
  ip_address TEXT,
  user_agent TEXT,
  -- Which browser or program it was, as far as can be told.
  device_key TEXT,
  detail_json TEXT NOT NULL,
  count INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  last_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX security_event_did ON security_event (did, id);
CREATE INDEX security_event_kind ON security_event (did, kind, id);
CREATE INDEX security_event_last ON security_event (last_at_ms);

CREATE TABLE delegation (
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  delegate_did TEXT NOT NULL,
  level TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  PRIMARY KEY (did, delegate_did)
) STRICT, WITHOUT ROWID;
CREATE INDEX delegation_delegate ON delegation (delegate_did);

ALTER TABLE oauth_token ADD COLUMN controller_did TEXT;
CREATE INDEX oauth_token_controller ON oauth_token (controller_did, did)
  WHERE controller_did IS NOT NULL;

-- Scopes that an app password is limited to; null for one that is not.
ALTER TABLE app_password ADD COLUMN scopes TEXT;

CREATE TABLE admin_session (
  id TEXT PRIMARY KEY,
  token_hash BLOB NOT NULL UNIQUE,
  device_hash BLOB NOT NULL,
  -- How it began: 'password', or the DID of an administrator.
  actor TEXT NOT NULL,
  ip_address TEXT NOT NULL,
  user_agent TEXT,
  created_at_ms INTEGER NOT NULL,
  last_seen_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX admin_session_expires ON admin_session (expires_at_ms);
`;
