import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGroupCommit, type GroupCommit } from "./group-commit.ts";

let folder: string;
let db: Database;
/** What another program would find on disk. */
let reader: Database;
let commitSoon: GroupCommit;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-group-"));
  const path = join(folder, "account.sqlite");
  db = new Database(path, { strict: true });
  db.run("PRAGMA journal_mode = WAL; CREATE TABLE thing (n INTEGER UNIQUE)");
  reader = new Database(path, { readonly: true });
  commitSoon = createGroupCommit(db);
});
afterEach(() => {
  reader.close();
  db.close();
  rmSync(folder, { recursive: true });
});

const add = (n: number) => db.run("INSERT INTO thing VALUES (?)", [n]);
const stored = () =>
  reader
    .query<{ n: number }, []>("SELECT n FROM thing ORDER BY n")
    .all()
    .map(({ n }) => n);

test("work of one turn is one transaction, and each gets its own answer", async () => {
  const seen: number[][] = [];
  const answers = await Promise.all(
    [1, 2, 3].map((n) =>
      commitSoon(() => {
        add(n);
        // Nothing is there for others before all is.
        seen.push(stored());
        return n * 10;
      }),
    ),
  );
  expect(answers).toEqual([10, 20, 30]);
  expect(seen).toEqual([[], [], []]);
  expect(stored()).toEqual([1, 2, 3]);
});

test("work that throws is undone alone", async () => {
  const outcomes = await Promise.allSettled([
    commitSoon(() => add(1)),
    commitSoon(() => {
      add(2);
      throw new Error("no");
    }),
    commitSoon(() => add(1)),
    commitSoon(() => add(3)),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "rejected",
    "fulfilled",
  ]);
  expect(stored()).toEqual([1, 3]);
});

test("when the commit fails, all of it fails and nothing is there", async () => {
  db.run("PRAGMA busy_timeout = 0");
  const other = new Database(join(folder, "account.sqlite"));
  other.run("BEGIN IMMEDIATE");
  const outcomes = await Promise.allSettled([
    commitSoon(() => add(1)),
    commitSoon(() => add(2)),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual([
    "rejected",
    "rejected",
  ]);
  other.run("ROLLBACK");
  other.close();
  expect(stored()).toEqual([]);
  await commitSoon(() => add(3));
  expect(stored()).toEqual([3]);
});

test("when work ends the transaction, all of it fails and nothing is there", async () => {
  await commitSoon(() => add(1));
  const outcomes = await Promise.allSettled([
    commitSoon(() => add(2)),
    commitSoon(() => db.run("INSERT OR ROLLBACK INTO thing VALUES (1)")),
    commitSoon(() => add(3)),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual([
    "rejected",
    "rejected",
    "rejected",
  ]);
  expect(stored()).toEqual([1]);
  await commitSoon(() => add(3));
  expect(stored()).toEqual([1, 3]);
});

test("what comes meanwhile goes into the next", async () => {
  let later: Promise<unknown> = Promise.resolve();
  await commitSoon(() => {
    add(1);
    later = commitSoon(() => add(2));
  });
  expect(stored()).toEqual([1]);
  await later;
  expect(stored()).toEqual([1, 2]);
});
