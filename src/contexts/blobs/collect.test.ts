import { beforeEach, describe, expect, test } from "bun:test";
import { silentLogger } from "#lib/log.ts";
import { cidOfRaw } from "#repo/cid.ts";
import { createBlobCollector } from "./collect.ts";
import {
  alice,
  as,
  bob,
  host,
  PNG,
  reference,
  TEXT,
  upload,
  useBlobs,
} from "./blobs-fixture.ts";

useBlobs();

const HOUR_MS = 3_600_000;

describe("collection of unused blobs", () => {
  const cid = cidOfRaw(TEXT);
  let isBehind: boolean;
  const collect = () =>
    createBlobCollector({
      ...host,
      isBehind: () => isBehind,
      log: silentLogger,
    }).collectUnreferencedBlobs({ olderThanMs: 6 * HOUR_MS });
  const isStored = async () =>
    (await host.blobStore.has(alice, cid)) &&
    host.accountDb.blobs.find(alice, cid) !== null;

  beforeEach(() => {
    isBehind = false;
  });

  test("removes what no record names, after the time of grace", async () => {
    await upload(TEXT);
    host.clock.advance(6 * HOUR_MS);
    expect((await collect()).removed).toBe(0);
    expect(await isStored()).toBe(true);
    host.clock.advance(1);
    expect(await collect()).toEqual({
      removed: 1,
      removedBytes: 5,
      orphans: 0,
      failed: 0,
    });
    expect(await host.blobStore.has(alice, cid)).toBe(false);
    expect(host.accountDb.blobs.find(alice, cid)).toBeNull();
  });

  test("removes a blob with its last record", async () => {
    await upload(TEXT);
    reference("a", [cid]);
    reference("b", [cid]);
    host.clock.advance(24 * HOUR_MS);
    expect((await collect()).removed).toBe(0);
    reference("a", null);
    expect((await collect()).removed).toBe(0);
    reference("b", null);
    expect((await collect()).removed).toBe(1);
  });

  test("an upload of the same starts the time anew", async () => {
    await upload(TEXT);
    host.clock.advance(24 * HOUR_MS);
    await upload(TEXT);
    expect((await collect()).removed).toBe(0);
  });

  test("leaves what is taken down, inactive accounts, and repositories behind their log", async () => {
    await upload(TEXT);
    host.clock.advance(24 * HOUR_MS);
    isBehind = true;
    expect((await collect()).removed).toBe(0);
    isBehind = false;
    host.accountDb.accounts.update(alice, { deactivatedAtMs: 1 });
    expect((await collect()).removed).toBe(0);
    host.accountDb.accounts.update(alice, { deactivatedAtMs: null });
    const takedown = { ref: "1", createdAtMs: 1 };
    host.accountDb.takedowns.putBlob({ did: alice, cid }, takedown);
    expect((await collect()).removed).toBe(0);
    expect(await isStored()).toBe(true);
    host.accountDb.takedowns.removeBlob({ did: alice, cid });
    expect((await collect()).removed).toBe(1);
  });

  test("waits for a write, and sees the record that it made", async () => {
    await upload(TEXT);
    host.clock.advance(24 * HOUR_MS);
    const { promise: isReady, resolve: finishWrite } =
      Promise.withResolvers<void>();
    const write = host.locks.run(alice, async () => {
      await isReady;
      reference("a", [cid]);
    });
    const collecting = collect();
    finishWrite();
    await write;
    expect((await collecting).removed).toBe(0);
    expect(await isStored()).toBe(true);
  });

  test("removes files that a crash left without a row", async () => {
    await upload(TEXT);
    host.accountDb.blobs.remove(alice, cid);
    await upload(PNG);
    expect(await collect()).toMatchObject({ removed: 0, orphans: 1 });
    expect(await host.blobStore.has(alice, cid)).toBe(false);
    expect(await host.blobStore.has(alice, cidOfRaw(PNG))).toBe(true);
  });

  test("goes on after an account that can't be read", async () => {
    await upload(TEXT);
    await upload(TEXT, { caller: as(bob) });
    host.clock.advance(24 * HOUR_MS);
    host.stores.quarantine(alice, "for the test");
    expect(await collect()).toMatchObject({ removed: 1, failed: 1 });
    expect(await isStored()).toBe(true);
  });
});
