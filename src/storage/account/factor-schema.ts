/**
 * What proves an owner beside the password. Nothing here is touched by a new
 * password, so that whoever can set one still has to show the rest.
 */
export const FACTOR_SCHEMA = `
-- Secrets of authenticator apps. One is in use; another may wait for its first code.
CREATE TABLE totp (
  id TEXT PRIMARY KEY,
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  sealed BLOB NOT NULL,
  last_step INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  confirmed_at_ms INTEGER,
  last_used_at_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX totp_in_use ON totp (did) WHERE confirmed_at_ms IS NOT NULL;
CREATE UNIQUE INDEX totp_waiting ON totp (did) WHERE confirmed_at_ms IS NULL;

CREATE TABLE passkey (
  id TEXT PRIMARY KEY,
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  name TEXT NOT NULL,
  public_key BLOB NOT NULL,
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL,
  is_backed_up INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  last_used_at_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_did ON passkey (did);

CREATE TABLE backup_code (
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  code_hash BLOB NOT NULL,
  used_at_ms INTEGER,
  PRIMARY KEY (did, code_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE trusted_device (
  device_id TEXT NOT NULL REFERENCES oauth_device (id) ON DELETE CASCADE,
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  trusted_at_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  PRIMARY KEY (device_id, did)
) STRICT, WITHOUT ROWID;
CREATE INDEX trusted_device_did ON trusted_device (did);
CREATE INDEX trusted_device_until ON trusted_device (until_ms);

CREATE TABLE sign_in_policy (
  did TEXT PRIMARY KEY REFERENCES account (did) ON DELETE CASCADE,
  factor_required_at_ms INTEGER,
  apps_refused_at_ms INTEGER,
  mail_distrusted_at_ms INTEGER
) STRICT, WITHOUT ROWID;

-- When all that the account asks for was last shown in the browser.
ALTER TABLE oauth_device_account ADD COLUMN proved_at_ms INTEGER;

CREATE TABLE factor_recovery (
  did TEXT PRIMARY KEY REFERENCES account (did) ON DELETE CASCADE,
  cancel_hash BLOB NOT NULL UNIQUE,
  asked_at_ms INTEGER NOT NULL,
  due_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX factor_recovery_due ON factor_recovery (due_at_ms);
`;
