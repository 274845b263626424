import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlockError } from "#repo/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { ActorStores } from "./actor-store.ts";
import { createActorStores } from "./actor-stores.ts";
import { openAlone } from "./late-database.ts";
import {
  alice,
  blob,
  block,
  change,
  POST,
  revOf,
  rkey,
} from "./repo-fixture.ts";

const bob = "did:plc:bob" as Did;

let folder: string;
let generations: Map<Did, number>;
let stores: ActorStores;

const open = () =>
  createActorStores({
    reposPath: folder,
    generationOf: (did) => generations.get(did) ?? null,
  });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-staged-"));
  generations = new Map([[alice, 1]]);
  stores = open();
});
afterEach(() => {
  stores.close();
  rmSync(folder, { recursive: true, force: true });
});

const head = {
  rev: revOf(7),
  commit: block("commit").cid,
  data: block("tree").cid,
};

const part = {
  rev: revOf(7),
  blocks: [block("commit"), block("tree"), block("post")],
  records: [
    {
      collection: POST,
      rkey: rkey("one"),
      cid: block("post").cid,
      blobs: [blob("picture")],
      subject: null,
    },
  ],
};

async function place(generation: number, did = alice): Promise<void> {
  const staged = stores.stage(did, generation);
  staged.add(part);
  await staged.place(head);
}

const files = () =>
  [...new Bun.Glob("**/*").scanSync(folder)].map((path) =>
    path.replace(/[0-9a-f]{64}/, "<hash>").replace(/^[0-9a-f]{2}\//, ""),
  );

describe("a staged repository", () => {
  test("is seen by nobody until it is placed, and then under its generation", async () => {
    const staged = stores.stage(alice, 2);
    staged.add(part);
    expect(stores.findGeneration(alice, 2)).toBeNull();
    await staged.place(head);
    expect(stores.find(alice)).toBeNull();
    const store = stores.findGeneration(alice, 2)!;
    expect(store.head()).toEqual({ ...head, appliedSeq: 0 });
    expect(store.counts()).toEqual({ blocks: 3, records: 1, blobs: 1 });
    generations.set(alice, 2);
    expect(stores.find(alice)!.findRecord(POST, rkey("one"))).toMatchObject({
      rev: revOf(7),
      bytes: block("post").bytes,
    });
  });

  test("is one file, without a WAL", async () => {
    await place(2);
    expect(files()).toEqual(["<hash>.2.sqlite"]);
    expect(readdirSync(join(folder, "importing"))).toEqual([]);
  });

  test("counts the blocks that were not there yet", () => {
    const staged = stores.stage(alice, 2);
    expect(staged.add(part)).toBe(3);
    const again = { ...part, blocks: [block("post"), block("new")] };
    expect(staged.add({ ...again, records: [] })).toBe(1);
    staged.discard();
  });

  test("refuses a record without its block, and keeps the part out", async () => {
    const staged = stores.stage(alice, 2);
    expect(() => staged.add({ ...part, blocks: [block("commit")] })).toThrow(
      BlockError,
    );
    expect(staged.add(part)).toBe(3);
    staged.discard();
  });

  test("leaves nothing when it is discarded, and stays when it was placed", async () => {
    const staged = stores.stage(alice, 2);
    staged.add(part);
    staged.discard();
    staged.discard();
    expect(files()).toEqual([]);
    const other = stores.stage(alice, 3);
    other.add(part);
    await other.place(head);
    other.discard();
    expect(files()).toEqual(["<hash>.3.sqlite"]);
  });

  test("is not placed as long as some of it is in the WAL alone", async () => {
    const staged = stores.stage(alice, 2);
    staged.add(part);
    const importing = join(folder, "importing");
    const name = readdirSync(importing).find((file) =>
      file.endsWith(".sqlite"),
    )!;
    const reader = openAlone(join(importing, name), { readonly: true });
    reader.run("BEGIN");
    reader.query("SELECT count(*) FROM block").get();
    await expect(staged.place(head)).rejects.toThrow("read by others");
    expect(stores.findGeneration(alice, 2)).toBeNull();
    reader.close(true);
    await staged.place(head);
    expect(stores.findGeneration(alice, 2)!.counts().records).toBe(1);
  });

  test("that was interrupted is gone at the next start", () => {
    stores.stage(alice, 2).add(part);
    stores.createSpool().add(block("x"));
    expect(files().length).toBeGreaterThan(1);
    const next = open();
    expect(files()).toEqual([]);
    next.close();
  });

  test("takes its position in the log, and keeps a later one", async () => {
    await place(2);
    const store = stores.findGeneration(alice, 2)!;
    store.adopt(500);
    expect(store.head()).toEqual({ ...head, appliedSeq: 500 });
    store.adopt(400);
    expect(store.head()!.appliedSeq).toBe(500);
    expect(stores.takeDirty()).toEqual([{ did: alice, generation: 2 }]);
    stores.close();
    stores = open();
    expect(stores.findGeneration(alice, 2)!.head()!.appliedSeq).toBe(500);
  });

  test("has a head before it has a position", () => {
    const store = stores.create(alice, 1);
    expect(() => store.adopt(1)).toThrow(BlockError);
  });
});

describe("generations", () => {
  test("beside the account's own are spare", async () => {
    stores.create(alice, 1).apply(change(1));
    stores.create(bob, 4);
    generations.set(bob, 4);
    expect(stores.listSpare()).toEqual([]);
    await place(2);
    await place(5);
    expect(stores.listSpare().sort(byGeneration)).toEqual([
      { did: alice, generation: 2 },
      { did: alice, generation: 5 },
    ]);
    generations.set(alice, 5);
    expect(stores.listSpare().sort(byGeneration)).toEqual([
      { did: alice, generation: 1 },
      { did: alice, generation: 2 },
    ]);
    for (const { did, generation } of stores.listSpare()) {
      stores.remove(did, generation);
    }
    expect(stores.listSpare()).toEqual([]);
    expect(stores.find(alice)!.head()).not.toBeNull();
    expect(stores.find(bob)).not.toBeNull();
  });

  test("go all at once, with a quarantine", async () => {
    stores.create(alice, 1).apply(change(1));
    await place(2);
    stores.create(bob, 1);
    stores.quarantine(alice, "damaged");
    expect(() => stores.find(alice)).toThrow();
    stores.removeAll(alice);
    stores.removeAll(alice);
    expect(stores.find(alice)).toBeNull();
    expect(files().filter((name) => name.endsWith(".sqlite"))).toEqual([
      "<hash>.1.sqlite",
    ]);
    generations.set(bob, 1);
    expect(stores.find(bob)).not.toBeNull();
  });
});

describe("a spool", () => {
  test("holds each block once, and is gone when it is closed", () => {
    const spool = stores.createSpool();
    expect(spool.add(block("one"))).toBe(true);
    expect(spool.add(block("two"))).toBe(true);
    expect(spool.add(block("one"))).toBe(false);
    expect(spool.getBlock(block("two").cid)).toEqual(block("two").bytes);
    expect(spool.getBlock(block("three").cid)).toBeNull();
    expect(readdirSync(join(folder, "importing"))).not.toEqual([]);
    spool[Symbol.dispose]();
    spool[Symbol.dispose]();
    expect(readdirSync(join(folder, "importing"))).toEqual([]);
    expect(existsSync(folder)).toBe(true);
  });

  test("takes many blocks of any size", () => {
    using spool = stores.createSpool();
    const large = block("x".repeat(2_000_000));
    for (let i = 0; i < 5000; i++) spool.add(block(`block ${i}`));
    spool.add(large);
    expect(spool.getBlock(large.cid)!.length).toBe(2_000_000);
    expect(spool.getBlock(block("block 4321").cid)).not.toBeNull();
  });
});

function byGeneration(
  a: { generation: number },
  b: { generation: number },
): number {
  return a.generation - b.generation;
}
