import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type Clock, createFakeClock, systemClock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import type { ActorStore, ActorStores } from "./actor-store.ts";
import { createActorStores } from "./actor-stores.ts";
import {
  alice,
  block,
  change,
  POST,
  revOf,
  rkey,
  view,
} from "./repo-fixture.ts";

const bob = "did:web:Bob.example%3A8080" as Did;

let folder: string;
let generations: Map<Did, number>;
let stores: ActorStores;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-repos-"));
  generations = new Map([
    [alice, 1],
    [bob, 1],
  ]);
  stores = open();
});
afterEach(() => {
  stores.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(maxOpen = 256, clock: Clock = systemClock): ActorStores {
  return createActorStores({
    clock,
    reposPath: folder,
    generationOf: (did) => generations.get(did) ?? null,
    maxOpen,
  });
}

function make(did = alice): ActorStore {
  return stores.create(did, 1);
}

function pathOf(did: Did): string {
  const hash = new Bun.CryptoHasher("sha256").update(did).digest("hex");
  return join(folder, hash.slice(0, 2), `${hash}.1.sqlite`);
}

function files(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function refusal(run: () => unknown): XrpcError {
  try {
    run();
  } catch (error) {
    if (error instanceof XrpcError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

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

describe("damage concerns one account", () => {
  beforeEach(() => {
    make(alice).apply(change(1));
    make(bob).apply(change(1));
    stores.close();
  });

  function fileOf(did: Did): string {
    const hash = new Bun.CryptoHasher("sha256").update(did).digest("hex");
    return files().find((path) => basename(path).startsWith(hash))!;
  }

  function expectUnusable(did: Did): void {
    expect(refusal(() => stores.find(did)).error).toBe("ServiceUnavailable");
    expect(refusal(() => stores.snapshot(did)).status).toBe(503);
    expect(stores.find(bob)?.head()?.rev).toBe(revOf(1));
  }

  test("a file closed off stays so until restart", () => {
    stores.quarantine(alice, "disagrees with the log");
    expectUnusable(alice);
    expect(refusal(() => stores.create(alice, 1)).status).toBe(503);
    stores.close();
    stores = open();
    expect(stores.find(alice)?.head()?.rev).toBe(revOf(1));
  });

  test("a file that is no database", () => {
    writeFileSync(fileOf(alice), "x".repeat(5000));
    expectUnusable(alice);
    expect(readFileSync(fileOf(alice), "utf8")).toBe("x".repeat(5000));
  });

  test("a file cut short", () => {
    const path = fileOf(alice);
    truncateSync(path, 4096);
    expect(
      refusal(() => stores.find(alice)!.getBlock(block("commit 1").cid)).status,
    ).toBe(503);
    expectUnusable(alice);
  });

  test("a file of another account under this one's name", () => {
    copyFileSync(fileOf(bob), fileOf(alice));
    expectUnusable(alice);
  });

  test("a file of another generation", () => {
    copyFileSync(fileOf(alice), fileOf(alice).replace(".1.", ".2."));
    expect(refusal(() => stores.findGeneration(alice, 2)).status).toBe(503);
  });

  test("a file of a newer version, untouched", () => {
    const path = fileOf(alice);
    const bytes = readFileSync(path);
    bytes.writeUInt32BE(99, 60);
    writeFileSync(path, bytes);
    expectUnusable(alice);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });
});

describe("open files", () => {
  test("never pass the bound, whatever is used", async () => {
    stores.close();
    rmSync(folder, { recursive: true });
    // A thousand durable files take seconds on a disk.
    const fast = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
    folder = mkdtempSync(join(fast, "tempest-repos-"));
    stores = open(16);
    const dids = Array.from({ length: 1000 }, (_, i) => `did:plc:${i}` as Did);
    let most = 0;
    for (const [i, did] of dids.entries()) {
      generations.set(did, 1);
      make(did).apply(change(1, { put: [[POST, "a", did]] }));
      most = Math.max(most, stores.openCount());
      if (i % 50 === 0) await new Promise((next) => setImmediate(next));
    }
    expect(most).toBe(16);
    for (const did of dids.toReversed()) {
      const found = stores.find(did)!.findRecord(POST, rkey("a"));
      expect(Buffer.from(found!.bytes).toString()).toBe(did);
      expect(stores.openCount()).toBeLessThanOrEqual(16);
    }
    // Given up in haste: what they hold is to be synced all the same.
    const dirty = stores.takeDirty().map(({ did }) => did);
    expect(dirty.toSorted()).toEqual(dids.toSorted());
  }, 30_000);

  test("as many as may be stay; the one used longest ago makes room", () => {
    stores = open(8);
    const dids = [..."abcdefgh"].map((x) => `did:plc:${x}` as Did);
    const hasWal = (did: Did) => existsSync(`${pathOf(did)}-wal`);
    for (const did of dids) {
      generations.set(did, 1);
      make(did);
      stores.find(dids[0]!);
    }
    expect(stores.openCount()).toBe(8);
    expect(dids.every(hasWal)).toBe(true);
    make(alice);
    expect(stores.openCount()).toBe(8);
    // Nothing was written to it, so its WAL goes with it.
    expect(dids.filter((did) => !hasWal(did))).toEqual([dids[1]!]);
  });
});

describe("files given up for others", () => {
  const others = ["did:plc:x", "did:plc:y"] as Did[];
  let clock: ReturnType<typeof createFakeClock>;
  beforeEach(() => {
    clock = createFakeClock();
    for (const did of others) generations.set(did, 1);
    // Room for two: whoever comes third sends the first away.
    stores = open(2, clock);
    make(alice).apply(change(1, { put: [[POST, "a", "1"]] }));
  });

  const hasWal = (did: Did) => existsSync(`${pathOf(did)}-wal`);
  const giveUpAll = () => others.forEach((did) => make(did));
  const writeBack = (limit = 10) =>
    stores.writeBack({ closedBeforeMs: clock.nowMs() - 60_000, limit });

  test("are left as they are, with the WAL, and go on from it", () => {
    const before = readFileSync(pathOf(alice));
    giveUpAll();
    expect(hasWal(alice)).toBe(true);
    expect(readFileSync(pathOf(alice)).equals(before)).toBe(true);
    expect(stores.find(alice)!.head()!.rev).toBe(revOf(1));
    stores.find(alice)!.apply(change(2, { put: [[POST, "b", "2"]] }));
    giveUpAll();
    expect(stores.find(alice)!.counts().records).toBe(2);
  });

  test("are written back when the WAL is long, so that it never grows", () => {
    for (let n = 2; n < 10; n++) {
      const text = `${n}`.repeat(70_000);
      stores.find(alice)!.apply(change(n, { put: [[POST, `k${n}`, text]] }));
      giveUpAll();
      const wal = statSync(`${pathOf(alice)}-wal`, { throwIfNoEntry: false });
      expect(wal?.size ?? 0).toBeLessThanOrEqual(256 * 1024);
    }
    expect(stores.find(alice)!.counts().records).toBe(9);
  });

  test("hold the same after an abrupt end", () => {
    const before = view(stores.find(alice)!);
    giveUpAll();
    expect(existsSync(`${pathOf(alice)}-shm`)).toBe(false);
    const again = open(2, clock);
    expect(view(again.find(alice)!)).toEqual(before);
    again.close();
  });

  test("are synced without being opened", async () => {
    giveUpAll();
    expect(stores.takeDirty()).toEqual([{ did: alice, generation: 1 }]);
    const count = stores.openCount();
    await stores.sync(alice, 1);
    expect(stores.openCount()).toBe(count);
  });

  test("are written back once they have been quiet for a while", async () => {
    giveUpAll();
    expect(await writeBack()).toBe(0);
    expect(hasWal(alice)).toBe(true);
    clock.advance(60_001);
    expect(await writeBack()).toBe(1);
    expect(hasWal(alice)).toBe(false);
    expect(await writeBack()).toBe(0);
    expect(stores.find(alice)!.head()!.rev).toBe(revOf(1));
  });

  test("are not while they are open again", async () => {
    giveUpAll();
    const store = stores.find(alice)!;
    clock.advance(60_001);
    expect(await writeBack()).toBe(0);
    expect(hasWal(alice)).toBe(true);
    store.apply(change(2));
  });

  test("are found by the next process", async () => {
    giveUpAll();
    stores.close();
    expect(hasWal(alice)).toBe(true);
    stores = open(2, clock);
    // It looks through the folders a few at a time.
    for (let i = 0; i < 20; i++) await writeBack();
    clock.advance(60_001);
    expect(await writeBack()).toBe(1);
    expect(hasWal(alice)).toBe(false);
  });

  test("a few at a time", async () => {
    make(bob).apply(change(1));
    giveUpAll();
    clock.advance(60_001);
    expect(await writeBack(1)).toBe(1);
    expect(await writeBack(1)).toBe(1);
    expect(await writeBack(1)).toBe(0);
  });

  test("wait for a snapshot that still reads them", async () => {
    giveUpAll();
    const snapshot = stores.snapshot(alice)!;
    giveUpAll();
    clock.advance(60_001);
    await writeBack();
    expect(hasWal(alice)).toBe(true);
    expect(snapshot.head()!.rev).toBe(revOf(1));
    snapshot[Symbol.dispose]();
    clock.advance(60_001);
    await writeBack();
    expect(hasWal(alice)).toBe(false);
  });

  test("that are damaged hold up nobody", async () => {
    make(bob).apply(change(1));
    giveUpAll();
    writeFileSync(pathOf(alice), "x".repeat(5000));
    clock.advance(60_001);
    expect(await writeBack()).toBe(2);
    expect(hasWal(bob)).toBe(false);
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

  test("what was applied is there after an abrupt end", () => {
    const store = make();
    store.apply(change(1, { put: [[POST, "a", "1"]] }));
    store.apply(change(2, { put: [[POST, "b", "2"]] }));
    const before = view(store);
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
