import { beforeEach, describe, expect, test } from "bun:test";
import { decodeFrame } from "#repo/frame.ts";
import type { Did } from "#repo/syntax.ts";
import { POST } from "#storage/repo-fixture.ts";
import { accountEvent } from "./outbox.ts";
import {
  alice,
  bob,
  changeEvent,
  host,
  replaceHost,
  useSequencer,
} from "./sequencer-fixture.ts";

useSequencer();

const write = (did: Did, n: number, isSilent = false) =>
  host.sequencer.submit([changeEvent(did, n, { isSilent })]);
const rows = () => host.eventLog.read({ after: 0, limit: 1e6, maxBytes: 1e9 });
const readAll = () =>
  host.sequencer.read({ after: 0, limit: 1e6, maxBytes: 1e9 });
const revOf = (did: Did) => host.stores.find(did)!.head()?.rev ?? null;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const tell = (did: Did) =>
  accountEvent(
    { kind: "account", did, active: true, status: null },
    { generation: 1, outboxId: null, clock: host.clock },
  );

async function caughtUp(did: Did): Promise<void> {
  while (host.sequencer.isBehind(did)) await Bun.sleep(1);
}

describe("a write", () => {
  test("is durable, then applied, then told, then answered", async () => {
    const order: string[] = [];
    host.faults.afterAppend = () => void order.push("durable");
    host.faults.beforeApply = () => void order.push("applied");
    host.sequencer.listen(() => {
      order.push(`told of ${revOf(alice)}`);
    });
    await write(alice, 1);
    order.push("answered");
    const { rev } = changeEvent(alice, 1);
    expect(order).toEqual(["durable", "applied", `told of ${rev}`, "answered"]);
  });

  test("is read by nobody before it is durable and applied", async () => {
    await write(alice, 1);
    const before = readAll();
    const gate = Promise.withResolvers<void>();
    const durable = Promise.withResolvers<void>();
    host.faults.afterAppend = () => {
      durable.resolve();
      return gate.promise;
    };
    const answer = write(alice, 2);
    await durable.promise;
    expect(rows()).toHaveLength(2);
    expect(readAll()).toEqual(before);
    expect(host.sequencer.lastSeq()).toBe(before[0]!.seq);
    gate.resolve();
    await answer;
    expect(readAll()).toHaveLength(2);
  });

  test("that is silent is in the log and told to nobody", async () => {
    const told: number[] = [];
    host.sequencer.listen(({ seq }) => told.push(seq));
    const [seq] = await write(alice, 1, true);
    expect(rows()[0]).toMatchObject({ seq, frame: new Uint8Array(0) });
    expect(told).toEqual([]);
    const [next] = await write(bob, 1);
    expect(told).toEqual([next!]);
  });

  test("that the log did not take leaves no trace", async () => {
    await write(alice, 1);
    const before = host.dump();
    host.faults.beforeAppend = () => {
      throw new Error("disk full");
    };
    await expect(write(alice, 2)).rejects.toThrow("could not be stored");
    expect(host.dump()).toEqual(before);
    delete host.faults.beforeAppend;
    await write(alice, 2);
    expect(revOf(alice)).toBe(changeEvent(alice, 2).rev);
  });

  test("after a failed sync gets no answer, and the program is told", async () => {
    const failure = Object.assign(new Error("EIO"), { fatal: true });
    host.faults.beforeAppend = () => {
      throw failure;
    };
    let isAnswered = false;
    const note = () => {
      isAnswered = true;
    };
    write(alice, 1).then(note, note);
    while (host.fatal.length === 0) await turn();
    await turn();
    expect(host.fatal).toEqual([failure]);
    expect(isAnswered).toBe(false);
  });
});

describe("a group", () => {
  test("is one batch with numbers in a row", async () => {
    const batches: number[] = [];
    host.faults.beforeAppend = (batch) => void batches.push(batch.length);
    const group = [tell(alice), changeEvent(alice, 1), tell(alice)];
    const seqs = await host.sequencer.submit(group);
    expect(batches).toEqual([3]);
    expect(seqs).toEqual([0, 1, 2].map((n) => seqs[0]! + n));
    const kinds = rows().map(({ kind }) => kind);
    expect(kinds).toEqual(["account", "commit", "account"]);
  });

  test("is in the log whole or not at all", async () => {
    host.faults.beforeAppend = () => {
      throw new Error("disk full");
    };
    const group = [tell(alice), changeEvent(alice, 1)];
    await expect(host.sequencer.submit(group)).rejects.toThrow();
    expect(rows()).toEqual([]);
    expect(revOf(alice)).toBeNull();
  });
});

describe("a repository that can't take a row", () => {
  beforeEach(async () => {
    await write(alice, 1);
    await write(bob, 1);
    host.faults.beforeApply = (did) => {
      if (did === alice) throw new Error("database is locked");
    };
  });

  test("does not stop the stream, and the write has happened", async () => {
    const told: string[] = [];
    host.sequencer.listen(({ frame }) => {
      const { repo, rev } = decodeFrame(frame).payload;
      told.push(`${repo} ${rev}`);
    });
    const failed = write(alice, 2);
    const others = write(bob, 2);
    await expect(failed).rejects.toMatchObject({
      error: "ServiceUnavailable",
      status: 503,
      headers: { "Retry-After": "5" },
    });
    await others;
    const { rev } = changeEvent(alice, 2);
    expect(told).toEqual([`${alice} ${rev}`, `${bob} ${rev}`]);
    expect(revOf(bob)).toBe(rev);
    expect(host.sequencer.isBehind(alice)).toBe(true);
    expect(host.sequencer.isBehind(bob)).toBe(false);
  });

  test("catches up, with all that came after", async () => {
    await expect(write(alice, 2)).rejects.toThrow("will appear");
    await expect(write(alice, 3)).rejects.toThrow("will appear");
    delete host.faults.beforeApply;
    await caughtUp(alice);
    expect(revOf(alice)).toBe(changeEvent(alice, 3).rev);
    await write(alice, 4);
    expect(host.logged).toContain("repo.caught_up");
  });

  test("is tried again until it can", async () => {
    await expect(write(alice, 2)).rejects.toThrow("will appear");
    while (!host.logged.includes("repo.still_behind")) await Bun.sleep(1);
    expect(host.sequencer.isBehind(alice)).toBe(true);
    delete host.faults.beforeApply;
    await caughtUp(alice);
    expect(revOf(alice)).toBe(changeEvent(alice, 2).rev);
  });

  test("has caught up after the next start", async () => {
    await expect(write(alice, 2)).rejects.toThrow("will appear");
    await host.stop();
    delete host.faults.beforeApply;
    await host.open();
    expect(revOf(alice)).toBe(changeEvent(alice, 2).rev);
    expect(host.sequencer.isBehind(alice)).toBe(false);
  });

  test("is waited for no longer when the account is gone", async () => {
    await expect(write(alice, 2)).rejects.toThrow("will appear");
    host.generations.delete(alice);
    await caughtUp(alice);
  });
});

test("a row whose file is gone is told and holds up nobody", async () => {
  await write(alice, 1);
  host.generations.delete(alice);
  host.stores.remove(alice, 1);
  await expect(write(alice, 2)).rejects.toThrow("will appear");
  await write(bob, 1);
  expect(readAll().map(({ did }) => did)).toEqual([alice, alice, bob]);
});

describe("numbers", () => {
  test("begin at the time, in microseconds", async () => {
    const [seq] = await write(alice, 1);
    expect(seq).toBe(host.clock.nowMicros());
  });

  test("go on after a restart, above all that a reader can have seen", async () => {
    const [first] = await write(alice, 1);
    await host.stop();
    await host.open();
    expect(host.sequencer.lastSeq()).toBe(host.clock.nowMicros() - 1);
    const [second] = await write(alice, 2);
    expect(second).toBeGreaterThan(first!);
  });

  test("go on when the clock is behind the log", async () => {
    const [first] = await write(alice, 1);
    await host.stop();
    host.clock.advance(-1_000_000);
    await host.open();
    expect(await write(alice, 2)).toEqual([first! + 1]);
  });

  test("of a log that is lost are not given out again", async () => {
    const [before] = await write(alice, 1);
    await replaceHost();
    host.clock.advance(1);
    host.crash();
    await host.open();
    host.generations.set(alice, 1);
    host.stores.create(alice, 1);
    const [after] = await write(alice, 1);
    expect(after).toBeGreaterThan(before!);
  });
});

describe("a floor", () => {
  const ahead = () => host.clock.nowMicros() + 5_000_000;

  test("is above what is given out, and what readers may name", async () => {
    const floor = ahead();
    expect(host.sequencer.raiseFloor(floor)).toBe(true);
    expect(host.sequencer.raiseFloor(floor - 10)).toBe(true);
    expect(host.sequencer.lastSeq()).toBe(floor);
    expect(await write(alice, 1)).toEqual([floor + 1]);
    expect(await write(bob, 1)).toEqual([floor + 2]);
  });

  test("leaves no gap for whoever reads already", async () => {
    const cursor = host.sequencer.lastSeq();
    host.sequencer.raiseFloor(ahead());
    const [first] = await write(alice, 1);
    const live = host.sequencer.liveSince(cursor);
    expect(live!.map(({ seq }) => seq)).toEqual([first!]);
  });

  test("below the clock changes nothing", async () => {
    const before = host.sequencer.lastSeq();
    expect(host.sequencer.raiseFloor(5)).toBe(true);
    expect(host.sequencer.lastSeq()).toBe(before);
    expect(await write(alice, 1)).toEqual([before + 1]);
  });

  test("comes too late once a number is given out", async () => {
    const [seq] = await write(alice, 1);
    expect(host.sequencer.raiseFloor(ahead())).toBe(false);
    expect(host.sequencer.lastSeq()).toBe(seq!);
    expect(await write(alice, 2)).toEqual([seq! + 1]);
  });

  test("that would use up the numbers is refused", () => {
    expect(() => host.sequencer.raiseFloor(Number.MAX_SAFE_INTEGER)).toThrow(
      RangeError,
    );
    expect(() => host.sequencer.raiseFloor(1.5)).toThrow(RangeError);
  });
});

test("a thousand writes of two accounts are told in the order of their numbers", async () => {
  const told: number[] = [];
  host.sequencer.listen(({ seq, prevSeq }) => {
    expect(prevSeq).toBeLessThan(seq);
    told.push(seq);
  });
  const answers = Array.from({ length: 1000 }, (_, i) =>
    host.sequencer.submit([tell(i % 2 === 0 ? alice : bob)]),
  );
  const seqs = (await Promise.all(answers)).flat();
  expect(told).toEqual(seqs);
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
});

test("what a write changes of a host's lists comes with it", async () => {
  const wish = { put: [[POST, "a", "one"] as [typeof POST, string, string]] };
  const event = changeEvent(alice, 1, { wish });
  const head = event.state!.head!;
  const collectionCounts = new Map([[POST, 1]]);
  const state = { ...event.state!, collectionCounts };
  await host.sequencer.submit([{ ...event, state }]);
  expect(host.eventLog.findRepo(alice)).toMatchObject({ ...head });
  expect(host.eventLog.collectionCounts(alice)).toEqual(collectionCounts);
});
