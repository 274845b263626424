import type { Database } from "bun:sqlite";
import type { Did } from "#repo/syntax.ts";

export interface AppPasswordRow {
  id: string;
  did: Did;
  /** Chosen by the owner, unique in the account. */
  name: string;
  passwordHash: string;
  privileged: boolean;
  /** What it is limited to, separated by spaces; null for one that is not. */
  scopes: string | null;
  createdAtMs: number;
}

export interface AppPasswordRows {
  /** @throws SQLiteError SQLITE_CONSTRAINT_* when the account has one of that name. */
  insert(row: AppPasswordRow): void;
  find(id: string): AppPasswordRow | null;
  findByHash(did: Did, passwordHash: string): AppPasswordRow | null;
  findByName(did: Did, name: string): AppPasswordRow | null;
  /** Oldest first. */
  list(did: Did): AppPasswordRow[];
  /** Ends its sessions too; false when there is none of that name. */
  remove(did: Did, name: string): boolean;
  removeAll(did: Did): void;
}

type Stored = Omit<AppPasswordRow, "privileged"> & { privileged: number };

export function createAppPasswordRows(db: Database): AppPasswordRows {
  const select = (where: string) =>
    db.prepare<Stored, [Record<string, string>]>(
      `SELECT id, did, name, password_hash AS passwordHash, privileged,
         scopes, created_at_ms AS createdAtMs
       FROM app_password WHERE ${where}`,
    );
  const find = select("id = $id");
  const findByHash = select("did = $did AND password_hash = $passwordHash");
  const findByName = select("did = $did AND name = $name");
  const list = select("did = $did ORDER BY created_at_ms, id");
  const insert = db.prepare(
    `INSERT INTO app_password (id, did, name, password_hash, privileged, scopes, created_at_ms)
     VALUES ($id, $did, $name, $passwordHash, $privileged, $scopes, $createdAtMs)`,
  );
  const remove = db.prepare(
    "DELETE FROM app_password WHERE did = $did AND name = $name",
  );
  const removeAll = db.prepare("DELETE FROM app_password WHERE did = $did");
  return {
    insert(row) {
      insert.run({ ...row, privileged: row.privileged ? 1 : 0 });
    },
    find: (id) => fromStored(find.get({ id })),
    findByHash: (did, passwordHash) =>
      fromStored(findByHash.get({ did, passwordHash })),
    findByName: (did, name) => fromStored(findByName.get({ did, name })),
    list: (did) => list.all({ did }).map((row) => fromStored(row)!),
    remove: (did, name) => remove.run({ did, name }).changes > 0,
    removeAll: (did) => void removeAll.run({ did }),
  };
}

function fromStored(row: Stored | null): AppPasswordRow | null {
  return row && { ...row, privileged: row.privileged === 1 };
}
