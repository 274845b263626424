import { afterEach, beforeEach, expect, test } from "bun:test";
import { decodeFrame } from "#repo/frame.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import type { AccountEvent } from "#storage/account/outbox.ts";
import {
  createSequencerHost,
  never,
  type SequencerHost,
} from "./sequencer-fixture.ts";

const alice = "did:plc:alice" as Did;

let host: SequencerHost;
beforeEach(async () => {
  host = await createSequencerHost();
  host.generations.set(alice, 7);
});
afterEach(() => host.remove());

const rename = (n: number): AccountEvent => ({
  kind: "identity",
  did: alice,
  handle: `name${n}.test` as Handle,
});

const add = (...events: AccountEvent[]) => {
  for (const event of events) host.accountDb.outbox.add(event);
};

const rows = () => host.eventLog.read({ after: 0, limit: 1e6, maxBytes: 1e9 });
const told = () =>
  rows().map(({ frame }) => decodeFrame(frame).payload.handle as string);
const waiting = () => host.accountDb.outbox.list(1000).length;
const range = (count: number) => Array.from({ length: count }, (_, n) => n);

test("tells what waits, in its order, and forgets it", async () => {
  add(rename(1), rename(2), rename(3));
  await host.sequencer.drainOutbox();
  expect(told()).toEqual(["name1.test", "name2.test", "name3.test"]);
  expect(waiting()).toBe(0);
  expect(rows()[0]).toMatchObject({ did: alice, generation: 7, redo: null });
});

test("tells more than one page", async () => {
  add(...range(250).map(rename));
  await host.sequencer.drainOutbox();
  expect(told()).toEqual(range(250).map((n) => `name${n}.test`));
});

test("has nothing to tell", async () => {
  await host.sequencer.drainOutbox();
  expect(rows()).toEqual([]);
});

test("tells each once when many ask at once", async () => {
  add(...range(20).map(rename));
  const asked = range(10).map(() => host.sequencer.drainOutbox());
  add(rename(20));
  await Promise.all(asked);
  expect(told()).toEqual(range(21).map((n) => `name${n}.test`));
});

test("tells what waited when the process ended", async () => {
  add(rename(1));
  host.crash();
  await host.open();
  expect(told()).toEqual(["name1.test"]);
  expect(waiting()).toBe(0);
});

test("does not tell again what was in the log when the process ended", async () => {
  add(rename(1), rename(2));
  const durable = Promise.withResolvers<void>();
  host.faults.afterAppend = () => {
    durable.resolve();
    return never();
  };
  void host.sequencer.drainOutbox();
  await durable.promise;
  expect(waiting()).toBe(2);
  host.crash();
  await host.open();
  expect(told()).toEqual(["name1.test", "name2.test"]);
  expect(waiting()).toBe(0);
});

test("tells what comes after rows that are in the log already", async () => {
  add(rename(1));
  const durable = Promise.withResolvers<void>();
  host.faults.afterAppend = () => {
    durable.resolve();
    return never();
  };
  void host.sequencer.drainOutbox();
  await durable.promise;
  add(rename(2));
  host.crash();
  await host.open();
  expect(told()).toEqual(["name1.test", "name2.test"]);
});

test("keeps what the log did not take, and tells it the next time", async () => {
  add(rename(1), rename(2));
  host.faults.beforeAppend = () => {
    throw new Error("disk full");
  };
  await expect(host.sequencer.drainOutbox()).rejects.toThrow("not be stored");
  expect([waiting(), rows()]).toEqual([2, []]);
  delete host.faults.beforeAppend;
  await host.sequencer.drainOutbox();
  expect(told()).toEqual(["name1.test", "name2.test"]);
});

test("keeps the state of accounts with the event that tells it", async () => {
  const account = { kind: "account" as const, did: alice };
  add({ ...account, active: false, status: "takendown" });
  await host.sequencer.drainOutbox();
  expect(host.eventLog.findRepo(alice)).toMatchObject({ status: "takendown" });
  add({ ...account, active: true, status: null });
  await host.sequencer.drainOutbox();
  expect(host.eventLog.findRepo(alice)).toMatchObject({ status: null });
  add({ ...account, active: false, status: "deleted" });
  await host.sequencer.drainOutbox();
  expect(host.eventLog.findRepo(alice)).toBeNull();
});
