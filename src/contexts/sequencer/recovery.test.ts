import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Database } from "bun:sqlite";
import { encodeDrisl } from "#repo/drisl.ts";
import type { Did } from "#repo/syntax.ts";
import { block, POST, revOf, type Wish } from "#storage/repo-fixture.ts";
import { accountEvent } from "./outbox.ts";
import {
  alice,
  bob,
  changeEvent,
  createSequencerHost,
  host,
  never,
  useSequencer,
} from "./sequencer-fixture.ts";

const carla = "did:plc:carla" as Did;
const names = [alice, bob, carla];

useSequencer(names);

/** What each account does in turn: adds a, adds b, changes a, deletes b. */
const STEPS: Wish[] = [
  {},
  { put: [[POST, "a", "one"]] },
  { put: [[POST, "b", "two"]], removed: [block("tree 2").cid] },
  { put: [[POST, "a", "three"]], removed: [block("one").cid] },
  { remove: [[POST, "b"]], removed: [block("two").cid] },
];
const step = (did: Did, n: number) =>
  changeEvent(did, n, { wish: STEPS[n - 1]! });

const write = (did: Did, n: number) => host.sequencer.submit([step(did, n)]);
const turn = () => new Promise((resolve) => setImmediate(resolve));

const tell = (did: Did) =>
  accountEvent(
    { kind: "identity", did, handle: null },
    { generation: 1, outboxId: null, clock: host.clock },
  );

/** Lets the rows become durable and then ends the process, before anything is applied. */
async function crashAfterAppend(...events: ReturnType<typeof step>[]) {
  const durable = Promise.withResolvers<void>();
  host.faults.afterAppend = () => {
    durable.resolve();
    return never();
  };
  for (const event of events) void host.sequencer.submit([event]);
  await durable.promise;
  host.crash();
}

/** The same steps without any crash. */
async function dumpOfPeace(count: number): Promise<unknown> {
  const other = await createSequencerHost(names);
  for (let n = 1; n <= count; n++) {
    for (const did of names) await other.sequencer.submit([step(did, n)]);
  }
  const dump = withoutSeqs(other.dump());
  other.remove();
  return dump;
}

/** Numbers follow the clock, so two hosts never give the same. */
const withoutSeqs = (dump: unknown): unknown =>
  JSON.parse(
    JSON.stringify(dump, (key, value: unknown) =>
      key === "appliedSeq" ? undefined : value,
    ),
  );

const headOf = (did: Did) => host.stores.find(did)!.head();

function pathOf(did: Did): string {
  const name = createHash("sha256").update(did).digest("hex");
  return join(host.folder, "repos", name.slice(0, 2), `${name}.1.sqlite`);
}

describe("rows that are durable and not applied", () => {
  test.each([1, 2, 3, 4, 5])(
    "are applied at the next start, as they would have been: step %d",
    async (last) => {
      for (let n = 1; n < last; n++) {
        for (const did of names) await write(did, n);
      }
      await crashAfterAppend(...names.map((did) => step(did, last)));
      await host.open();
      expect(withoutSeqs(host.dump())).toEqual(await dumpOfPeace(last));
      for (const did of names) {
        const { rev, commit, data } = headOf(did)!;
        expect(host.eventLog.findRepo(did)).toMatchObject({
          rev,
          commit,
          data,
        });
      }
    },
  );

  test("are applied for the accounts that lack them, when some have them", async () => {
    await Promise.all(names.map((did) => write(did, 1)));
    host.faults.beforeApply = (did) => {
      if (did !== bob) return;
      host.crash();
      throw new Error("the process has ended");
    };
    for (const did of names) void write(did, 2).catch(() => undefined);
    while (host.faults.beforeApply !== undefined) await turn();
    const report = await host.open();
    expect(report.quarantined).toEqual([]);
    expect(withoutSeqs(host.dump())).toEqual(await dumpOfPeace(2));
  });

  test("are applied when the process ended many times over", async () => {
    for (let n = 1; n <= 5; n++) {
      await crashAfterAppend(...names.map((did) => step(did, n)));
      await host.open();
    }
    expect(withoutSeqs(host.dump())).toEqual(await dumpOfPeace(5));
  });

  test("make a file anew that was lost, when the log holds all of it", async () => {
    for (let n = 1; n <= 3; n++) await write(alice, n);
    const before = host.dump();
    host.crash();
    rmSync(pathOf(alice));
    await host.open();
    expect(host.dump()).toEqual(before);
  });

  test("are found by the size of a page and beyond", async () => {
    for (const did of names) await write(did, 1);
    for (const did of names) host.stores.flush(did, 1);
    const many = Array.from({ length: 1200 }, () => tell(alice));
    await crashAfterAppend(...many, step(alice, 2), step(bob, 2));
    const report = await host.open();
    expect(report).toMatchObject({ rowsRead: 1205, reposApplied: 2 });
    for (const did of [alice, bob]) {
      expect(headOf(did)!.rev).toBe(step(did, 2).rev!);
    }
  });
});

describe("a row that is applied already", () => {
  test("is not applied again", async () => {
    for (let n = 1; n <= 3; n++) await write(alice, n);
    const before = host.dump();
    host.crash();
    const report = await host.open();
    expect(report.rowsRead).toBe(3);
    expect(host.dump()).toEqual(before);
  });

  test("opens its file once with the others of it, in whatever order they come", async () => {
    for (let n = 1; n <= 4; n++) for (const did of names) await write(did, n);
    for (const did of names) host.stores.flush(did, 1);
    host.crash();
    const found: Did[] = [];
    host.faults.onFind = (did) => void found.push(did);
    expect(await host.open()).toMatchObject({ rowsRead: 12, reposApplied: 0 });
    expect(found.sort()).toEqual([...names].sort());
  });

  test("is not even looked at below the mark", async () => {
    for (let n = 1; n <= 3; n++) await write(alice, n);
    await host.stop();
    expect(await host.open()).toMatchObject({ rowsRead: 0, reposApplied: 0 });
    expect(headOf(alice)!.rev).toBe(step(alice, 3).rev!);
  });
});

test("what the last process had applied is synced before the mark passes it", async () => {
  for (const did of names) await write(did, 1);
  for (const did of names) host.stores.flush(did, 1);
  host.crash();
  const synced: Did[] = [];
  host.faults.beforeSync = (did) => {
    expect(host.eventLog.lowWaterMark()).toBe(0);
    synced.push(did);
  };
  const report = await host.open();
  expect(report).toMatchObject({ rowsRead: 3, reposApplied: 0 });
  expect(synced.sort()).toEqual([...names].sort());
  expect(host.eventLog.lowWaterMark()).toBe(host.eventLog.bounds()!.newest);
});

test("a repository that has no room now gets its rows once there is some", async () => {
  for (const did of names) await write(did, 1);
  await crashAfterAppend(...names.map((did) => step(did, 2)));
  host.faults.beforeApply = (did) => {
    if (did !== bob) return;
    throw Object.assign(new Error("full"), { code: "SQLITE_FULL" });
  };
  const report = await host.open();
  expect(report).toMatchObject({ behind: [bob], quarantined: [] });
  expect(host.sequencer.isBehind(bob)).toBe(true);
  expect(headOf(alice)!.rev).toBe(step(alice, 2).rev!);
  await host.sequencer.lowWater.flush();
  expect(host.eventLog.lowWaterMark()).toBe(0);

  delete host.faults.beforeApply;
  while (host.sequencer.isBehind(bob)) await Bun.sleep(1);
  expect(headOf(bob)!.rev).toBe(step(bob, 2).rev!);
  await write(bob, 3);
  await host.sequencer.lowWater.flush();
  expect(host.eventLog.lowWaterMark()).toBe(host.eventLog.bounds()!.newest);
});

describe("a row of a file that is gone", () => {
  const files = () =>
    readdirSync(join(host.folder, "repos"), { recursive: true }).filter(
      (name) => String(name).endsWith(".sqlite"),
    );

  test("makes no file for an account that was deleted", async () => {
    await crashAfterAppend(...names.map((did) => step(did, 1)));
    rmSync(pathOf(bob));
    host.generations.delete(bob);
    const report = await host.open();
    expect(report).toMatchObject({ reposApplied: 2, quarantined: [] });
    expect(files()).toHaveLength(2);
    expect(host.eventLog.lowWaterMark()).toBe(host.eventLog.bounds()!.newest);
  });

  test("does nothing to the file that took its place", async () => {
    await crashAfterAppend(step(alice, 1));
    host.generations.set(alice, 2);
    await host.open();
    expect(host.stores.find(alice)).toBeNull();
    const next = changeEvent(alice, 1, { generation: 2 });
    host.stores.create(alice, 2);
    await host.sequencer.submit([next]);
    host.crash();
    expect((await host.open()).quarantined).toEqual([]);
    expect(headOf(alice)!.rev).toBe(next.rev!);
  });
});

describe("damage", () => {
  test("that shows when a file is synced closes its account, and no other", async () => {
    for (const did of names) await write(did, 1);
    await crashAfterAppend(...names.map((did) => step(did, 2)));
    host.faults.beforeSync = (did) => {
      if (did === bob) throw new Error("EIO");
    };
    await expectOnlyBobIsClosed(await host.open());
  });

  /** Overwrites the redo record of the newest row of an account. */
  function damageRow(did: Did): void {
    const db = new Database(join(host.folder, "sequencer.sqlite"));
    db.run(
      `UPDATE event SET redo = ? WHERE seq = (SELECT max(seq) FROM event WHERE did = ?)`,
      [encodeDrisl({ v: 1 }), did],
    );
    db.close();
  }

  async function expectOnlyBobIsClosed(report: { quarantined: Did[] }) {
    expect(report.quarantined).toEqual([bob]);
    expect(() => host.stores.find(bob)).toThrow("cannot be used");
    for (const did of [alice, carla]) {
      const { rev } = headOf(did)!;
      expect(rev).toBe(step(did, 2).rev!);
      await write(did, 3);
    }
  }

  test("of a row closes its account, and no other", async () => {
    for (const did of names) await write(did, 1);
    await crashAfterAppend(...names.map((did) => step(did, 2)));
    damageRow(bob);
    await expectOnlyBobIsClosed(await host.open());
  });

  test("of the last of several rows closes its account, and no other", async () => {
    await crashAfterAppend(
      ...names.flatMap((did) => [step(did, 1), step(did, 2)]),
    );
    damageRow(bob);
    await expectOnlyBobIsClosed(await host.open());
  });

  test("of a file closes its account, and no other", async () => {
    for (const did of names) await write(did, 1);
    await crashAfterAppend(...names.map((did) => step(did, 2)));
    writeFileSync(pathOf(bob), "no database at all");
    await expectOnlyBobIsClosed(await host.open());
  });

  /** Bob's file is gone; the rows that made it are below the mark, the last ones above. */
  async function loseFile(): Promise<void> {
    for (const did of names) await write(did, 1);
    await host.stop();
    await host.open();
    rmSync(pathOf(bob));
    host.crash();
    await host.open();
    await crashAfterAppend(...names.map((did) => step(did, 2)));
  }

  test("by the loss of a file closes its account, and no other", async () => {
    await loseFile();
    const db = new Database(join(host.folder, "sequencer.sqlite"));
    db.run("DELETE FROM event WHERE did = ? AND rev = ?", [bob, revOf(1)]);
    db.close();
    await expectOnlyBobIsClosed(await host.open());
  });

  test("by the loss of a file is mended where the log has all of it", async () => {
    await loseFile();
    expect((await host.open()).quarantined).toEqual([]);
    for (const did of names) {
      expect(headOf(did)!.rev).toBe(revOf(2));
      await write(did, 3);
    }
  });

  test("holds the mark, so that the rows for its repair stay", async () => {
    for (const did of names) await write(did, 1);
    await host.sequencer.lowWater.flush();
    const mark = host.eventLog.lowWaterMark();
    await crashAfterAppend(...names.map((did) => step(did, 2)));
    damageRow(bob);
    await host.open();
    await write(alice, 3);
    await host.sequencer.lowWater.flush();
    expect(host.eventLog.lowWaterMark()).toBe(mark);
    const createdBeforeMs = host.clock.nowMs() + 1;
    host.eventLog.prune({ createdBeforeMs, limit: 1000 });
    const { oldest } = host.eventLog.bounds()!;
    expect(oldest).toBeGreaterThan(mark);
    // Once the account is gone nothing of it needs repair.
    host.generations.delete(bob);
    await host.sequencer.lowWater.flush();
    expect(host.eventLog.lowWaterMark()).toBe(host.sequencer.lastSeq());
  });
});
