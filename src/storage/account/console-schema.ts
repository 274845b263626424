/**
 * What the operator's pages ask for, kept up to date by the database itself,
 * so that no page has to go through all accounts.
 */

const STATUS = (row: string) => `CASE
    WHEN ${row}.creation_state IS NOT NULL THEN 'creating'
    WHEN ${row}.deleting_at_ms IS NOT NULL THEN 'deleted'
    WHEN ${row}.takedown_at_ms IS NOT NULL THEN 'takendown'
    WHEN ${row}.suspended_at_ms IS NOT NULL THEN 'suspended'
    WHEN ${row}.deactivated_at_ms IS NOT NULL THEN 'deactivated'
    ELSE 'active' END`;

const count = (row: string, change: "+ 1" | "- 1") =>
  `INSERT INTO account_count (status, n) VALUES (${STATUS(row)}, 0 ${change})
    ON CONFLICT (status) DO UPDATE SET n = n ${change};`;

export const CONSOLE_SCHEMA = `
CREATE INDEX account_created ON account (created_at_ms, did);

-- The account's status follows from several columns; here it is counted.
CREATE TABLE account_count (
  status TEXT PRIMARY KEY,
  n INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO account_count (status, n)
  SELECT ${STATUS("account")}, count(*) FROM account GROUP BY 1;
CREATE TRIGGER account_counted AFTER INSERT ON account BEGIN
  ${count("NEW", "+ 1")}
END;
CREATE TRIGGER account_uncounted AFTER DELETE ON account BEGIN
  ${count("OLD", "- 1")}
END;
CREATE TRIGGER account_recounted AFTER UPDATE OF creation_state, deleting_at_ms,
  takedown_at_ms, suspended_at_ms, deactivated_at_ms ON account BEGIN
  ${count("OLD", "- 1")}
  ${count("NEW", "+ 1")}
END;

-- What each account takes: blobs as they come and go, the repository's file
-- as a job finds it.
CREATE TABLE account_usage (
  did TEXT PRIMARY KEY REFERENCES account (did) ON DELETE CASCADE,
  blob_count INTEGER NOT NULL DEFAULT 0,
  blob_bytes INTEGER NOT NULL DEFAULT 0,
  repo_bytes INTEGER NOT NULL DEFAULT 0,
  record_count INTEGER NOT NULL DEFAULT 0,
  measured_at_ms INTEGER,
  total_bytes INTEGER GENERATED ALWAYS AS (blob_bytes + repo_bytes) STORED
) STRICT;
CREATE INDEX account_usage_total ON account_usage (total_bytes, did);
INSERT INTO account_usage (did, blob_count, blob_bytes)
  SELECT did, count(*), sum(size_bytes) FROM blob GROUP BY did;
CREATE TABLE usage_total (
  name TEXT PRIMARY KEY,
  n INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO usage_total (name, n)
  SELECT 'blobs', count(*) FROM blob UNION ALL
  SELECT 'blob_bytes', coalesce(sum(size_bytes), 0) FROM blob UNION ALL
  SELECT 'repo_bytes', 0 UNION ALL SELECT 'records', 0;
CREATE TRIGGER blob_counted AFTER INSERT ON blob BEGIN
  INSERT INTO account_usage (did, blob_count, blob_bytes)
    VALUES (NEW.did, 1, NEW.size_bytes)
    ON CONFLICT (did) DO UPDATE SET
      blob_count = blob_count + 1, blob_bytes = blob_bytes + excluded.blob_bytes;
  UPDATE usage_total SET n = n + 1 WHERE name = 'blobs';
  UPDATE usage_total SET n = n + NEW.size_bytes WHERE name = 'blob_bytes';
END;
CREATE TRIGGER blob_uncounted AFTER DELETE ON blob BEGIN
  UPDATE account_usage SET
    blob_count = blob_count - 1, blob_bytes = blob_bytes - OLD.size_bytes
    WHERE did = OLD.did;
  UPDATE usage_total SET n = n - 1 WHERE name = 'blobs';
  UPDATE usage_total SET n = n - OLD.size_bytes WHERE name = 'blob_bytes';
END;
CREATE TRIGGER usage_counted AFTER UPDATE OF repo_bytes, record_count ON account_usage BEGIN
  UPDATE usage_total SET n = n + NEW.repo_bytes - OLD.repo_bytes WHERE name = 'repo_bytes';
  UPDATE usage_total SET n = n + NEW.record_count - OLD.record_count WHERE name = 'records';
END;
CREATE TRIGGER usage_uncounted AFTER DELETE ON account_usage BEGIN
  UPDATE usage_total SET n = n - OLD.repo_bytes WHERE name = 'repo_bytes';
  UPDATE usage_total SET n = n - OLD.record_count WHERE name = 'records';
END;

-- People who ask for an account where the operator decides.
CREATE TABLE application (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  handle TEXT NOT NULL,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  reason TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'refused')),
  invite_code TEXT,
  decided_by TEXT,
  created_at_ms INTEGER NOT NULL,
  decided_at_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX application_waiting ON application (email_key) WHERE state = 'waiting';
CREATE INDEX application_state ON application (state, id);
CREATE INDEX application_decided ON application (decided_at_ms) WHERE decided_at_ms IS NOT NULL;

-- Numbers over time: a row for each hour, and one for each day.
CREATE TABLE metric (
  period TEXT NOT NULL CHECK (period IN ('hour', 'day')),
  name TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (period, name, at_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX metric_at ON metric (period, at_ms);
`;

/** What is counted by the state that it ended in. */
export const ENDS = `
CREATE INDEX mail_failed ON mail (id) WHERE failed_at_ms IS NOT NULL;
CREATE INDEX job_state ON job (state);
`;
