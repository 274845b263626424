import { beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import {
  bob,
  folder,
  generations,
  make,
  openStores,
  pathOf,
  reopen,
  stores,
  useStores,
} from "./actor-stores-fixture.ts";
import { isOpen } from "./open-databases.ts";
import { alice, change, POST, revOf, rkey, view } from "./repo-fixture.ts";

useStores();

describe("open files", () => {
  test("never pass the bound, whatever is used", async () => {
    stores.close();
    rmSync(folder, { recursive: true });
    // A thousand durable files take seconds on a disk.
    const fast = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
    reopen({ maxOpen: 16, to: mkdtempSync(join(fast, "tempest-repos-")) });
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
  });

  test("as many as may be stay; the one used longest ago makes room", () => {
    reopen({ maxOpen: 8 });
    const dids = [..."abcdefgh"].map((x) => `did:plc:${x}` as Did);
    const isOpenNow = (did: Did) => isOpen(pathOf(did));
    for (const did of dids) {
      generations.set(did, 1);
      make(did);
      stores.find(dids[0]!);
    }
    expect(stores.openCount()).toBe(8);
    expect(dids.every(isOpenNow)).toBe(true);
    make(alice);
    expect(stores.openCount()).toBe(8);
    expect(dids.filter((did) => !isOpenNow(did))).toEqual([dids[1]!]);
  });
});

describe("files given up for others", () => {
  const others = ["did:plc:x", "did:plc:y"] as Did[];
  let clock: ReturnType<typeof createFakeClock>;
  beforeEach(() => {
    clock = createFakeClock();
    for (const did of others) generations.set(did, 1);
    // Room for two: whoever comes third sends the first away.
    reopen({ maxOpen: 2, clock });
    make(alice).apply(change(1, { put: [[POST, "a", "1"]] }));
  });

  const walOf = (did: Did) =>
    statSync(`${pathOf(did)}-wal`, { throwIfNoEntry: false });
  /** Frames that are in no database yet. */
  const hasWal = (did: Did) => (walOf(did)?.size ?? 0) > 0;
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
      expect(walOf(alice)?.size ?? 0).toBeLessThanOrEqual(256 * 1024);
    }
    expect(stores.find(alice)!.counts().records).toBe(9);
  });

  test("hold the same after an abrupt end", () => {
    const before = view(stores.find(alice)!);
    giveUpAll();
    expect(existsSync(`${pathOf(alice)}-shm`)).toBe(false);
    const again = openStores({ maxOpen: 2, clock });
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

  test("keep the WAL they were written back from, empty, for what comes", async () => {
    giveUpAll();
    const before = walOf(alice)!.ino;
    clock.advance(60_001);
    await writeBack();
    for (let n = 2; n < 5; n++) {
      expect(walOf(alice)).toMatchObject({ size: 0, ino: before });
      // To read is not to write.
      expect(stores.find(alice)!.head()!.rev).toBe(revOf(n - 1));
      giveUpAll();
      expect(walOf(alice)).toMatchObject({ size: 0, ino: before });
      stores.find(alice)!.apply(change(n));
      expect(stores.takeDirty()).toContainEqual({ did: alice, generation: 1 });
      giveUpAll();
      expect(hasWal(alice)).toBe(true);
      clock.advance(60_001);
      expect(await writeBack()).toBe(1);
    }
  });

  test("that are taken while they are written back lose nothing", async () => {
    giveUpAll();
    clock.advance(60_001);
    const writing = writeBack();
    stores.find(alice)!.apply(change(2));
    giveUpAll();
    await writing;
    expect(hasWal(alice)).toBe(true);
    expect(stores.find(alice)!.head()!.rev).toBe(revOf(2));
    giveUpAll();
    const again = writeBack();
    stores.remove(alice, 1);
    await again;
    expect(make(alice).head()).toBeNull();
  });

  test("with an empty WAL are left alone by the next process", async () => {
    giveUpAll();
    clock.advance(60_001);
    await writeBack();
    stores.close();
    reopen({ maxOpen: 2, clock });
    for (let i = 0; i < 20; i++) expect(await writeBack()).toBe(0);
    clock.advance(60_001);
    expect(await writeBack()).toBe(0);
    stores.find(alice)!.apply(change(2));
    giveUpAll();
    expect(stores.find(alice)!.head()!.rev).toBe(revOf(2));
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
    reopen({ maxOpen: 2, clock });
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
