import { expect, test } from "bun:test";
import { LateDatabase } from "./late-database.ts";

test("what is prepared is compiled when it is first run", () => {
  using db = new LateDatabase(":memory:", { strict: true });
  const put = db.prepare<unknown, [{ n: number }]>(
    "INSERT INTO number VALUES ($n)",
  );
  const list = db.prepare<{ n: number }, []>("SELECT n FROM number ORDER BY n");
  expect(() => list.all()).toThrow("no such table");
  db.run("CREATE TABLE number (n INTEGER)");
  expect([put.run({ n: 2 }).changes, put.run({ n: 1 }).changes]).toEqual([
    1, 1,
  ]);
  expect(list.all()).toEqual([{ n: 1 }, { n: 2 }]);
  expect(list.get()).toEqual({ n: 1 });
  expect(list.values()).toEqual([[1], [2]]);
  // As ever: a name that is missing is an error.
  expect(() => put.run({} as { n: number })).toThrow();
});

test("a query is compiled at once, and kept", () => {
  using db = new LateDatabase(":memory:", { strict: true });
  expect(() => db.query("SELECT n FROM nowhere")).toThrow("no such table");
  expect(db.query("SELECT 1")).toBe(db.query("SELECT 1"));
});
