import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  createWriteHost,
  write,
  type WriteHost,
} from "#contexts/records/write-fixture.ts";
import { streamCar } from "#contexts/sync/export.ts";
import { createRepoCar } from "#contexts/sync/repo-car.ts";
import { decodeCar } from "#repo/car.ts";
import { cidOfCbor, equalCids } from "#repo/cid.ts";
import { decodeCommit } from "#repo/commit.ts";
import type { Did } from "#repo/syntax.ts";
import { sizeOf } from "../support/sizes.ts";

// Counted work, not time: what the disk gets and what the log keeps.

const PAGE_BYTES = 2048 + 24; // with the header that a frame of the WAL has
const SAMPLES = 20;

let host: WriteHost;
let did: Did;
let count: number;
beforeEach(async () => {
  host = await createWriteHost({ shouldInvert: false });
  did = await host.addAccount("grower");
  count = 0;
});
afterEach(() => host.remove());

/** Keys in no order, as those of likes and follows of other clients may be. */
function next() {
  const key = Bun.hash.wyhash(String(++count)).toString(36).slice(0, 12);
  return write("create", key, { text: `record ${count}` });
}

async function fillTo(records: number): Promise<void> {
  while (count < records) {
    const batch = Array.from({ length: Math.min(200, records - count) }, next);
    await host.commit(did, ...batch);
  }
}

function walBytes(): number {
  const folder = join(host.folder, "repos");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sqlite-wal"))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** Pages that the repository's file gets for one record, and bytes that the log gets. */
async function costOfOne(): Promise<{ pages: number; logged: number }> {
  host.stores.close(); // writes the WAL back, so that it begins empty
  const seq = host.sequencer.lastSeq();
  for (let i = 0; i < SAMPLES; i++) {
    await host.commit(did, next());
    // Where many come at once they share what is written here.
    host.stores.flush(did, host.stores.find(did)!.generation);
  }
  const rows = host.rows(did).filter((row) => row.seq > seq);
  const logged = rows.reduce((sum, { frame }) => sum + frame.length, 0);
  return {
    pages: walBytes() / PAGE_BYTES / SAMPLES,
    logged: logged / SAMPLES,
  };
}

test("a write grows like the logarithm of the repository", async () => {
  const [small, large] = [1000, sizeOf("growthRecords")];
  await fillTo(small);
  const before = await costOfOne();
  await fillTo(large);
  const after = await costOfOne();
  expect(before.pages).toBeGreaterThan(2);
  // A tree of 1,000,000 records is twice as high as one of 1,000.
  const most = Math.log(large) / Math.log(small);
  expect(after.logged / before.logged).toBeLessThanOrEqual(1.25 * most);
  // Indexes of CIDs spread new entries over all their pages.
  expect(after.pages / before.pages).toBeLessThanOrEqual(1.5 * most);
}, 3_600_000);

test("an export that is read slowly is whole, and the WAL shrinks after it", async () => {
  await fillTo(2000);
  const snapshot = host.stores.snapshot(did)!;
  const head = snapshot.head()!;
  const stream = streamCar({
    car: createRepoCar(snapshot, head, null),
    maxDurationMs: 600_000,
    onEnd: () => snapshot[Symbol.dispose](),
  });
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  const writes: number[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    // A minute of ten writes a second, between any two chunks.
    for (let i = 0; i < 60; i++) await host.commit(did, next());
    writes.push(walBytes());
  }
  const car = decodeCar(Buffer.concat(parts));
  expect(equalCids(car.roots[0]!, head.commit)).toBe(true);
  expect(
    car.blocks.every(({ cid, bytes }) => equalCids(cid, cidOfCbor(bytes))),
  ).toBe(true);
  const commit = car.blocks.find(({ cid }) => equalCids(cid, head.commit))!;
  expect(decodeCommit(commit.bytes).rev).toBe(head.rev);
  // While somebody reads, the WAL holds what was written meanwhile and no more.
  const perWrite = writes.at(-1)! / (60 * writes.length);
  expect(perWrite).toBeLessThan(100_000);
  // Afterwards it is used again from its start, so that no more than the last
  // writes, which go into it together, lie above it.
  const longest = walBytes();
  for (let i = 0; i < 200; i++) await host.commit(did, next());
  expect(walBytes()).toBeLessThanOrEqual(longest + 20 * perWrite);
  host.stores.close();
  expect(walBytes()).toBe(0);
}, 600_000);
