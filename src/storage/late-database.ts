import {
  constants,
  Database,
  type SQLQueryBindings,
  type Statement,
} from "bun:sqlite";

type Params = SQLQueryBindings[];
type Prepared<Row, Given extends SQLQueryBindings | Params> = ReturnType<
  typeof Database.prototype.prepare<Row, Given>
>;
/** All that is done with statements here. */
type Run = Pick<Statement, "get" | "all" | "run" | "values">;

/**
 * Compiles what is prepared when it is first run. A start prepares 300
 * statements, 5 KB each, of which a server that is asked for little runs few.
 * A wrong one is found when it is run: tests run them all.
 */
export class LateDatabase extends Database {
  /** @param more from `query`, which keeps the statement and compiles it at once. */
  override prepare<Row, Given extends SQLQueryBindings | Params>(
    sql: string,
    ...more: [params?: Given]
  ): Prepared<Row, Given> {
    if (more.length > 0) return super.prepare<Row, Given>(sql, ...more);
    const compile = () => super.prepare<Row, Given>(sql);
    return new LateStatement(compile) as unknown as Prepared<Row, Given>;
  }
}

class LateStatement implements Run {
  readonly #compile: () => Run;
  #compiled: Run | null = null;

  constructor(compile: () => Run) {
    this.#compile = compile;
  }

  #ready(): Run {
    return (this.#compiled ??= this.#compile());
  }

  get(...params: Params) {
    return this.#ready().get(...params);
  }

  all(...params: Params) {
    return this.#ready().all(...params);
  }

  run(...params: Params) {
    return this.#ready().run(...params);
  }

  values(...params: Params) {
    return this.#ready().values(...params);
  }
}

/**
 * Opens a file that exists, and keeps other programs out: the index of its WAL
 * is in memory, and no file beside it. Throws where another program has it open.
 * @see https://sqlite.org/vfs.html#standard_unix_vfses
 */
export function openAlone(
  path: string,
  { readonly = false }: { readonly?: boolean | undefined } = {},
): Database {
  return new LateDatabase(
    `file:${path.replace(/[%?#]/g, encodeURIComponent)}?vfs=unix-excl`,
    constants.SQLITE_OPEN_URI |
      (readonly
        ? constants.SQLITE_OPEN_READONLY
        : constants.SQLITE_OPEN_READWRITE),
  );
}

/**
 * Closes a connection and leaves the WAL. Only the last connection of a file
 * writes the WAL back and syncs, and only if it may write: so one that may not
 * outlives the one that may.
 * @param close does it
 */
export function closeBeforeReader(db: Database, close: () => void): void {
  let reader: Database | null = null;
  try {
    // By the same name, and so with the same locks.
    reader = new Database(
      db.filename,
      constants.SQLITE_OPEN_URI | constants.SQLITE_OPEN_READONLY,
    );
    // Any read takes the lock; this one needs no schema.
    reader.run("PRAGMA schema_version");
  } catch {
    // SQLite leaves alone what was removed while it was open.
  }
  try {
    close();
  } finally {
    reader?.close(true);
  }
}
