import type { Database } from "bun:sqlite";

/** Values set in the pages or found out by the host itself. */
export interface SettingRows {
  /** The stored JSON value; undefined when there is none. */
  find(name: string): unknown;
  put(name: string, value: unknown, nowMs: number): void;
  remove(name: string): void;
}

export function createSettingRows(db: Database): SettingRows {
  const find = db.prepare<{ valueJson: string }, [{ name: string }]>(
    "SELECT value_json AS valueJson FROM setting WHERE name = $name",
  );
  const put = db.prepare(
    `INSERT OR REPLACE INTO setting (name, value_json, updated_at_ms)
     VALUES ($name, $valueJson, $nowMs)`,
  );
  const remove = db.prepare("DELETE FROM setting WHERE name = $name");
  return {
    find(name) {
      const row = find.get({ name });
      return row === null ? undefined : JSON.parse(row.valueJson);
    },
    put: (name, value, nowMs) =>
      void put.run({ name, valueJson: JSON.stringify(value), nowMs }),
    remove: (name) => void remove.run({ name }),
  };
}
