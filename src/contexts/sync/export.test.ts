import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  createWriteHost,
  THING,
  write,
  type WriteHost,
} from "#contexts/records/write-fixture.ts";
import { decodeCar } from "#repo/car.ts";
import { cidKey, formatCid } from "#repo/cid.ts";
import { walkTree } from "#repo/mst/walk.ts";
import type { Did, Nsid } from "#repo/syntax.ts";
import { exportBlocks, measureCar, streamCar } from "./export.ts";

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

test("an export holds every block in the order of the tree", () => {
  using view = snapshot();
  const head = view.head()!;
  const expected = [head.commit];
  for (const { cid } of walkTree(view, head.data)) expected.push(cid);
  const blocks = [...exportBlocks(view, head, null)];
  expect(blocks.map(({ cid }) => formatCid(cid))).toEqual(
    expected.map(formatCid),
  );
  for (const { cid, bytes } of blocks) {
    expect(Buffer.from(bytes).equals(view.getBlock(cid)!)).toBe(true);
  }
});

test("what is written meanwhile is not in it, and the stream is a whole CAR", async () => {
  const view = snapshot();
  const head = view.head()!;
  let ended = 0;
  const length = await measureCar(head.commit, exportBlocks(view, head, null));
  const stream = streamCar({
    root: head.commit,
    blocks: exportBlocks(view, head, null),
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
