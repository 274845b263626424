import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

/** One private preference of an account. */
export interface PreferenceRow {
  /** The `$type` of the value. */
  name: string;
  valueJson: string;
}

export interface PreferenceRows {
  /** Names of the namespace itself or below it, in the order they were given. */
  list(did: Did, namespace: string): PreferenceRow[];
  /** Puts the rows in place of those whose name is among `replacedNames`. */
  replace(
    did: Did,
    replacedNames: readonly string[],
    rows: readonly PreferenceRow[],
  ): void;
}

export function createPreferenceRows(db: Database): PreferenceRows {
  const list = db.prepare<PreferenceRow, [{ did: Did; namespace: string }]>(
    `SELECT name, value_json AS valueJson FROM preference
     WHERE did = $did
       AND (name = $namespace OR substr(name, 1, length($namespace) + 1) = $namespace || '.')
     ORDER BY id`,
  );
  const remove = db.prepare(
    "DELETE FROM preference WHERE did = $did AND name = $name",
  );
  const add = db.prepare(
    "INSERT INTO preference (did, name, value_json) VALUES ($did, $name, $valueJson)",
  );
  return {
    list: (did, namespace) => list.all({ did, namespace }),
    replace: db.transaction((did, replacedNames, rows) => {
      for (const name of replacedNames) remove.run({ did, name });
      for (const row of rows) add.run({ did, ...row });
    }),
  };
}
