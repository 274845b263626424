/**
 * Finds accounts by any three letters of a handle or an e-mail address. Each
 * account has a number, because the index of words knows rows by numbers; it
 * stores no text of its own, and forgets at once what was changed or deleted.
 * @see https://www.sqlite.org/fts5.html#the_trigram_tokenizer
 */

const names = (row: string) => `${row}.handle, coalesce(${row}.email_key, '')`;
const numberOf = (row: string) =>
  `FROM account_number AS n WHERE n.did = ${row}.did`;
const FORGET = `INSERT INTO account_name (account_name, rowid, handle, email)
    SELECT 'delete', n.number, ${names("OLD")} ${numberOf("OLD")};`;
const LEARN = `INSERT INTO account_name (rowid, handle, email)
    SELECT n.number, ${names("NEW")} ${numberOf("NEW")};`;

export const SEARCH_SCHEMA = `
CREATE TABLE account_number (
  number INTEGER PRIMARY KEY,
  did TEXT NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE account_name
  USING fts5 (handle, email, content = '', tokenize = 'trigram');
INSERT INTO account_name (account_name, rank) VALUES ('secure-delete', 1);
INSERT INTO account_number (did) SELECT did FROM account ORDER BY created_at_ms, did;
INSERT INTO account_name (rowid, handle, email)
  SELECT n.number, ${names("a")} FROM account_number AS n
  JOIN account AS a ON a.did = n.did ORDER BY n.number;
CREATE TRIGGER account_named AFTER INSERT ON account BEGIN
  INSERT INTO account_number (did) VALUES (NEW.did);
  ${LEARN}
END;
CREATE TRIGGER account_renamed AFTER UPDATE OF handle, email_key ON account BEGIN
  ${FORGET}
  ${LEARN}
END;
CREATE TRIGGER account_unnamed AFTER DELETE ON account BEGIN
  ${FORGET}
  DELETE FROM account_number WHERE did = OLD.did;
END;

-- States that few accounts are in.
CREATE INDEX account_takendown ON account (created_at_ms) WHERE takedown_at_ms IS NOT NULL;
CREATE INDEX account_suspended ON account (created_at_ms) WHERE suspended_at_ms IS NOT NULL;
CREATE INDEX account_deactivated ON account (created_at_ms) WHERE deactivated_at_ms IS NOT NULL;

-- Lists by size go through the sizes, so every account has one.
INSERT INTO account_usage (did) SELECT did FROM account
  WHERE did NOT IN (SELECT did FROM account_usage);
CREATE TRIGGER account_sized AFTER INSERT ON account BEGIN
  INSERT INTO account_usage (did) VALUES (NEW.did);
END;
`;
