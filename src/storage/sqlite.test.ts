import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "#lib/errors.ts";
import {
  closeDatabase,
  closeLeavingWal,
  checkpoint,
  openDatabase,
  type Migration,
  type OpenDatabaseOptions,
} from "./sqlite.ts";

const first: Migration = {
  version: 1,
  sql: "CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT",
};
const second: Migration = {
  version: 2,
  sql: "ALTER TABLE note ADD COLUMN colour TEXT",
};
const broken: Migration = {
  version: 2,
  sql: "CREATE TABLE half (id INTEGER PRIMARY KEY) STRICT; SELECT nonsense",
};

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-sqlite-"));
  path = join(folder, "a.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(options: Partial<OpenDatabaseOptions> = {}): Database {
  return openDatabase({
    path,
    kind: "account",
    synchronous: "FULL",
    migrations: [first],
    ...options,
  });
}

function refusal(run: () => unknown): OperatorError {
  try {
    run();
  } catch (error) {
    if (error instanceof OperatorError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

/** Names, bytes and times of everything in the folder. */
function picture(): unknown {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const { mtimeMs, ino } = statSync(join(folder, name));
      return [name, mtimeMs, ino, readFileSync(join(folder, name), "base64")];
    });
}

describe("a new file", () => {
  test("is complete, private and leaves nothing beside it", () => {
    closeDatabase(open());
    expect(readdirSync(folder)).toEqual(["a.sqlite"]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const db = open();
    expect(db.query("PRAGMA integrity_check").get()).toEqual({
      integrity_check: "ok",
    });
    expect(db.query("PRAGMA journal_mode").get()).toEqual({
      journal_mode: "wal",
    });
    closeDatabase(db);
  });

  test("holds its seed from the first moment", () => {
    const db = open({
      seed: (fresh) => fresh.run("INSERT INTO note (body) VALUES ('seed')"),
    });
    expect(db.query("SELECT body FROM note").all()).toEqual([{ body: "seed" }]);
    closeDatabase(db);
  });

  test("does not appear when its schema fails", () => {
    expect(() => open({ migrations: [first, broken] })).toThrow("nonsense");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("is not made by a reader", () => {
    expect(refusal(() => open({ readonly: true })).exitCode).toBe(78);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("is not made beside the WAL of one that is lost", () => {
    writeFileSync(`${path}-wal`, "");
    expect(refusal(() => open()).exitCode).toBe(78);
    expect(readdirSync(folder)).toEqual(["a.sqlite-wal"]);
  });
});

describe("a connection", () => {
  test("has the settings that every connection has", () => {
    const db = open({ synchronous: "NORMAL" });
    const value = (name: string) =>
      Object.values(db.query(`PRAGMA ${name}`).get() as object)[0];
    expect(value("busy_timeout")).toBe(5000);
    expect(value("foreign_keys")).toBe(1);
    expect(value("trusted_schema")).toBe(0);
    expect(value("cell_size_check")).toBe(1);
    expect(value("mmap_size")).toBe(0);
    expect(value("synchronous")).toBe(1);
    closeDatabase(db);
  });

  test("frees its files on close, statements or not", () => {
    const db = open();
    const statement = db.prepare("INSERT INTO note (body) VALUES ('x')");
    statement.run();
    closeDatabase(db);
    expect(readdirSync(folder)).toEqual(["a.sqlite"]);
    expect(() => statement.run()).toThrow();
    closeDatabase(db);
  });

  test("keeps numbers above 2^32 exact", () => {
    const db = open();
    const large = 2 ** 53 - 1;
    db.query("INSERT INTO note (id, body) VALUES ($id, 'x')").run({
      id: large,
    });
    expect(db.query("SELECT id FROM note WHERE id >= ?").get(large)).toEqual({
      id: large,
    });
    closeDatabase(db);
  });

  test("cannot write when it is a reader, and sees what the writer commits", () => {
    const writer = open();
    const reader = open({ readonly: true });
    writer.run("INSERT INTO note (body) VALUES ('x')");
    expect(reader.query("SELECT count(*) AS n FROM note").get()).toEqual({
      n: 1,
    });
    expect(() => reader.run("DELETE FROM note")).toThrow();
    closeDatabase(reader);
    closeDatabase(writer);
  });

  test("empties the WAL at a checkpoint, unless a reader needs it", () => {
    const writer = open();
    writer.run("INSERT INTO note (body) VALUES ('x')");
    expect(checkpoint(writer)).toBe(true);
    expect(statSync(`${path}-wal`).size).toBe(0);
    const reader = open({ readonly: true });
    reader.run("BEGIN");
    reader.query("SELECT * FROM note").all();
    writer.run("PRAGMA busy_timeout = 0");
    writer.run("INSERT INTO note (body) VALUES ('y')");
    expect(checkpoint(writer)).toBe(false);
    closeDatabase(reader);
    closeDatabase(writer);
  });
});

describe("a file closed with its WAL", () => {
  test("is not written to, and whoever opens it goes on from there", () => {
    const db = open();
    db.run("INSERT INTO note (body) VALUES ('x')");
    const before = readFileSync(path);
    closeLeavingWal(db);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    expect(() => db.run("SELECT 1")).toThrow();
    const again = open({ isKnown: true });
    again.run("INSERT INTO note (body) VALUES ('y')");
    expect(again.query("SELECT body FROM note").all()).toEqual([
      { body: "x" },
      { body: "y" },
    ]);
    closeDatabase(again);
    expect(readdirSync(folder)).toEqual(["a.sqlite"]);
  });

  test("is let go of when it was removed meanwhile", () => {
    const descriptors = () => readdirSync("/dev/fd").length;
    const before = descriptors();
    const db = open();
    db.run("INSERT INTO note (body) VALUES ('x')");
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    closeLeavingWal(db);
    expect(descriptors()).toBe(before);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("is closed once", () => {
    const db = open();
    closeLeavingWal(db);
    closeLeavingWal(db);
    closeDatabase(db);
    closeDatabase(open());
  });
});

describe("an existing file", () => {
  test("is brought up to date", () => {
    const old = open();
    old.run("INSERT INTO note (body) VALUES ('kept')");
    closeDatabase(old);
    const db = open({ migrations: [first, second] });
    expect(db.query("SELECT body, colour FROM note").all()).toEqual([
      { body: "kept", colour: null },
    ]);
    expect(db.query("PRAGMA user_version").get()).toEqual({ user_version: 2 });
    closeDatabase(db);
  });

  test("stays as it was when a step of its schema fails", () => {
    closeDatabase(open());
    expect(() => open({ migrations: [first, broken] })).toThrow("nonsense");
    const db = open();
    expect(
      db.query("SELECT name FROM sqlite_schema WHERE name = 'half'").get(),
    ).toBeNull();
    closeDatabase(db);
  });

  test("keeps what was committed before a crash", () => {
    const db = open();
    db.run("INSERT INTO note (body) VALUES ('x')");
    const copy = join(folder, "copy.sqlite");
    copyFileSync(path, copy);
    copyFileSync(`${path}-wal`, `${copy}-wal`);
    const reopened = open({ path: copy });
    expect(reopened.query("SELECT body FROM note").all()).toEqual([
      { body: "x" },
    ]);
    closeDatabase(reopened);
    closeDatabase(db);
  });
});

describe("is refused untouched", () => {
  const cases: [string, () => void][] = [
    [
      "a newer schema",
      () => closeDatabase(open({ migrations: [first, second] })),
    ],
    ["another kind of ours", () => closeDatabase(open({ kind: "repo" }))],
    [
      "a database of another program",
      () => {
        const db = new Database(path);
        db.run("CREATE TABLE account (did TEXT); PRAGMA journal_mode = WAL");
        db.close();
      },
    ],
    ["a text file", () => writeFileSync(path, "notes".repeat(100))],
    ["an empty file", () => writeFileSync(path, "")],
  ];
  test.each(cases)("%s", (_name, make) => {
    make();
    utimesSync(path, 1_000_000, 1_000_000);
    const before = picture();
    const error = refusal(() => open());
    expect(error.exitCode).toBe(78);
    expect(error.hint).not.toBe("");
    expect(picture()).toEqual(before);
  });

  test("a newer schema that a crash left in the WAL", () => {
    closeDatabase(open());
    const db = new Database(path);
    db.run("PRAGMA user_version = 9");
    const crashed = join(folder, "crashed.sqlite");
    copyFileSync(path, crashed);
    copyFileSync(`${path}-wal`, `${crashed}-wal`);
    db.close();
    const before = [readFileSync(crashed), readFileSync(`${crashed}-wal`)];
    expect(refusal(() => open({ path: crashed })).message).toContain(
      "schema 9",
    );
    expect([readFileSync(crashed), readFileSync(`${crashed}-wal`)]).toEqual(
      before,
    );
    expect(existsSync(`${crashed}-shm`)).toBe(false);
  });
});
