import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createBlockMap } from "#repo/block.ts";
import { decodeCar } from "#repo/car.ts";
import { cidKey, type CidBytes } from "#repo/cid.ts";
import { decodeCommit, verifyCommit } from "#repo/commit.ts";
import { decodeFrame, patchSeq } from "#repo/frame.ts";
import { createNodeCache } from "#repo/mst/cache.ts";
import { emptyTree } from "#repo/mst/encode.ts";
import { invertOps } from "#repo/mst/invert.ts";
import type { Did, Tid } from "#repo/syntax.ts";
import type { PendingEvent } from "#contexts/sequencer/committer.ts";
import {
  buildCommit,
  buildEmptyCommit,
  buildGenesis,
  buildSync,
  type BuiltCommit,
} from "./commit.ts";
import { planWrites } from "./plan.ts";
import type { PreparedWrite } from "./prepare.ts";
import {
  createWriteHost,
  remove,
  THING,
  write,
  type WriteHost,
} from "./write-fixture.ts";

const REV = "3zzzzzzzzzzzz" as Tid;
const TIME = "2026-01-02T03:04:05.678Z";

let host: WriteHost;
let alice: Did;

/** a and b are alike, c is not; k0 to k59 make a tree of some depth. */
beforeAll(async () => {
  host = await createWriteHost();
  alice = await host.addAccount("alice");
  await host.commit(
    alice,
    write("create", "a", { n: "twin" }),
    write("create", "b", { n: "twin" }),
    write("create", "c", { n: "single" }),
    ...Array.from({ length: 60 }, (_, n) => write("create", `k${n}`, { n })),
  );
});
afterAll(() => host.remove());

function build(...writes: PreparedWrite[]): BuiltCommit | null {
  const store = host.store(alice);
  return buildCommit({
    store,
    head: store.head()!,
    plan: planWrites(store, writes),
    rev: REV,
    signer: host.signer,
    nodeCache: createNodeCache({ maxBytes: 1e6 }),
    time: TIME,
    shouldInvert: true,
  });
}

function payloadOf({ frame }: PendingEvent) {
  patchSeq(frame!.frame, frame!.seqOffset, 2 ** 50);
  const message = decodeFrame(frame!.frame);
  if (message.t !== "#commit" && message.t !== "#sync") {
    throw new Error("neither commit nor sync");
  }
  return message.payload;
}

function sliceOf(event: PendingEvent) {
  const { roots, blocks } = decodeCar(payloadOf(event).blocks as Uint8Array);
  const keys = new Set(blocks.map(({ cid }) => cidKey(cid)));
  return { roots, blocks, has: (cid: CidBytes) => keys.has(cidKey(cid)) };
}

const holds = (cids: readonly CidBytes[], cid: CidBytes) =>
  cids.some((other) => cidKey(other) === cidKey(cid));
const twin = write("put", "a", { n: "twin" }).cid!;
const single = write("put", "c", { n: "single" }).cid!;

describe("a commit", () => {
  const make = () => build(write("create", "new", { n: "new" }), remove("c"))!;

  test("is signed over the tree that the writes make", () => {
    const { event, commit, rev } = make();
    expect(rev).toBe(REV);
    expect(verifyCommit(commit.bytes, host.signer.didKey)).toBe(true);
    const head = host.store(alice).head()!;
    expect(decodeCommit(commit.bytes)).toMatchObject({
      did: alice,
      rev: REV,
      data: event.change!.data,
      prev: null,
    });
    expect(event.change).toMatchObject({
      since: head.rev,
      prevData: head.data,
      commit: commit.cid,
    });
  });

  test("can be checked with nothing but its own event", () => {
    const { event, commit } = make();
    const payload = payloadOf(event);
    const { roots, blocks } = sliceOf(event);
    expect(roots).toEqual([commit.cid]);
    expect(blocks[0]!.cid).toEqual(commit.cid);
    const { data } = decodeCommit(commit.bytes);
    const ops = payload.ops as Parameters<typeof invertOps>[2];
    expect(invertOps(createBlockMap(blocks), data, ops)).toEqual(
      host.store(alice).head()!.data,
    );
  });

  test("tells of records made, not of those before", () => {
    const { event } = build(
      write("create", "new", { n: "new" }),
      write("update", "c", { n: "changed" }),
      remove("k1"),
    )!;
    const { has } = sliceOf(event);
    const { cid: k1 } = write("put", "k1", { n: 1 });
    expect(has(write("put", "new", { n: "new" }).cid!)).toBe(true);
    expect(has(write("put", "c", { n: "changed" }).cid!)).toBe(true);
    expect([has(single), has(k1!)]).toEqual([false, false]);
    const { ops } = payloadOf(event) as { ops: unknown[] };
    expect(ops).toMatchObject([
      { action: "create", path: `${THING}/new`, prev: null },
      { action: "update", path: `${THING}/c`, prev: single },
      { action: "delete", path: `${THING}/k1`, cid: null, prev: k1 },
    ]);
  });

  test("counts records by collection", () => {
    const collection = "com.example.other" as never;
    const { event } = build(
      write("create", "x", {}, { collection }),
      write("create", "new", {}),
      write("update", "c", { n: "changed" }),
      remove("a"),
      remove("b"),
    )!;
    expect(event.state!.collectionCounts).toEqual(
      new Map([
        [collection, 1],
        [THING, -1],
      ]),
    );
  });

  test("is none when the writes cancel each other out", () => {
    const make = write("create", "new", { n: "new" });
    expect(build(make, remove("new"))).toBeNull();
    expect(build(remove("a"), write("create", "a", { n: "twin" }))).toBeNull();
  });
});

describe("a record that two paths hold", () => {
  const changeOf = (...writes: PreparedWrite[]) =>
    build(...writes)!.event.change!;

  test("stays while one of them holds it", () => {
    expect(holds(changeOf(remove("a")).removed, twin)).toBe(false);
    const changed = changeOf(write("update", "a", { n: "other" }));
    expect(holds(changed.removed, twin)).toBe(false);
  });

  test("goes with the last of them", () => {
    expect(holds(changeOf(remove("a"), remove("b")).removed, twin)).toBe(true);
    const changed = changeOf(remove("b"), write("update", "a", { n: 0 }));
    expect(holds(changed.removed, twin)).toBe(true);
    expect(holds(changeOf(remove("c")).removed, single)).toBe(true);
  });

  test("stays when it is made anew under another path", () => {
    const moved = changeOf(
      remove("a"),
      remove("b"),
      write("create", "d", { n: "twin" }),
    );
    expect(holds(moved.removed, twin)).toBe(false);
    expect(
      holds(
        moved.blocks.map(({ cid }) => cid),
        twin,
      ),
    ).toBe(true);
    const swapped = changeOf(
      write("update", "c", { n: "twin" }),
      write("update", "a", { n: "single" }),
    );
    expect(holds(swapped.removed, twin)).toBe(false);
    expect(holds(swapped.removed, single)).toBe(false);
  });

  test("is in the slice of whatever makes it again", () => {
    const { event } = build(write("create", "d", { n: "twin" }))!;
    expect(sliceOf(event).has(twin)).toBe(true);
    const copies = sliceOf(
      build(write("create", "d", { n: 7 }), write("create", "e", { n: 7 }))!
        .event,
    );
    expect(new Set(copies.blocks.map(({ cid }) => cidKey(cid))).size).toBe(
      copies.blocks.length,
    );
  });
});

describe("limits", () => {
  const creates = (count: number, size = 0) =>
    Array.from({ length: count }, (_, n) =>
      write("create", `big${n}`, { n, text: "x".repeat(size) }),
    );

  test("200 records are changed at most", () => {
    expect(build(...creates(200))).not.toBeNull();
    expect(() => build(...creates(201))).toThrow("201 records");
  });

  test("more writes that change no more than 200 records are one commit", () => {
    const writes = [...creates(201), remove("big200")];
    const { event } = build(...writes)!;
    expect((payloadOf(event) as { ops: unknown[] }).ops).toHaveLength(200);
  });

  test("2,000,000 bytes of blocks are sent at most", () => {
    const { event } = build(...creates(2, 990_000))!;
    const { blocks } = payloadOf(event);
    expect((blocks as Uint8Array).length).toBeLessThanOrEqual(2_000_000);
    expect(() => build(...creates(3, 700_000))).toThrow("bytes of blocks");
  });
});

describe("an empty commit", () => {
  const make = () => {
    const store = host.store(alice);
    const head = store.head()!;
    const { signer } = host;
    return buildEmptyCommit({ store, head, rev: REV, signer, time: TIME });
  };

  test("leaves the tree and goes on from what readers know", () => {
    const { event, commit } = make();
    const { rev, data } = host.store(alice).head()!;
    expect(decodeCommit(commit.bytes)).toMatchObject({ rev: REV, data });
    expect(payloadOf(event)).toMatchObject({
      since: rev,
      prevData: data,
      ops: [],
      commit: commit.cid,
    });
    const { blocks } = sliceOf(event);
    expect(invertOps(createBlockMap(blocks), data, [])).toEqual(data);
  });
});

describe("the first commit", () => {
  const make = (isSilent: boolean) =>
    buildGenesis({
      did: alice,
      generation: 1,
      root: emptyTree(),
      rev: REV,
      signer: host.signer,
      time: TIME,
      isSilent,
    });

  test("follows on nothing", () => {
    const { event, block } = make(false);
    const payload = payloadOf(event);
    expect(payload).toMatchObject({ since: null, ops: [], rev: REV });
    expect("prevData" in payload && payload.prevData !== null).toBe(false);
    expect(sliceOf(event).blocks).toEqual([block, emptyTree()]);
    expect(event.change).toMatchObject({ since: null, prevData: null });
    expect(event.state).not.toHaveProperty("status");
  });

  test("of an account that moves here is told to nobody", () => {
    const { event } = make(true);
    expect(event.frame).toBeNull();
    expect(event.redo).not.toBeNull();
    expect(event.state).toMatchObject({ status: "deactivated" });
  });
});

test("a sync shows the commit and nothing else", () => {
  const { commit } = build(remove("c"))!;
  const event = buildSync({
    did: alice,
    generation: 1,
    commit,
    rev: REV,
    time: TIME,
  });
  const { blocks } = sliceOf(event);
  expect(blocks).toEqual([commit]);
  expect(payloadOf(event)).toMatchObject({ did: alice, rev: REV });
  // Of the lexicon.
  expect((payloadOf(event).blocks as Uint8Array).length).toBeLessThan(10_000);
  expect([event.change, event.redo, event.state]).toEqual([null, null, null]);
});
