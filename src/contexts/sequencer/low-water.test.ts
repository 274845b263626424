import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Did } from "#repo/syntax.ts";
import {
  alice,
  bob,
  changeEvent,
  host,
  useSequencer,
} from "./sequencer-fixture.ts";

useSequencer();

const write = async (did: Did, n: number) =>
  (await host.sequencer.submit([changeEvent(did, n)]))[0]!;
const flush = () => host.sequencer.lowWater.flush();
const mark = () => host.eventLog.lowWaterMark();
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("goes to the newest row when every repository is on disk", async () => {
  const synced: Did[] = [];
  host.faults.beforeSync = (did) => void synced.push(did);
  await write(alice, 1);
  const last = await write(bob, 1);
  expect(mark()).toBe(0);
  await flush();
  expect(mark()).toBe(last);
  expect(synced.sort()).toEqual([alice, bob]);
  synced.length = 0;
  await flush();
  expect(synced).toEqual([]);
});

test("does not pass a row that came while it synced", async () => {
  const first = await write(alice, 1);
  const gate = Promise.withResolvers<void>();
  host.faults.beforeSync = () => gate.promise;
  const flushed = flush();
  const second = await write(bob, 1);
  gate.resolve();
  await flushed;
  expect(mark()).toBe(first);
  await flush();
  expect(mark()).toBe(second);
});

test("does not pass a row that is durable and not applied", async () => {
  const first = await write(alice, 1);
  const gate = Promise.withResolvers<void>();
  const durable = Promise.withResolvers<void>();
  host.faults.afterAppend = () => {
    durable.resolve();
    return gate.promise;
  };
  const second = write(bob, 1);
  await durable.promise;
  await flush();
  expect(mark()).toBe(first);
  gate.resolve();
  await second;
  await flush();
  expect(mark()).toBe(await second);
});

test("does not pass a row that a repository could not take", async () => {
  const first = await write(alice, 1);
  await flush();
  host.faults.beforeApply = (did) => {
    if (did === bob) throw new Error("database is locked");
  };
  await expect(write(bob, 1)).rejects.toThrow("will appear");
  await write(alice, 2);
  await flush();
  expect(mark()).toBe(first);
  delete host.faults.beforeApply;
  while (host.sequencer.isBehind(bob)) await Bun.sleep(1);
  await flush();
  expect(mark()).toBe(host.sequencer.lastSeq());
});

test("does not pass a row of a repository that did not sync", async () => {
  host.faults.beforeSync = (did) => {
    if (did === bob) throw new Error("EIO");
  };
  await write(alice, 1);
  const last = await write(bob, 1);
  await flush();
  expect(mark()).toBe(0);
  // It is tried again, though nothing was written since.
  await flush();
  expect(mark()).toBe(0);
  delete host.faults.beforeSync;
  await flush();
  expect(mark()).toBe(last);
});

test("is moved once by all who ask at the same time", async () => {
  await write(alice, 1);
  let syncs = 0;
  host.faults.beforeSync = async () => {
    syncs++;
    await turn();
  };
  await Promise.all([flush(), flush(), flush()]);
  expect(syncs).toBe(1);
});

test("is at the end after an orderly stop", async () => {
  const last = await write(alice, 1);
  await host.stop();
  await host.open();
  expect(mark()).toBe(last);
});

test("that was not kept costs only a longer start", async () => {
  const last = await write(alice, 1);
  await flush();
  host.crash();
  const db = new Database(join(host.folder, "sequencer.sqlite"));
  db.run("DELETE FROM meta WHERE key = 'low_water_mark'");
  db.close();
  const report = await host.open();
  expect(report).toMatchObject({ rowsRead: 1, quarantined: [] });
  expect(mark()).toBe(last);
});
