import { describe, expect, test } from "bun:test";
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Did } from "#repo/syntax.ts";
import { createActorStores } from "./actor-stores.ts";
import {
  bob,
  files,
  folder,
  generations,
  make,
  stores,
  useStores,
} from "./actor-stores-fixture.ts";
import { alice, change, POST, revOf, view } from "./repo-fixture.ts";

useStores();

describe("files", () => {
  test("are named by a hash of the DID and the generation, for us alone", () => {
    make(alice);
    stores.create(alice, 2);
    const hash = new Bun.CryptoHasher("sha256").update(alice).digest("hex");
    stores.close();
    const names = files().map((path) => path.slice(folder.length));
    expect(names).toEqual([
      `/${hash.slice(0, 2)}/${hash}.1.sqlite`,
      `/${hash.slice(0, 2)}/${hash}.2.sqlite`,
    ]);
    for (const path of files()) {
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    }
  });

  test("stay small for an account that does nothing", () => {
    make().apply(change(1));
    stores.close();
    expect(statSync(files()[0]!).size).toBeLessThanOrEqual(48 * 1024);
  });

  test("can be named by any DID", () => {
    const long = `did:web:${"a".repeat(2000)}` as Did;
    generations.set(long, 1);
    make(long).apply(change(1));
    expect(stores.find(long)?.head()?.rev).toBe(revOf(1));
  });

  test("are found by the generation that readers see", () => {
    expect(stores.find(alice)).toBeNull();
    make().apply(change(1));
    stores.create(alice, 2);
    expect(stores.find(alice)?.head()?.rev).toBe(revOf(1));
    generations.set(alice, 2);
    expect(stores.find(alice)?.head()).toBeNull();
    expect(stores.find(alice)?.generation).toBe(2);
    expect(stores.findGeneration(alice, 1)?.head()?.rev).toBe(revOf(1));
    expect(stores.findGeneration(alice, 3)).toBeNull();
    generations.delete(alice);
    expect(stores.find(alice)).toBeNull();
    expect(stores.snapshot(alice)).toBeNull();
  });

  test("are not made anew where they exist", () => {
    make().apply(change(1));
    expect(make().head()?.rev).toBe(revOf(1));
    stores.close();
    expect(make().head()?.rev).toBe(revOf(1));
  });

  test("are removed whole, and can come back empty", () => {
    make().apply(change(1));
    make(bob).apply(change(1));
    stores.remove(alice, 1);
    stores.remove(alice, 1);
    expect(stores.find(alice)).toBeNull();
    expect(stores.takeDirty()).toEqual([{ did: bob, generation: 1 }]);
    stores.close();
    expect(files().length).toBe(1);
    expect(make().head()).toBeNull();
  });

  test("come back empty where a removal left a WAL", () => {
    make().apply(change(1));
    stores.flush(alice, 1);
    const [path] = files();
    const wal = readFileSync(`${path}-wal`);
    expect(wal.length).toBeGreaterThan(0);
    stores.remove(alice, 1);
    writeFileSync(`${path}-wal`, wal);
    expect(make().head()).toBeNull();
  });
});

describe("snapshots", () => {
  test("stay as they are while writes go on", () => {
    const store = make();
    store.apply(change(1, { put: [[POST, "a", "1"]] }));
    const before = view(store);
    {
      using snapshot = stores.snapshot(alice)!;
      store.apply(change(2, { put: [[POST, "b", "2"]] }));
      expect(view(snapshot)).toEqual(before);
      expect("apply" in snapshot).toBe(false);
    }
    using later = stores.snapshot(alice)!;
    expect(later.head()?.rev).toBe(revOf(2));
  });

  test("outlive the handle that writes, and are taken of a closed file", () => {
    make().apply(change(1));
    const snapshot = stores.snapshot(alice)!;
    stores.close();
    expect(snapshot.head()?.rev).toBe(revOf(1));
    stores.find(alice)!.apply(change(2));
    stores.close();
    expect(snapshot.head()?.rev).toBe(revOf(1));
    snapshot[Symbol.dispose]();
    using alone = stores.snapshot(alice)!;
    expect(alone.head()?.rev).toBe(revOf(2));
  });

  test("leave nothing behind once the file is opened and closed again", () => {
    make().apply(change(1));
    stores.close();
    stores.snapshot(alice)![Symbol.dispose]();
    stores.find(alice);
    stores.close();
    expect(files().map((path) => path.split(".").at(-1))).toEqual(["sqlite"]);
  });
});

describe("durability", () => {
  test("what changed is told once, and again after the next change", async () => {
    make(alice).apply(change(1));
    make(bob).apply(change(1));
    expect(stores.takeDirty()).toEqual([
      { did: alice, generation: 1 },
      { did: bob, generation: 1 },
    ]);
    expect(stores.takeDirty()).toEqual([]);
    make(bob).apply(change(2));
    make(bob).apply(change(3));
    expect(stores.takeDirty()).toEqual([{ did: bob, generation: 1 }]);
  });

  test("what was closed is on disk, unless a snapshot held it", () => {
    make(alice).apply(change(1));
    make(bob).apply(change(1));
    using snapshot = stores.snapshot(bob)!;
    stores.close();
    expect(snapshot.head()?.rev).toBe(revOf(1));
    expect(stores.takeDirty()).toEqual([{ did: bob, generation: 1 }]);
  });

  test("a repository can be synced whether its file is open, closed or gone", async () => {
    const store = make();
    store.apply(change(1));
    const sync = () => stores.sync(alice, 1);
    await sync();
    store.apply(change(2));
    const syncing = sync();
    stores.close();
    await syncing;
    await sync();
    expect(stores.find(alice)?.head()?.rev).toBe(revOf(2));
    stores.remove(alice, 1);
    await sync();
  });

  test("what was flushed is there after an abrupt end", () => {
    const store = make();
    store.apply(change(1, { put: [[POST, "a", "1"]] }));
    store.apply(change(2, { put: [[POST, "b", "2"]] }));
    const before = view(store);
    stores.flush(alice, 1);
    store.apply(change(3));
    const crashed = mkdtempSync(join(tmpdir(), "tempest-crashed-"));
    const [path] = files();
    const name = basename(dirname(path!));
    const again = createActorStores({
      reposPath: crashed,
      generationOf: () => 1,
    });
    again.create(alice, 1);
    again.close();
    for (const suffix of ["", "-wal"]) {
      copyFileSync(
        `${path}${suffix}`,
        join(crashed, name, `${basename(path!)}${suffix}`),
      );
    }
    expect(view(again.find(alice)!)).toEqual(before);
    again.find(alice)!.apply(change(3));
    again.close();
    rmSync(crashed, { recursive: true });
  });
});
