import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlockError } from "#repo/errors.ts";
import type { ActorReader } from "./actor-store.ts";
import { openRepoDatabase, openRepoSnapshot } from "./repo-file.ts";
import {
  alice,
  block,
  change,
  failCommits,
  POST,
  revOf,
  rkey,
  view,
} from "./repo-fixture.ts";
import { createRepoStore, type RepoStore } from "./repo-store.ts";
import { closeDatabase } from "./sqlite.ts";

let folder: string;
let path: string;
let db: Database;
let store: RepoStore;
let setBacks: unknown[];
/** Called at each `onSetBack`. */
let whenSetBack: () => void;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-repo-"));
  path = join(folder, "repo.sqlite");
  setBacks = [];
  whenSetBack = () => undefined;
  open();
});
afterEach(() => {
  closeDatabase(db);
  rmSync(folder, { recursive: true, force: true });
});

const guard = <T>(access: () => T) => access();

function open(): void {
  db = openRepoDatabase({ path, did: alice, generation: 1 });
  store = createRepoStore(
    db,
    { isEmpty: true },
    {
      did: alice,
      generation: 1,
      guard,
      onApplied: () => undefined,
      onSetBack(error) {
        setBacks.push(error);
        whenSetBack();
      },
    },
  );
}

/** What another connection sees. */
function outside<T>(look: (reader: ActorReader) => T): T {
  using snapshot = openRepoSnapshot({ path, did: alice, generation: 1, guard });
  return look(snapshot);
}

const post = (n: number) =>
  change(n, {
    put: [[POST, `key${n}`, `text ${n}`]],
    ...(n > 1 && {
      removed: [block(`commit ${n - 1}`).cid, block(`tree ${n - 1}`).cid],
    }),
  });

function applyThrough(n: number): void {
  for (let i = (store.head()?.appliedSeq ?? 0) / 10 + 1; i <= n; i++) {
    store.apply(post(i));
  }
}

const pragma = (name: string) =>
  Object.values(db.query(`PRAGMA ${name}`).get() as object)[0] as number;

describe("rows that wait", () => {
  test("are seen here at once, and by others after a flush", () => {
    applyThrough(3);
    expect(store.head()?.rev).toBe(revOf(3));
    expect(store.counts()).toEqual({ blocks: 5, records: 3, blobs: 0 });
    const tree = block("tree 3");
    expect(store.getBlock(tree.cid)).toEqual(tree.bytes);
    expect(store.hasBlock(tree.cid)).toBe(true);
    expect(store.isBlockNewerThan(tree.cid, revOf(2))).toBe(true);
    expect(store.isBlockNewerThan(tree.cid, revOf(3))).toBe(false);
    expect(store.hasBlock(block("tree 2").cid)).toBe(false);
    expect(outside((other) => other.head())).toBeNull();
    const before = view(store);
    store.flush();
    expect(outside(view)).toEqual(before);
    expect(view(store)).toEqual(before);
    expect(outside((other) => other.getBlock(tree.cid))).toEqual(tree.bytes);
    expect(outside((other) => other.hasBlock(block("tree 2").cid))).toBe(false);
  });

  test("write a tree node only if it is left at the end", () => {
    applyThrough(9);
    const written = () =>
      (db.query("SELECT max(id) AS id FROM block").get() as { id: number }).id;
    expect(written()).toBe(9);
    store.flush();
    // Nine records, the last commit and the last tree.
    expect(written()).toBe(11);
  });

  test("are not more than a few", () => {
    applyThrough(40);
    const seen = outside((other) => other.head())!.appliedSeq / 10;
    expect(seen).toBeGreaterThan(20);
    expect(seen).toBeLessThan(40);
  });

  test("stay when one is refused, and it leaves nothing", () => {
    applyThrough(2);
    const before = view(store);
    const missing = { ...post(3), blocks: [] };
    expect(() => store.apply(missing)).toThrow(BlockError);
    const held = { ...post(3), removed: [block("text 1").cid] };
    expect(() => store.apply(held)).toThrow();
    expect(view(store)).toEqual(before);
    applyThrough(3);
    store.flush();
    expect(outside((other) => other.head())!.rev).toBe(revOf(3));
    expect(setBacks).toEqual([]);
  });

  test("are written when the file is closed", () => {
    applyThrough(2);
    const before = view(store);
    store.end();
    closeDatabase(db);
    open();
    expect(view(store)).toEqual(before);
  });

  test("a block that a record has is written with it, though a tree node had it first", () => {
    const same = block("same");
    store.apply({
      ...change(1),
      blocks: [block("commit 1"), block("tree 1"), same],
    });
    store.apply(change(2, { put: [[POST, "a", "same"]] }));
    expect(store.counts().blocks).toBe(5);
    store.apply(change(3, { remove: [[POST, "a"]], removed: [same.cid] }));
    store.flush();
    expect(outside((other) => other.hasBlock(same.cid))).toBe(false);
  });
});

describe("a disk that takes nothing", () => {
  test("is told, and what waited is as if it had never been applied", () => {
    applyThrough(2);
    store.flush();
    const before = view(store);
    applyThrough(4);
    {
      using _full = failCommits((name) => name.includes(path));
      expect(() => store.flush()).toThrow("full");
    }
    expect(setBacks).toHaveLength(1);
    expect(view(store)).toEqual(before);
    expect(store.hasBlock(block("tree 4").cid)).toBe(false);
    applyThrough(4);
    store.flush();
    expect(outside((other) => other.head())!.rev).toBe(revOf(4));
  });

  test("does not refuse a row that whoever is told applies again", () => {
    whenSetBack = () => applyThrough(16);
    using _full = failCommits((name) => name.includes(path));
    applyThrough(16);
    expect(setBacks).toHaveLength(1);
    expect(store.head()?.rev).toBe(revOf(16));
    // Only a flush tries again.
    applyThrough(50);
    expect(setBacks).toHaveLength(1);
  });

  test("refuses a row that nobody applies again", () => {
    using _full = failCommits((name) => name.includes(path));
    expect(() => applyThrough(16)).toThrow("full");
    expect(store.head()).toBeNull();
    expect(setBacks).toHaveLength(1);
  });

  test("leaves a connection that syncs", () => {
    applyThrough(1);
    expect(pragma("synchronous")).toBe(0);
    using full = failCommits((name) => name.includes(path));
    expect(() => store.flush()).toThrow("full");
    expect(pragma("synchronous")).toBe(1);
    expect(pragma("wal_autocheckpoint")).toBe(1000);
    applyThrough(1);
    store.end();
    expect(db.inTransaction).toBe(false);
    full[Symbol.dispose]();
    expect(store.head()).toBeNull();
  });
});

test("an adopted position waits with the rows", () => {
  applyThrough(1);
  store.adopt(99);
  expect(store.head()?.appliedSeq).toBe(99);
  expect(outside((other) => other.head())).toBeNull();
  store.flush();
  expect(outside((other) => other.head())?.appliedSeq).toBe(99);
  expect(store.findRecord(POST, rkey("key1"))).not.toBeNull();
});
