import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { decodeFrame } from "#repo/frame.ts";
import { equalCids, formatCid, parseCid } from "#repo/cid.ts";
import { isTid, type Did } from "#repo/syntax.ts";
import { tidToMicros } from "#repo/tid.ts";
import {
  createWriteHost,
  faultsOf,
  remove,
  THING,
  write,
  type WriteHost,
} from "./write-fixture.ts";

let host: WriteHost;
let alice: Did;
beforeEach(async () => {
  host = await createWriteHost();
  alice = await host.addAccount("alice");
});
afterEach(() => host.remove());

const head = () => host.store(alice).head()!;
const whole = () => faultsOf(host.store(alice), host.signer.didKey);
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** since, rev, prevData of each commit told. */
function chainOf(did: Did) {
  return host.rows(did).flatMap(({ frame }) => {
    if (frame.length === 0) return [];
    const message = decodeFrame(frame);
    if (message.t !== "#commit") return [];
    const { since, rev, prevData, commit } = message.payload;
    return [{ since, rev, prevData, commit }];
  });
}

function expectUnbroken(did: Did): void {
  const chain = chainOf(did);
  for (let i = 1; i < chain.length; i++) {
    expect(chain[i]!.since).toBe(chain[i - 1]!.rev);
    expect(chain[i]!.rev > chain[i - 1]!.rev).toBe(true);
  }
  expect(chain.at(-1)!.commit).toEqual(head().commit);
}

/** Nothing of it may stay, neither on disk nor in memory. */
async function expectNoTrace(
  attempt: () => Promise<unknown>,
  error: string,
): Promise<void> {
  await host.commit(alice, write("create", "before", { n: 1 }));
  const before = host.dump();
  await expect(attempt()).rejects.toMatchObject({ error });
  expect(host.dump()).toEqual(before);
  await host.commit(alice, write("create", "after", { n: 2 }));
  expectUnbroken(alice);
  expect(whole()).toEqual([]);
  expect([...host.records(alice).keys()]).toEqual([
    `${THING}/after`,
    `${THING}/before`,
  ]);
}

describe("a commit", () => {
  test("moves the head, which the answer names", async () => {
    const before = head();
    const { commit, results } = await host.commit(
      alice,
      write("create", "a", { n: 1 }),
    );
    expect(commit).toEqual({ cid: formatCid(head().commit), rev: head().rev });
    expect(isTid(commit!.rev)).toBe(true);
    expect(commit!.rev > before.rev).toBe(true);
    expect(results).toMatchObject([
      { action: "create", rkey: "a", changed: true },
    ]);
    expect(whole()).toEqual([]);
  });

  test("that changes nothing is none", async () => {
    await host.commit(alice, write("create", "a", { n: 1 }));
    const before = host.dump();
    const same = await host.commit(alice, write("put", "a", { n: 1 }));
    expect(same.commit).toBeNull();
    expect(same.results[0]!.cid).not.toBeNull();
    const none = await host.commit(alice, remove("missing"));
    expect(none.commit).toBeNull();
    const both = [write("create", "b", {}), remove("b")];
    expect((await host.commit(alice, ...both)).commit).toBeNull();
    expect((await host.commit(alice)).commit).toBeNull();
    expect(host.dump()).toEqual(before);
  });

  test("names a path once, whatever happened there on the way", async () => {
    await host.commit(
      alice,
      write("create", "a", { n: 1 }),
      write("update", "a", { n: 2 }),
      remove("a"),
      write("create", "a", { n: 3 }),
      write("create", "b", { n: 1 }),
      remove("b"),
    );
    const message = decodeFrame(host.rows(alice).at(-1)!.frame);
    expect((message.payload as { ops: unknown[] }).ops).toMatchObject([
      { action: "create", path: `${THING}/a`, prev: null },
    ]);
    expect(whole()).toEqual([]);
  });

  test("goes on from the commit that it is told, and from no other", async () => {
    const swap = head().commit;
    const input = { did: alice, swapCommit: swap };
    const create = (rkey: string) => [write("create", rkey, { n: rkey })];
    await host.writer.commit({ ...input, writes: create("a") });
    await expect(
      host.writer.commit({ ...input, writes: create("b") }),
    ).rejects.toMatchObject({ error: "InvalidSwap" });
    const [first, second] = await Promise.allSettled(
      ["c", "d"].map((rkey) =>
        host.writer.commit({
          did: alice,
          writes: create(rkey),
          swapCommit: head().commit,
        }),
      ),
    );
    expect([first!.status, second!.status]).toEqual(["fulfilled", "rejected"]);
  });
});

describe("a write that fails", () => {
  const missing = parseCid(
    "bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity",
  );
  const one = () => write("create", "new", { n: 1 });

  test.each<[string, string, () => Promise<unknown>]>([
    [
      "by a swap",
      "InvalidSwap",
      () =>
        host.commit(
          alice,
          one(),
          write("put", "x", {}, { swapRecord: missing }),
        ),
    ],
    [
      "by a swap of the commit",
      "InvalidSwap",
      () =>
        host.writer.commit({
          did: alice,
          writes: [one()],
          swapCommit: missing,
        }),
    ],
    [
      "by a record that is there",
      "InvalidRequest",
      () => host.commit(alice, one(), write("create", "before", {})),
    ],
    [
      "by a record that is not there",
      "InvalidRequest",
      () => host.commit(alice, one(), write("update", "x", {})),
    ],
    [
      "by a blob that is gone",
      "BlobNotFound",
      () => {
        host.missingBlobs.push(missing);
        return host.commit(
          alice,
          write("create", "new", {}, { blobs: [missing] }),
        );
      },
    ],
    [
      "by its number",
      "InvalidRequest",
      () =>
        host.commit(
          alice,
          ...Array.from({ length: 201 }, (_, n) =>
            write("create", `n${n}`, { n }),
          ),
        ),
    ],
    [
      "by its size",
      "InvalidRequest",
      () =>
        host.commit(
          alice,
          ...[1, 2, 3].map((n) =>
            write("create", `n${n}`, { text: "x".repeat(700_000), n }),
          ),
        ),
    ],
    [
      "by the log",
      "ServiceUnavailable",
      async () => {
        host.faults.beforeAppend = () => {
          delete host.faults.beforeAppend;
          throw new Error("disk full");
        };
        await host.commit(alice, one());
      },
    ],
  ])("%s leaves no trace", async (_name, error, attempt) => {
    await expectNoTrace(attempt, error);
  });

  test("is not what the next one goes on from", async () => {
    const before = head();
    let isFirst = true;
    host.faults.beforeAppend = () => {
      if (!isFirst) return;
      isFirst = false;
      throw new Error("disk full");
    };
    const [first, second] = await Promise.allSettled([
      host.commit(alice, write("create", "a", { n: 1 })),
      host.commit(alice, write("create", "b", { n: 2 })),
    ]);
    expect([first!.status, second!.status]).toEqual(["rejected", "fulfilled"]);
    const { since, prevData } = chainOf(alice).at(-1)!;
    expect(since).toBe(before.rev);
    expect(equalCids(prevData!, before.data)).toBe(true);
    expect([...host.records(alice).keys()]).toEqual([`${THING}/b`]);
    expect(whole()).toEqual([]);
  });
});

describe("many writers", () => {
  test("of one account all succeed, one after the other", async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        host.commit(alice, write("create", `r${n}`, { n })),
      ),
    );
    const revs = answers.map(({ commit }) => commit!.rev);
    expect(new Set(revs).size).toBe(100);
    expect(host.store(alice).counts().records).toBe(100);
    expectUnbroken(alice);
    expect(whole()).toEqual([]);
  });

  test("of several accounts don't wait for each other", async () => {
    const names = ["bob", "carla", "dora", "emil"];
    const dids = await Promise.all(names.map((name) => host.addAccount(name)));
    const batches: number[] = [];
    host.faults.beforeAppend = (rows) => void batches.push(rows.length);
    await Promise.all(
      dids.map((did) => host.commit(did, write("create", "a", { did }))),
    );
    expect(batches).toEqual([4]);
  });

  test("of one record leave the last one's", async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        host.commit(alice, write("put", "same", { n })),
      ),
    );
    const last = write("put", "same", { n: 19 }).cid!;
    expect(host.records(alice).get(`${THING}/same`)).toEqual(last);
    expect(host.store(alice).counts()).toMatchObject({ records: 1, blocks: 3 });
  });
});

describe("an account", () => {
  test.each([
    ["deactivated", "AccountDeactivated"],
    ["takendown", "AccountTakedown"],
    ["suspended", "AccountTakedown"],
    ["deleted", "AccountNotFound"],
    ["creating", "AccountNotFound"],
  ] as const)("that is %s is not written to", async (status, error) => {
    host.statuses.set(alice, status);
    const before = host.rows().length;
    await expect(
      host.commit(alice, write("create", "a", {})),
    ).rejects.toMatchObject({ error });
    expect(host.rows()).toHaveLength(before);
  });

  test("is looked at again when a write's turn comes", async () => {
    const gate = Promise.withResolvers<void>();
    host.faults.beforeAppend = () => gate.promise;
    const first = host.commit(alice, write("create", "a", {}));
    const second = host.commit(alice, write("create", "b", {}));
    await turn();
    host.statuses.set(alice, "deactivated");
    gate.resolve();
    await first;
    await expect(second).rejects.toMatchObject({ error: "AccountDeactivated" });
  });

  test("that is not here is not written to", async () => {
    await expect(
      host.commit("did:plc:nobody" as Did, write("create", "a", {})),
    ).rejects.toMatchObject({ error: "AccountNotFound" });
  });

  test("whose repository lacks a durable row waits", async () => {
    host.faults.beforeApply = () => {
      throw new Error("database is locked");
    };
    const failed = host.commit(alice, write("create", "a", { n: 1 }));
    await expect(failed).rejects.toThrow("will appear");
    await expect(
      host.commit(alice, write("create", "b", { n: 2 })),
    ).rejects.toMatchObject({
      error: "ServiceUnavailable",
      message: expect.stringContaining("catching up"),
    });
    delete host.faults.beforeApply;
    while (host.sequencer.isBehind(alice)) await Bun.sleep(1);
    await host.commit(alice, write("create", "b", { n: 2 }));
    expect(host.store(alice).counts().records).toBe(2);
    expectUnbroken(alice);
  });
});

describe("revisions", () => {
  const create = async (rkey: string) =>
    (await host.commit(alice, write("create", rkey, { rkey }))).commit!.rev;

  test("are of the time", async () => {
    const rev = await create("a");
    expect(tidToMicros(rev)).toBe(host.clock.nowMicros());
  });

  test("rise while the clock stands still or goes back a little", async () => {
    const first = await create("a");
    host.clock.advance(-30_000);
    const second = await create("b");
    expect(second > first).toBe(true);
    expectUnbroken(alice);
  });

  test("wait for a clock that is far behind", async () => {
    await create("a");
    host.clock.advance(-120_000);
    await expect(create("b")).rejects.toMatchObject({
      error: "ServiceUnavailable",
      headers: { "Retry-After": "60" },
    });
    host.clock.advance(90_000);
    await create("b");
    expectUnbroken(alice);
  });
});
