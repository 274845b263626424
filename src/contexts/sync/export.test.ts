import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  createWriteHost,
  THING,
  write,
  type WriteHost,
} from "#contexts/records/write-fixture.ts";
import { decodeCar } from "#repo/car.ts";
import type { Block } from "#repo/block.ts";
import { cidKey, formatCid, type Cid, type CidBytes } from "#repo/cid.ts";
import { walkTree } from "#repo/mst/walk.ts";
import type { Did, Nsid, Tid } from "#repo/syntax.ts";
import type { ActorSnapshot } from "#storage/actor-store.ts";
import { measureCar, streamCar } from "./export.ts";
import { createRepoCar } from "./repo-car.ts";

// Trees order `thing-b/…` before `thing/…`, collections the other way round.
const COLLECTIONS = [THING, `${THING}-b` as Nsid, "com.example.a" as Nsid];
const RECORDS = 700;

let host: WriteHost;
let alice: Did;

beforeAll(async () => {
  host = await createWriteHost({ shouldInvert: false });
  alice = await host.addAccount("alice");
  const writes = Array.from({ length: RECORDS }, (_, i) =>
    // Some records are equal and share a block.
    write(
      "create",
      `k${(i * 7919) % 10_007}`,
      { n: i % 600 },
      {
        collection: COLLECTIONS[i % 3]!,
      },
    ),
  );
  while (writes.length > 0) {
    await host.commit(alice, ...writes.splice(0, 100));
  }
});
afterAll(() => host.remove());

const snapshot = () => host.stores.snapshot(alice)!;

function readAll(view: ActorSnapshot, since: Tid | null = null) {
  const car = createRepoCar(view, view.head()!, since);
  const parts: Uint8Array[] = [];
  for (let part = car.read(); part !== null; part = car.read()) {
    parts.push(part);
  }
  expect(car.read()).toBe(null);
  return { parts, ...decodeCar(Buffer.concat(parts)) };
}

/** The blocks that the other way to walk a tree comes upon. */
function walked(view: ActorSnapshot, since: Tid | null = null): Cid[] {
  const head = view.head()!;
  const isNew = (cid: CidBytes) =>
    since === null || view.isBlockNewerThan(cid, since);
  const steps = walkTree(view, head.data, { shouldEnter: isNew });
  const cids = [head.commit, ...steps.map(({ cid }) => cid)];
  return cids.filter(isNew).map(formatCid);
}

const cidsOf = ({ blocks }: { blocks: Block[] }) =>
  blocks.map(({ cid }) => formatCid(cid));

test("an export holds every block in the order of the tree", () => {
  using view = snapshot();
  const car = readAll(view);
  expect(cidsOf(car)).toEqual(walked(view));
  for (const { cid, bytes } of car.blocks) {
    expect(Buffer.from(bytes).equals(view.getBlock(cid)!)).toBe(true);
  }
});

test("one since a revision holds what was written after it", async () => {
  const { rev } = host.stores.find(alice)!.head()!;
  await host.commit(alice, write("create", "new-1", { n: -2 }));
  await host.commit(alice, write("create", "new-2", { n: -3 }));
  using view = snapshot();
  const since = readAll(view, rev as Tid);
  expect(cidsOf(since)).toEqual(walked(view, rev as Tid));
  expect(since.blocks.length).toBeGreaterThanOrEqual(4);
  expect(since.blocks.length).toBeLessThan(30);
  const head = view.head()!;
  expect(readAll(view, head.rev).blocks).toEqual([]);
});

test("a repository without records is its commit and one node", async () => {
  const empty = await host.addAccount("empty");
  using view = host.stores.snapshot(empty)!;
  expect(cidsOf(readAll(view))).toEqual(walked(view));
  expect(walked(view)).toHaveLength(2);
});

test("records of any size come in parts of about one size", async () => {
  const bob = await host.addAccount("bob");
  const texts = [300_000, 10, 200_000, 900_000, 10, 10];
  for (const [i, length] of texts.entries()) {
    const text = "x".repeat(length);
    await host.commit(bob, write("create", `k${i}`, { text }));
  }
  using view = host.stores.snapshot(bob)!;
  const { parts, ...car } = readAll(view);
  expect(cidsOf(car)).toEqual(walked(view));
  expect(parts.length).toBeGreaterThanOrEqual(3);
  for (const part of parts) expect(part.length).toBeLessThan(1_200_000);
});

describe("a damaged repository is found", () => {
  /** The repository with other bytes, or none, in the place of a block. */
  function damaged(
    view: ActorSnapshot,
    change: (cid: Cid, bytes: Uint8Array) => Uint8Array | null,
  ): ActorSnapshot {
    const getBlock = (cid: CidBytes) =>
      change(formatCid(cid), view.getBlock(cid)!.slice());
    return { ...view, getBlock, listRecordBlocks: () => [] };
  }
  const nodesOf = (view: ActorSnapshot) =>
    walkTree(view, view.head()!.data)
      .filter(({ kind }) => kind === "node")
      .map(({ cid }) => formatCid(cid))
      .toArray();

  test("where a node is not what its CID says", () => {
    using view = snapshot();
    const node = nodesOf(view).at(-1)!;
    const broken = damaged(view, (cid, bytes) => {
      if (cid === node) bytes[bytes.length >> 1]! ^= 1;
      return bytes;
    });
    expect(() => readAll(broken)).toThrow("block does not match its hash");
  });

  test("where a node or a record is missing", () => {
    using view = snapshot();
    for (const lost of [nodesOf(view).at(-1)!, walked(view).at(-1)!]) {
      const broken = damaged(view, (cid, bytes) =>
        cid === lost ? null : bytes,
      );
      expect(() => readAll(broken)).toThrow("missing");
    }
  });

  test("where the head names what is no tree", () => {
    using view = snapshot();
    const { commit } = view.head()!;
    const broken = { ...view, head: () => ({ ...view.head()!, data: commit }) };
    expect(() => readAll(broken)).toThrow("not a tree node");
  });
});

test("what is written meanwhile is not in it, and the stream is a whole CAR", async () => {
  const view = snapshot();
  const head = view.head()!;
  let ended = 0;
  const length = await measureCar(createRepoCar(view, head, null));
  const stream = streamCar({
    car: createRepoCar(view, head, null),
    maxDurationMs: 10_000,
    onEnd() {
      ended++;
      view[Symbol.dispose]();
    },
  });
  await host.commit(alice, write("create", "later", { n: -1 }));
  const bytes = await new Response(stream).bytes();
  expect(length).toBe(bytes.length);
  const { roots, blocks } = decodeCar(bytes);
  expect(roots.map(formatCid)).toEqual([formatCid(head.commit)]);
  expect(new Set(blocks.map(({ cid }) => cidKey(cid))).size).toBeGreaterThan(
    600,
  );
  expect(ended).toBe(1);
});
