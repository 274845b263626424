import { describe, expect, test } from "bun:test";
import { BlockMap, DataDiff } from "@atproto/repo";
import fc from "fast-check";
import { createBlockMap, type Block } from "#repo/block.ts";
import { cidFromKey, cidKey, formatCid, type CidBytes } from "#repo/cid.ts";
import { buildTree } from "#repo/mst/build.ts";
import { createNodeCache } from "#repo/mst/cache.ts";
import { invertOps } from "#repo/mst/invert.ts";
import { findPath, readAround } from "#repo/mst/read.ts";
import { walkTree } from "#repo/mst/walk.ts";
import { applyWrites, type MstChange } from "#repo/mst/write.ts";
import {
  history,
  startRecords,
  writeToMap,
  type History,
} from "../support/histories.ts";
import {
  invertOfficially,
  makeOfficialTree,
  officialTree,
  setOfBlocks,
  setOfOfficial,
} from "../support/official-trees.ts";
import { sizeOf } from "../support/sizes.ts";
import {
  createTreeStore,
  sortEntries,
  type TreeStore,
} from "../support/trees.ts";

const runs = { numRuns: sizeOf("propertyRuns") };

function nodesOf(records: ReadonlyMap<string, CidBytes>): Block[] {
  return buildTree(sortEntries(records)).nodes;
}

function blocksOf(store: TreeStore): Block[] {
  return [...store.nodes].map(([key, bytes]) => ({
    cid: cidFromKey(key),
    bytes,
  }));
}

interface Moment {
  store: TreeStore;
  before: Map<string, CidBytes>;
  after: Map<string, CidBytes>;
  change: MstChange;
}

/** Plays a history, showing each change before the store takes it over. */
async function play(
  { start, batches }: History,
  look: (moment: Moment) => void | Promise<void>,
): Promise<void> {
  const store = createTreeStore(start);
  // Small enough that nodes come and go.
  const cache = createNodeCache({ maxBytes: 10_000 });
  let before = start;
  for (const writes of batches) {
    const after = new Map(before);
    for (const write of writes) writeToMap(after, write);
    const change = applyWrites(store, cache, store.root, writes);
    await look({ store, before, after, change });
    store.apply(change);
    before = after;
  }
}

function always(look: (moment: Moment) => void | Promise<void>): Promise<void> {
  return fc.assert(
    fc.asyncProperty(history, (past) => play(past, look)),
    runs,
  );
}

describe("a tree", () => {
  test("has the root and the bytes of the official package", async () => {
    const property = fc.asyncProperty(startRecords, async (records) => {
      const official = await makeOfficialTree(records);
      const { root, blocks } = await official.getUnstoredBlocks();
      const built = buildTree(sortEntries(records));
      expect(built.root).toEqual(new Uint8Array(root.bytes));
      expect(setOfBlocks(built.nodes)).toEqual(setOfOfficial(blocks));
    });
    await fc.assert(property, runs);
  });

  test("does not depend on the order or the batches of its writes", () => {
    const shuffled = startRecords.chain((records) =>
      fc.tuple(
        fc.constant(records),
        fc.shuffledSubarray([...records], { minLength: records.size }),
        fc.integer({ min: 1, max: 20 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([records, order, batchSize]) => {
        const store = createTreeStore();
        for (let at = 0; at < order.length; at += batchSize) {
          const writes = order
            .slice(at, at + batchSize)
            .map(([path, cid]) => ({ action: "create" as const, path, cid }));
          store.apply(applyWrites(store, null, store.root, writes));
        }
        const built = createTreeStore(records);
        expect(store.root).toEqual(built.root);
        expect(new Map(store.nodes)).toEqual(new Map(built.nodes));
      }),
      runs,
    );
  });

  test("is as before when what was inserted is deleted", async () => {
    await always(({ store, before, after, change }) => {
      const undo = [...after]
        .filter(([path]) => !before.has(path))
        .map(([path]) => ({ action: "delete" as const, path, cid: null }));
      const redo = undo.map(({ path }) => ({
        action: "create" as const,
        path,
        cid: after.get(path)!,
      }));
      const inserted = applyWrites(store, null, store.root, redo);
      const added = createBlockMap([...inserted.added, ...blocksOf(store)]);
      const deleted = applyWrites(added, null, inserted.root, undo);
      expect(deleted.root).toEqual(store.root);
      expect(deleted.added.map(({ cid }) => cidKey(cid)).sort()).toEqual(
        inserted.removed.map(cidKey).sort(),
      );
      expect(deleted.removed.map(cidKey).sort()).toEqual(
        inserted.added.map(({ cid }) => cidKey(cid)).sort(),
      );
      expect(change.root).toEqual(buildTree(sortEntries(after)).root);
    });
  });

  test("holds its records, for every way of reading", async () => {
    await always(({ store, before }) => {
      const walked = [...walkTree(store, store.root)];
      expect(
        walked.flatMap((step) =>
          step.kind === "record" ? [{ path: step.path, cid: step.cid }] : [],
        ),
      ).toEqual(sortEntries(before));
      expect(
        setOfBlocks(walked.filter((step) => step.kind === "node")),
      ).toEqual(setOfBlocks(blocksOf(store)));
      for (const [path, cid] of before) {
        expect(findPath(store, null, store.root, path)).toEqual(cid);
      }
    });
  });
});

describe("a change", () => {
  test("adds and removes exactly the nodes that differ", async () => {
    await always(({ store, after, change }) => {
      const wanted = nodesOf(after);
      const added = wanted.filter(({ cid }) => store.getBlock(cid) === null);
      expect(setOfBlocks(change.added)).toEqual(setOfBlocks(added));
      const kept = new Set(wanted.map(({ cid }) => cidKey(cid)));
      const removed = [...store.nodes.keys()].filter((key) => !kept.has(key));
      expect(change.removed.map(cidKey).sort()).toEqual(removed.sort());
    });
  });

  test("adds and removes what the official package says", async () => {
    await always(async ({ store, change }) => {
      const old = blocksOf(store);
      const diff = await DataDiff.of(
        officialTree([...old, ...change.added], change.root),
        officialTree(old, store.root),
      );
      expect(setOfBlocks(change.added)).toEqual(
        setOfOfficial(diff.newMstBlocks),
      );
      const ops = [
        ...diff
          .addList()
          .map(({ key, cid }) => ["create", key, cid.toString(), null]),
        ...diff
          .updateList()
          .map(({ key, cid, prev }) => [
            "update",
            key,
            cid.toString(),
            prev.toString(),
          ]),
        ...diff
          .deleteList()
          .map(({ key, cid }) => ["delete", key, null, cid.toString()]),
      ];
      const ours = change.ops.map(({ action, path, cid, prev }) => [
        action,
        path,
        cid && textOf(cid),
        prev && textOf(prev),
      ]);
      expect(ours.sort(byPath)).toEqual(ops.sort(byPath));
    });
  });

  test("has one op for each path that differs, and no other", async () => {
    await always(({ before, after, change }) => {
      const paths = [...new Set([...before.keys(), ...after.keys()])];
      const ops = paths.flatMap((path) => {
        const prev = before.get(path) ?? null;
        const cid = after.get(path) ?? null;
        if (prev === null || cid === null || cidKey(prev) !== cidKey(cid)) {
          if (prev === null && cid === null) return [];
          const action =
            prev === null ? "create" : cid === null ? "delete" : "update";
          return [{ action, path, cid, prev }];
        }
        return [];
      });
      const byName = (a: { path: string }, b: { path: string }) =>
        a.path < b.path ? -1 : 1;
      expect(change.ops.toSorted(byName)).toEqual(ops.sort(byName) as never);
    });
  });

  test("inverts from its own blocks alone, in any order, by our code and the official", async () => {
    const property = fc.asyncProperty(
      history,
      fc.infiniteStream(fc.nat()),
      (past, random) =>
        play(past, async ({ store, change }) => {
          const slice = [...change.added, ...change.proof];
          const order = change.ops
            .map((op) => ({ op, rank: random.next().value as number }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ op }) => op);
          if (change.ops.length === 0) {
            expect(change.root).toEqual(store.root);
            expect(slice.map(({ cid }) => cid)).toEqual([store.root]);
            return;
          }
          expect(invertOps(createBlockMap(slice), change.root, order)).toEqual(
            store.root,
          );
          expect(await invertOfficially(slice, change.root, order)).toEqual(
            store.root,
          );
        }),
    );
    await fc.assert(property, runs);
  });

  test("carries the covering proofs of the official package, and no other node", async () => {
    await always(async ({ store, change }) => {
      const tree = officialTree(
        [...blocksOf(store), ...change.added],
        change.root,
      );
      const root = await tree.serialize();
      const covering = new BlockMap().set(root.cid, root.bytes);
      for (const { path } of change.ops)
        covering.addMap(await tree.getCoveringProof(path));
      expect(setOfBlocks([...change.added, ...change.proof])).toEqual(
        setOfOfficial(covering),
      );
      for (const { cid } of change.proof)
        expect(store.getBlock(cid)).not.toBeNull();
    });
  });

  test("does not depend on what is cached", async () => {
    await always(({ store, before, after, change }) => {
      const writes = change.ops.map(({ action, path, cid }) => ({
        action,
        path,
        cid,
      }));
      const warm = createNodeCache({ maxBytes: 1e9 });
      for (const [path] of before) findPath(store, warm, store.root, path);
      for (const cache of [null, warm]) {
        expect(applyWrites(store, cache, store.root, writes)).toEqual(change);
      }
      expect(after.size).toBe(
        before.size +
          change.ops.reduce(
            (sum, op) =>
              sum + Number(op.prev === null) - Number(op.cid === null),
            0,
          ),
      );
    });
  });
});

function textOf(cid: CidBytes): string {
  return formatCid(cid);
}

function byPath(a: unknown[], b: unknown[]): number {
  return (a[1] as string) < (b[1] as string) ? -1 : 1;
}

test("what lies around its paths is all that a change reads", () => {
  fc.assert(
    fc.property(history, ({ start, batches }) => {
      const store = createTreeStore(start);
      for (const writes of batches) {
        // Without any, the root is all there is to prove.
        const paths = [...writes.map(({ path }) => path), ""];
        const around = paths.flatMap((path) =>
          readAround(store, store.root, path),
        );
        const change = applyWrites(store, null, store.root, writes);
        expect(
          applyWrites(createBlockMap(around), null, store.root, writes),
        ).toEqual(change);
        store.apply(change);
      }
    }),
    runs,
  );
});
