import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** The language in which an owner is written to. An account without a row has none of its own. */
export interface LanguageRows {
  find(did: Did): string | null;
  put(did: Did, language: string): void;
  /** Only where there is none yet. */
  suggest(did: Did, language: string): void;
}

export const LANGUAGE_SCHEMA = `
CREATE TABLE account_language (
  did TEXT PRIMARY KEY REFERENCES account (did) ON DELETE CASCADE,
  language TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Of the page on which somebody asked for an account; null when it is not known.
ALTER TABLE application ADD COLUMN language TEXT;
`;

export function createLanguageRows(db: Database): LanguageRows {
  const find = db.prepare<{ language: string }, [{ did: Did }]>(
    "SELECT language FROM account_language WHERE did = $did",
  );
  const add = (conflict: string) =>
    db.prepare<unknown, [{ did: Did; language: string }]>(
      `INSERT INTO account_language (did, language) VALUES ($did, $language)
       ON CONFLICT (did) ${conflict}`,
    );
  const put = add("DO UPDATE SET language = excluded.language");
  const suggest = add("DO NOTHING");
  return {
    find: (did) => find.get({ did })?.language ?? null,
    put: (did, language) => void put.run({ did, language }),
    suggest: (did, language) => void suggest.run({ did, language }),
  };
}
