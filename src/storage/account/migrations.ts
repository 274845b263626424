import type { Migration } from "#storage/sqlite.ts";
import { CONSOLE_SCHEMA, ENDS } from "./console-schema.ts";
import { FACTOR_SCHEMA } from "./factor-schema.ts";
import { HOST_EVENT_SCHEMA } from "./host-events.ts";
import { LANGUAGE_SCHEMA } from "./languages.ts";
import { JOB_TARGET_SCHEMA } from "./job-targets.ts";
import { LISTING_SCHEMA } from "./listings.ts";
import { OAUTH_SCHEMA, VISITS } from "./oauth-schema.ts";
import { SEARCH_SCHEMA } from "./search-schema.ts";
import { SECURITY_SCHEMA } from "./security-schema.ts";
import { DELEGATE_ELSEWHERE } from "./delegations.ts";
import { HELD_EMAIL } from "./sign-in-policies.ts";
import { IMPORT_REPORT_SCHEMA } from "./import-reports.ts";
import { UNWANTED_LETTER_SCHEMA } from "./unwanted-letters.ts";

// What only the host knows of its accounts. Columns that end in `_at_ms` and
// may be null say both whether and when. E-mail addresses are unique by their
// lower-case form and shown as they were typed.
const ACCOUNTS = `
CREATE TABLE account (
  did TEXT PRIMARY KEY,
  handle TEXT NOT NULL UNIQUE,
  email TEXT,
  email_key TEXT UNIQUE,
  email_confirmed_at_ms INTEGER,
  email_factor_at_ms INTEGER,
  password_hash TEXT,
  generation INTEGER NOT NULL,
  creation_state TEXT CHECK (creation_state IN ('reserved', 'registered')),
  created_at_ms INTEGER NOT NULL,
  deactivated_at_ms INTEGER,
  delete_after_ms INTEGER,
  suspended_at_ms INTEGER,
  takedown_at_ms INTEGER,
  takedown_ref TEXT,
  deleting_at_ms INTEGER,
  invites_disabled_at_ms INTEGER,
  invite_note TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX account_creating ON account (did) WHERE creation_state IS NOT NULL;
CREATE INDEX account_delete_after ON account (delete_after_ms) WHERE delete_after_ms IS NOT NULL;

-- Outlives the account: a DID that comes back must not meet its old files.
CREATE TABLE repo_generation (
  did TEXT PRIMARY KEY,
  highest INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE plc_operation (
  cid TEXT PRIMARY KEY,
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  operation_json TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX plc_operation_did ON plc_operation (did);

CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value_json TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;

const CREDENTIALS = `
CREATE TABLE signing_key (
  key_id TEXT PRIMARY KEY,
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  did_key TEXT NOT NULL,
  curve TEXT NOT NULL,
  sealed BLOB NOT NULL,
  created_at_ms INTEGER NOT NULL,
  retired_at_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX signing_key_did ON signing_key (did);
CREATE UNIQUE INDEX signing_key_in_use ON signing_key (did) WHERE retired_at_ms IS NULL;

-- Made for accounts that are still on their way here.
CREATE TABLE reserved_key (
  key_id TEXT PRIMARY KEY,
  did TEXT UNIQUE,
  did_key TEXT NOT NULL UNIQUE,
  curve TEXT NOT NULL,
  sealed BLOB NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE app_password (
  id TEXT PRIMARY KEY,
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  privileged INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  UNIQUE (did, name),
  UNIQUE (did, password_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  id TEXT PRIMARY KEY,
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  scope TEXT NOT NULL,
  app_password_id TEXT REFERENCES app_password (id) ON DELETE CASCADE,
  counter INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  refreshed_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_did ON session (did);
CREATE INDEX session_app_password ON session (app_password_id) WHERE app_password_id IS NOT NULL;
CREATE INDEX session_expires ON session (expires_at_ms);

-- The newest refresh token of a session and those rotated a short while ago.
CREATE TABLE refresh_token (
  session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  counter INTEGER NOT NULL,
  token_hash BLOB NOT NULL,
  rotated_at_ms INTEGER,
  PRIMARY KEY (session_id, counter)
) STRICT, WITHOUT ROWID;

CREATE TABLE email_token (
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  purpose TEXT NOT NULL,
  token_hash BLOB NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  PRIMARY KEY (did, purpose)
) STRICT, WITHOUT ROWID;
CREATE INDEX email_token_hash ON email_token (token_hash);

CREATE TABLE invite_code (
  code TEXT PRIMARY KEY,
  available_uses INTEGER NOT NULL,
  for_account TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  disabled_at_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX invite_code_for ON invite_code (for_account);
CREATE INDEX invite_code_created ON invite_code (created_at_ms, code);

-- Outlives the account: deleting it must not give the use back.
CREATE TABLE invite_code_use (
  code TEXT NOT NULL REFERENCES invite_code (code) ON DELETE CASCADE,
  used_by TEXT NOT NULL,
  used_at_ms INTEGER NOT NULL,
  PRIMARY KEY (code, used_by)
) STRICT, WITHOUT ROWID;
CREATE INDEX invite_code_use_by ON invite_code_use (used_by);
`;

const CONTENT = `
CREATE TABLE blob (
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  cid BLOB NOT NULL,
  mime_type TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (did, cid)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_created ON blob (created_at_ms);

CREATE TABLE preference (
  id INTEGER PRIMARY KEY,
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value_json TEXT NOT NULL
) STRICT;
CREATE INDEX preference_did ON preference (did, id);

-- Takedowns outlive the account: leaving and coming back must not lift them.
CREATE TABLE record_takedown (
  did TEXT NOT NULL,
  collection TEXT NOT NULL,
  rkey TEXT NOT NULL,
  ref TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (did, collection, rkey)
) STRICT, WITHOUT ROWID;

CREATE TABLE blob_takedown (
  did TEXT NOT NULL,
  cid BLOB NOT NULL,
  ref TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (did, cid)
) STRICT, WITHOUT ROWID;
`;

// Work that must outlive the request that asked for it. AUTOINCREMENT where
// another file remembers the number: it is then never given out twice.
const WORK = `
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  did TEXT NOT NULL,
  event_json TEXT NOT NULL
) STRICT;

CREATE TABLE mail (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  did TEXT,
  kind TEXT NOT NULL,
  to_address TEXT NOT NULL,
  subject TEXT NOT NULL,
  text_body TEXT NOT NULL,
  html_body TEXT,
  created_at_ms INTEGER NOT NULL,
  due_at_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  sent_at_ms INTEGER,
  failed_at_ms INTEGER,
  last_error TEXT
) STRICT;
CREATE INDEX mail_due ON mail (due_at_ms) WHERE sent_at_ms IS NULL AND failed_at_ms IS NULL;
CREATE INDEX mail_created ON mail (created_at_ms);

CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  unique_key TEXT,
  payload_json TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  attempts INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL,
  due_at_ms INTEGER NOT NULL,
  progress_json TEXT,
  last_error TEXT,
  created_at_ms INTEGER NOT NULL,
  finished_at_ms INTEGER
) STRICT;
CREATE INDEX job_due ON job (due_at_ms, id) WHERE state = 'queued';
CREATE INDEX job_finished ON job (finished_at_ms) WHERE finished_at_ms IS NOT NULL;
CREATE UNIQUE INDEX job_unique ON job (name, unique_key)
  WHERE unique_key IS NOT NULL AND state IN ('queued', 'running');
`;

// Who did what to whom in the operator's name. Outlives the accounts.
const ADMIN_EVENTS = `
CREATE TABLE admin_event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail_json TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX admin_event_subject ON admin_event (subject, id);
`;

// Changes of handle that have begun. The new handle is taken from here on, so
// that nobody else gets it while the PLC directory is away.
const HANDLE_UPDATES = `
CREATE TABLE handle_update (
  did TEXT PRIMARY KEY REFERENCES account (did) ON DELETE CASCADE,
  handle TEXT NOT NULL UNIQUE,
  operation_json TEXT,
  created_at_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT
) STRICT, WITHOUT ROWID;
`;

// Changes of signing key that have begun.
const KEY_ROTATIONS = `
CREATE TABLE key_rotation (
  did TEXT PRIMARY KEY REFERENCES account (did) ON DELETE CASCADE,
  did_key TEXT NOT NULL,
  operation_json TEXT,
  created_at_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT
) STRICT, WITHOUT ROWID;
`;

/** The schema of account.sqlite. */
export const accountMigrations: readonly Migration[] = [
  { version: 1, sql: ACCOUNTS + CREDENTIALS + CONTENT + WORK },
  { version: 2, sql: ADMIN_EVENTS },
  { version: 3, sql: HANDLE_UPDATES },
  { version: 4, sql: KEY_ROTATIONS },
  { version: 5, sql: OAUTH_SCHEMA },
  { version: 6, sql: VISITS },
  { version: 7, sql: CONSOLE_SCHEMA },
  { version: 8, sql: SECURITY_SCHEMA },
  { version: 9, sql: FACTOR_SCHEMA },
  { version: 10, sql: LISTING_SCHEMA },
  { version: 11, sql: ENDS },
  { version: 12, sql: UNWANTED_LETTER_SCHEMA },
  { version: 13, sql: SEARCH_SCHEMA },
  { version: 14, sql: LANGUAGE_SCHEMA },
  { version: 15, sql: JOB_TARGET_SCHEMA },
  { version: 16, sql: HELD_EMAIL },
  { version: 17, sql: IMPORT_REPORT_SCHEMA },
  { version: 18, sql: DELEGATE_ELSEWHERE },
  { version: 19, sql: HOST_EVENT_SCHEMA },
];
