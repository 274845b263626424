import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatCid, type CidBytes } from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import type { Nsid, Tid } from "#repo/syntax.ts";
import type { ActorReader, ActorStore, RepoChange } from "./actor-store.ts";
import { openRepoFile, type RepoFile } from "./repo-file.ts";
import {
  alice,
  blob,
  block,
  change,
  LIKE,
  POST,
  revOf,
  rkey,
  view,
  type Wish,
} from "./repo-fixture.ts";

let folder: string;
let file: RepoFile;
let applied: number;
let setBacks: unknown[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-repo-"));
  applied = 0;
  setBacks = [];
  file = open();
});
afterEach(() => {
  file.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(): RepoFile {
  return openRepoFile({
    path: join(folder, "repo.sqlite"),
    did: alice,
    generation: 1,
    guard: (access) => access(),
    onApplied: () => applied++,
    onSetBack: (error) => setBacks.push(error),
  });
}

describe("apply", () => {
  test("moves blocks, records and head together", () => {
    const { store } = file;
    expect(store.head()).toBeNull();
    const first = change(1, { put: [[POST, "a", "hello"]] });
    store.apply(first);
    expect(store.head()).toEqual({
      rev: first.rev,
      commit: first.commit,
      data: first.data,
      appliedSeq: 10,
    });
    const { cid, bytes } = block("hello");
    expect(store.findRecord(POST, rkey("a"))).toEqual({
      collection: POST,
      rkey: rkey("a"),
      cid,
      bytes,
      rev: first.rev,
    });
    expect(store.findRecord(POST, rkey("b"))).toBeNull();
    expect(store.getBlock(first.commit)).toEqual(block("commit 1").bytes);
    expect(store.hasBlock(cid)).toBe(true);
    expect(store.counts()).toEqual({ blocks: 3, records: 1, blobs: 0 });
  });

  test("updates and deletes records", () => {
    const { store } = file;
    store.apply(change(1, { put: [[POST, "a", "old"]] }));
    store.apply(
      change(2, { put: [[POST, "a", "new"]], removed: [block("old").cid] }),
    );
    expect(store.findRecord(POST, rkey("a"))).toMatchObject({
      bytes: block("new").bytes,
      rev: revOf(2),
    });
    expect(store.hasBlock(block("old").cid)).toBe(false);
    store.apply(
      change(3, { remove: [[POST, "a"]], removed: [block("new").cid] }),
    );
    expect(store.findRecord(POST, rkey("a"))).toBeNull();
    expect(store.getBlock(block("new").cid)).toBeNull();
    expect(store.listCollections()).toEqual([]);
  });

  test("a row applied twice changes nothing, nor does one below it", () => {
    const { store } = file;
    store.apply(change(1, { put: [[POST, "a", "one"]] }));
    store.apply(change(2, { put: [[POST, "a", "two"]] }));
    const before = view(store);
    store.apply(change(2, { put: [[POST, "b", "other"]] }));
    store.apply(change(1, { put: [[POST, "b", "other"]] }));
    expect(view(store)).toEqual(before);
    expect(applied).toBe(2);
    file.close();
    file = open();
    file.store.apply(change(2, { put: [[POST, "b", "other"]] }));
    expect(view(file.store)).toEqual(before);
  });

  const misfits: [string, Partial<RepoChange>][] = [
    ["another revision before", { since: revOf(9) }],
    ["no revision before", { since: null }],
    ["another tree before", { prevData: block("tree 9").cid }],
    ["no tree before", { prevData: null }],
    ["a revision that does not rise", { rev: revOf(1) }],
    ["a record whose block is missing", { blocks: [] }],
  ];
  test.each(misfits)("refuses %s, and changes nothing", (_name, misfit) => {
    const { store } = file;
    store.apply(change(1, { put: [[POST, "a", "one"]] }));
    const before = view(store);
    const wish: Wish = { put: [[POST, "b", "two"]], remove: [[POST, "a"]] };
    expect(() => store.apply({ ...change(2, wish), ...misfit })).toThrow(
      BlockError,
    );
    expect(view(store)).toEqual(before);
    expect(applied).toBe(1);
    store.apply(change(2, wish));
    expect(store.head()?.rev).toBe(revOf(2));
  });

  test("refuses a first commit that claims one before, and a second first", () => {
    const { store } = file;
    expect(() => store.apply(change(2))).toThrow(BlockError);
    expect(store.head()).toBeNull();
    expect(store.counts().blocks).toBe(0);
    store.apply(change(1));
    expect(() => store.apply({ ...change(1), seq: 11 })).toThrow(BlockError);
  });

  test("refuses to remove a block that a record holds", () => {
    const { store } = file;
    store.apply(change(1, { put: [[POST, "a", "one"]] }));
    const before = view(store);
    expect(() =>
      store.apply(change(2, { removed: [block("one").cid] })),
    ).toThrow();
    expect(view(store)).toEqual(before);
  });

  test("equal records share a block, which stays while one is left", () => {
    const { store } = file;
    store.apply(
      change(1, {
        put: [
          [POST, "a", "same"],
          [POST, "b", "same"],
        ],
      }),
    );
    const { cid, bytes } = block("same");
    expect(store.counts()).toMatchObject({ blocks: 3, records: 2 });
    expect(store.listPathsOfRecord(cid, 10).map((path) => path.rkey)).toEqual([
      rkey("a"),
      rkey("b"),
    ]);
    expect(store.listPathsOfRecord(cid, 1).length).toBe(1);
    store.apply(change(2, { remove: [[POST, "a"]] }));
    expect(store.findRecord(POST, rkey("b"))?.bytes).toEqual(bytes);
    store.apply(change(3, { put: [[LIKE, "c", "same"]] }));
    expect(store.isBlockNewerThan(cid, revOf(1))).toBe(false);
    expect(store.findRecord(LIKE, rkey("c"))?.rev).toBe(revOf(3));
    store.apply(change(4, { remove: [[LIKE, "c"]] }));
    store.apply(change(5, { remove: [[POST, "b"]], removed: [cid] }));
    expect(store.listPathsOfRecord(cid, 10)).toEqual([]);
    expect(store.hasBlock(cid)).toBe(false);
  });

  test("a block that is both new and removed stays", () => {
    const { store } = file;
    store.apply(change(1));
    store.apply(change(2, { removed: [block("tree 2").cid] }));
    expect(store.hasBlock(block("tree 2").cid)).toBe(true);
  });

  test("tells blocks that came after a revision", () => {
    const { store } = file;
    store.apply(change(1));
    store.apply(change(2));
    const { cid } = block("tree 2");
    expect(store.isBlockNewerThan(cid, revOf(1))).toBe(true);
    expect(store.isBlockNewerThan(cid, revOf(2))).toBe(false);
    expect(store.isBlockNewerThan(block("none").cid, revOf(9))).toBe(true);
  });
});

describe("listings", () => {
  const page = (
    store: ActorReader,
    cursor: string | null,
    more: { reverse?: boolean } = {},
  ) =>
    store
      .listRecords({
        collection: POST,
        limit: 2,
        cursor: cursor === null ? null : rkey(cursor),
        reverse: false,
        ...more,
      })
      .map((record) => record.rkey as string);

  function filled(): ActorStore {
    const { store } = file;
    const keys = ["a", "Z", "b", "10", "9"];
    store.apply(
      change(1, {
        put: [
          ...keys.map((key): [Nsid, string, string] => [POST, key, key]),
          [LIKE, "zz", "like"],
          ["app.bsky.feed.postgate" as Nsid, "c", "gate"],
        ],
      }),
    );
    return store;
  }

  test("records go by the bytes of their keys, either way, page by page", () => {
    const store = filled();
    expect(page(store, null)).toEqual(["b", "a"]);
    expect(page(store, "a")).toEqual(["Z", "9"]);
    expect(page(store, "9")).toEqual(["10"]);
    expect(page(store, "10")).toEqual([]);
    const reverse = true;
    expect(page(store, null, { reverse })).toEqual(["10", "9"]);
    expect(page(store, "9", { reverse })).toEqual(["Z", "a"]);
    expect(page(store, "a", { reverse })).toEqual(["b"]);
  });

  test("collections that hold a record, ascending", () => {
    const { store } = file;
    expect(store.listCollections()).toEqual([]);
    store.apply(
      change(1, {
        put: [
          [POST, "a", "1"],
          [POST, "b", "2"],
          [LIKE, "a", "3"],
        ],
      }),
    );
    expect(store.listCollections()).toEqual([LIKE, POST]);
    store.apply(change(2, { remove: [[LIKE, "a"]] }));
    expect(store.listCollections()).toEqual([POST]);
  });

  test("records by what they point at, following updates", () => {
    const { store } = file;
    const subject = "at://did:plc:bob/app.bsky.feed.post/1";
    store.apply(
      change(1, {
        subject,
        put: [
          [LIKE, "b", "1"],
          [LIKE, "a", "2"],
        ],
      }),
    );
    expect(store.listRecordsOfSubject(LIKE, subject)).toEqual([
      rkey("a"),
      rkey("b"),
    ]);
    expect(store.listRecordsOfSubject(POST, subject)).toEqual([]);
    expect(store.listRecordsOfSubject(LIKE, `${subject}2`)).toEqual([]);
    store.apply(change(2, { subject: "did:plc:bob", put: [[LIKE, "a", "3"]] }));
    store.apply(change(3, { put: [[LIKE, "b", "4"]] }));
    expect(store.listRecordsOfSubject(LIKE, subject)).toEqual([]);
    expect(store.listRecordsOfSubject(LIKE, "did:plc:bob")).toEqual([
      rkey("a"),
    ]);
    store.apply(change(4, { remove: [[LIKE, "a"]] }));
    expect(store.listRecordsOfSubject(LIKE, "did:plc:bob")).toEqual([]);
  });

  test("blocks of records from a key on, of one collection", () => {
    const store = filled();
    const from = (key: string, limit: number) =>
      store
        .listRecordBlocks({ collection: POST, from: rkey(key), limit })
        .map(({ cid, bytes }) => [formatCid(cid), Buffer.from(bytes)]);
    const expected = ["9", "Z", "a", "b"].map((key) => {
      const { cid, bytes } = store.findRecord(POST, rkey(key))!;
      return [formatCid(cid), Buffer.from(bytes)];
    });
    expect(from("9", 10)).toEqual(expected);
    expect(from("9", 2)).toEqual(expected.slice(0, 2));
    expect(from("aa", 10)).toEqual(expected.slice(3));
    expect(from("c", 10)).toEqual([]);
  });

  test("records that came after a revision, newest first", () => {
    const { store } = file;
    store.apply(change(1, { put: [[POST, "a", "1"]] }));
    store.apply(
      change(2, {
        put: [
          [POST, "b", "2"],
          [LIKE, "a", "3"],
        ],
      }),
    );
    store.apply(change(3, { put: [[POST, "c", "4"]] }));
    const since = (n: number, limit = 10, collections = [POST]) =>
      store
        .listRecordsSince({ collections, since: revOf(n), limit })
        .map(({ collection, rkey, rev }) => [collection, rkey, rev]);
    const [b, c] = [
      [POST, rkey("b"), revOf(2)],
      [POST, rkey("c"), revOf(3)],
    ];
    expect(since(3)).toEqual([]);
    expect(since(2)).toEqual([c]);
    expect(since(1)).toEqual([c, b]);
    expect(since(1, 1)).toEqual([c]);
    expect(since(1, 10, [LIKE])).toEqual([[LIKE, rkey("a"), revOf(2)]]);
    expect(since(1, 10, [])).toEqual([]);
    // An update is as new as what is created; what is gone is not told of.
    store.apply(change(4, { put: [[POST, "a", "5"]], remove: [[POST, "c"]] }));
    expect(since(3)).toEqual([[POST, rkey("a"), revOf(4)]]);
    expect(since(2)).toEqual([[POST, rkey("a"), revOf(4)]]);
  });

  test("blobs by the text of their CIDs, page by page, and by revision", () => {
    const { store } = file;
    const blobs = ["1", "2", "3", "4", "5"].map(blob);
    const sorted = blobs.toSorted((a, b) =>
      formatCid(a) < formatCid(b) ? -1 : 1,
    );
    store.apply(change(1, { put: [[POST, "a", "1"]], blobs }));
    store.apply(change(2, { put: [[POST, "b", "2"]], blobs: [blobs[0]!] }));
    const list = (after: CidBytes | null, since: Tid | null = null) =>
      store.listBlobs({ after, since, limit: 3 });
    expect(list(null)).toEqual(sorted.slice(0, 3));
    expect(list(sorted[2]!)).toEqual(sorted.slice(3));
    expect(list(sorted[4]!)).toEqual([]);
    expect(list(null, revOf(1))).toEqual([blobs[0]!]);
    expect(store.counts().blobs).toBe(5);
    expect(store.listRecordsOfBlob(blobs[0]!, 10)).toEqual([
      { collection: POST, rkey: rkey("a") },
      { collection: POST, rkey: rkey("b") },
    ]);
    expect(store.listRecordsOfBlob(blobs[0]!, 1).length).toBe(1);
  });

  test("blobs go with the records that name them", () => {
    const { store } = file;
    const [one, two] = [blob("1"), blob("2")];
    store.apply(change(1, { put: [[POST, "a", "1"]], blobs: [one, one] }));
    expect(store.isBlobReferenced(one)).toBe(true);
    store.apply(change(2, { put: [[POST, "a", "2"]], blobs: [two] }));
    expect(store.isBlobReferenced(one)).toBe(false);
    expect(store.isBlobReferenced(two)).toBe(true);
    store.apply(change(3, { remove: [[POST, "a"]] }));
    expect(store.isBlobReferenced(two)).toBe(false);
    expect(store.counts().blobs).toBe(0);
  });
});
