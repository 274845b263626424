import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom, runSeed } from "../../../test/support/random.ts";
import { sizeOf } from "../../../test/support/sizes.ts";
import { until } from "../../../test/support/until.ts";
import { cidKey } from "#repo/cid.ts";
import type { Did, RecordKey } from "#repo/syntax.ts";
import type { PreparedWrite } from "./prepare.ts";
import {
  createWriteHost,
  faultsOf,
  remove,
  THING,
  write,
  type WriteHost,
} from "./write-fixture.ts";

// Writes to closed repositories, which another thread opens.

let host: WriteHost;
let alice: Did;
let bob: Did;

/** All files closed, as after a start. */
async function reopen(): Promise<void> {
  await host.stop();
  await host.open();
}

beforeEach(async () => {
  host = await createWriteHost({ files: { maxOpen: 2, lending: "on" } });
  await host.open();
  alice = await host.addAccount("alice");
  bob = await host.addAccount("bob");
  await reopen();
});
afterEach(async () => {
  await host.stop();
  host.remove();
});

const create = (rkey: string, more: Partial<PreparedWrite> = {}) =>
  write("create", rkey, { text: rkey }, more);
const faults = (did: Did) => faultsOf(host.store(did), host.signer.didKey);
/** Is told by no more than a file that is open here. */
const isHere = () => host.stores.openCount() > 0;

describe("a write to a closed repository", () => {
  test("opens no file here, and is seen at once", async () => {
    await host.commit(alice, create("a"));
    expect(isHere()).toBe(false);
    expect([...host.records(alice).keys()]).toEqual([`${THING}/a`]);
    expect(isHere()).toBe(true);
    expect(faults(alice)).toEqual([]);
  });

  test("of any kind finds all that it looks at there", async () => {
    const likes = { subject: "at://post", dedupe: true };
    const kinds: [string, PreparedWrite[]][] = [
      ["several", [create("b"), create("c"), create("d")]],
      ["put, new", [write("put", "e", { n: 1 })]],
      ["put, again", [write("put", "e", { n: 2 })]],
      ["put, unchanged", [write("put", "e", { n: 2 })]],
      ["delete", [remove("e")]],
      ["delete, gone", [remove("e")]],
      ["first like", [create("f", likes)]],
      ["equal records", [write("create", "g", {}), write("create", "h", {})]],
      ["one of them", [remove("g")]],
      ["mixed", [create("i"), remove("b"), write("update", "c", { n: 3 })]],
    ];
    for (const [kind, writes] of kinds) {
      await host.commit(alice, ...writes);
      expect({ kind, isHere: isHere() }).toEqual({ kind, isHere: false });
      await reopen();
    }
    expect(faults(alice)).toEqual([]);
    expect([...host.records(alice).keys()].sort()).toEqual(
      ["c", "d", "f", "h", "i"].map((rkey) => `${THING}/${rkey}`),
    );
  });

  test("that replaces an earlier like brings the file here", async () => {
    const likes = { subject: "at://post", dedupe: true };
    await host.commit(alice, create("a", likes));
    await reopen();
    await host.commit(alice, create("b", likes));
    expect([...host.records(alice).keys()]).toEqual([`${THING}/b`]);
    expect(faults(alice)).toEqual([]);
  });

  test("that is refused gives the file back as it was", async () => {
    await host.commit(alice, create("a"));
    await reopen();
    const before = host.rows().length;
    for (const refused of [create("a"), write("update", "none", {})]) {
      await expect(host.commit(alice, refused)).rejects.toThrow("record at");
      await reopen();
    }
    expect(host.rows()).toHaveLength(before);
    expect([...host.records(alice).keys()]).toEqual([`${THING}/a`]);
  });

  test("that comes again soon opens the file here, for the next ones", async () => {
    await host.commit(alice, create("a"));
    expect(isHere()).toBe(false);
    await host.commit(alice, create("b"));
    await host.commit(bob, create("c"));
    expect(host.stores.openCount()).toBe(1);
    expect(host.records(alice).size).toBe(2);
  });

  test("is durable once it is synced, and marked then", async () => {
    await host.commit(alice, create("a"));
    await host.commit(bob, create("b"));
    await host.sequencer.lowWater.flush();
    expect(host.eventLog.lowWaterMark()).toBe(host.sequencer.lastSeq());
    host.crash();
    await host.open();
    expect(host.report.reposApplied).toBe(0);
    expect([host.records(alice).size, host.records(bob).size]).toEqual([1, 1]);
  });
});

describe("a file stays here", () => {
  test("while an export reads it", async () => {
    const carla = await host.addAccount("carla");
    await reopen();
    using view = host.stores.snapshot(alice)!;
    // Two may be open.
    host.store(bob);
    host.store(carla);
    expect(await host.stores.lend(alice, [])).toBeNull();
    await host.commit(alice, create("a"));
    expect(view.counts().records).toBe(0);
    using later = host.stores.snapshot(alice)!;
    expect(later.counts().records).toBe(1);
    expect(host.logged).not.toContain("repo.loan_failed");
  });

  test("as long as its WAL has to be written anew", async () => {
    host.stores.distrust(alice, 1);
    await host.commit(alice, create("a"));
    expect(isHere()).toBe(true);
  });

  test("when the write is a large one", async () => {
    const many = Array.from({ length: 17 }, (_, n) => create(`r${n}`));
    await host.commit(alice, ...many);
    expect(isHere()).toBe(true);
  });
});

test("a row that can't be applied there is applied again from the log", async () => {
  let isFirst = true;
  host.faults.beforeApply = (_did, row) => {
    if (isFirst) row.since = null;
    isFirst = false;
  };
  await host.commit(alice, create("a"));
  expect([...host.records(alice).keys()]).toEqual([`${THING}/a`]);
  expect(host.logged).toContain("repo.loan_failed");
  await until(
    "it has caught up",
    10_000,
    () => !host.sequencer.isBehind(alice),
  );
  await host.commit(alice, create("b"));
  expect(host.records(alice).size).toBe(2);
  expect(faults(alice)).toEqual([]);
});

describe("whoever comes in between", () => {
  test("before the row is applied gets the file, and so does the write", async () => {
    let seen: unknown;
    host.faults.beforeAppend = () => {
      seen ??= host.store(alice).listCollections();
    };
    await host.commit(alice, create("a"));
    expect(seen).toEqual([]);
    expect(isHere()).toBe(true);
    expect([...host.records(alice).keys()]).toEqual([`${THING}/a`]);
    expect(faults(alice)).toEqual([]);
  });

  test("while the file is opened gets it first", async () => {
    const writing = host.commit(alice, create("a"));
    // The order is on its way, and nothing has come back.
    await Promise.resolve();
    expect(host.records(alice).size).toBe(0);
    await writing;
    expect(host.records(alice).size).toBe(1);
    expect(faults(alice)).toEqual([]);
  });

  test("with a view sees the write, and so does a removal", async () => {
    await host.commit(alice, create("a"));
    {
      using view = host.stores.snapshot(alice)!;
      expect(view.counts().records).toBe(1);
    }
    await reopen();
    await host.commit(alice, create("b"));
    host.stores.removeAll(alice);
    expect(host.stores.find(alice)).toBeNull();
  });
});

test("a file that is damaged is found so here, and shut", async () => {
  await host.commit(alice, create("a"));
  await host.stop();
  const repos = join(host.folder, "repos");
  const files = readdirSync(repos, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(".sqlite"))) {
    writeFileSync(join(repos, file), "no database at all ".repeat(300));
  }
  await host.open();
  await expect(host.commit(alice, create("b"))).rejects.toMatchObject({
    error: "ServiceUnavailable",
  });
  expect(host.logged).toContain("repo.quarantined");
});

test("writes, reads, syncs and views in any order leave what was written", async () => {
  const seed = runSeed();
  const random = createRandom(seed);
  const dids = [alice, bob, await host.addAccount("carla")];
  const model = new Map(dids.map((did) => [did, new Map<string, string>()]));

  async function writeTo(did: Did): Promise<void> {
    const records = model.get(did)!;
    const rkey = `key${random.int(0, 40)}`;
    if (records.has(rkey) && random.next() < 0.5) {
      await host.commit(did, remove(rkey));
      records.delete(rkey);
      return;
    }
    const one = write("put", rkey, { n: random.int(0, 5) });
    await host.commit(did, one);
    records.set(rkey, cidKey(one.cid!));
  }

  /** What others may do at any moment. */
  async function disturb(did: Did): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, random.int(0, 2)));
    const store = () => host.store(did);
    switch (random.int(0, 4)) {
      case 0:
        return void store().findRecord(THING, "key1" as RecordKey);
      case 1:
        return host.sequencer.lowWater.flush();
      case 2:
        return void host.stores.snapshot(did)![Symbol.dispose]();
      case 3:
        return host.stores.flush(did, 1);
      default:
        await host.stores.writeBack({
          closedBeforeMs: host.clock.nowMs() + 1,
          limit: 2,
        });
    }
  }

  for (let round = 0; round < sizeOf("propertyRuns") / 2; round++) {
    await Promise.all([
      ...dids.map((did) => writeTo(did)),
      disturb(random.pick(dids)),
    ]);
    const end = random.next();
    if (end < 0.05) await reopen();
    else if (end < 0.1) {
      host.crash();
      await host.open();
    }
  }
  for (const did of dids) {
    const found = [...host.records(did)].map(([path, cid]) => [
      path.slice(THING.length + 1),
      cidKey(cid),
    ]);
    const what = `TEST_SEED=${seed} ${did}`;
    expect({ what, found: new Map(found as [string, string][]) }).toEqual({
      what,
      found: model.get(did)!,
    });
    expect({ what, faults: faults(did) }).toEqual({ what, faults: [] });
  }
  expect(host.logged).not.toContain("repo.loan_failed");
  expect(host.logged).not.toContain("repo.thread_failed");
});
