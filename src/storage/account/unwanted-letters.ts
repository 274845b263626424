import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** What owners want no letters about. An account without rows gets all of them. */
export interface UnwantedLetterRows {
  /** Names of topics, in the order of the alphabet. */
  list(did: Did): string[];
  has(did: Did, topic: string): boolean;
  /** Puts these in the place of what was there. */
  replace(did: Did, topics: readonly string[]): void;
}

export const UNWANTED_LETTER_SCHEMA = `
CREATE TABLE unwanted_letter (
  did TEXT NOT NULL REFERENCES account (did) ON DELETE CASCADE,
  topic TEXT NOT NULL,
  PRIMARY KEY (did, topic)
) STRICT, WITHOUT ROWID;
`;

export function createUnwantedLetterRows(db: Database): UnwantedLetterRows {
  const list = db.prepare<{ topic: string }, [{ did: Did }]>(
    "SELECT topic FROM unwanted_letter WHERE did = $did ORDER BY topic",
  );
  const has = db.prepare(
    "SELECT 1 FROM unwanted_letter WHERE did = $did AND topic = $topic",
  );
  const clear = db.prepare("DELETE FROM unwanted_letter WHERE did = $did");
  const add = db.prepare(
    "INSERT INTO unwanted_letter (did, topic) VALUES ($did, $topic)",
  );
  return {
    list: (did) => list.all({ did }).map(({ topic }) => topic),
    has: (did, topic) => has.get({ did, topic }) !== null,
    replace: db.transaction((did: Did, topics: readonly string[]) => {
      clear.run({ did });
      for (const topic of new Set(topics)) add.run({ did, topic });
    }),
  };
}
