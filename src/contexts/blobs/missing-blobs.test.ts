import { expect, test } from "bun:test";
import { cidOfRaw, formatCid, parseCid, type CidBytes } from "#repo/cid.ts";
import type { Did } from "#repo/syntax.ts";
import { createMissingBlobs } from "./missing-blobs.ts";

const DID = "did:plc:alice" as Did;

/** A repository that names so many blobs, all of them here. */
function stage(count: number) {
  const cids = Array.from({ length: count }, (_, n) =>
    cidOfRaw(new TextEncoder().encode(String(n))),
  )
    .map((cid) => ({ cid, text: formatCid(cid) }))
    .toSorted((one, other) => (one.text < other.text ? -1 : 1))
    .map(({ cid }) => cid);
  const places = new Map(cids.map((cid, at) => [formatCid(cid), at]));
  const gone = new Set<CidBytes>();
  const dropped = new Set<CidBytes>();
  const state = { generation: 1, pages: 0, asked: 0 };
  const indexOf = (cid: CidBytes) => places.get(formatCid(cid))!;
  const missing = createMissingBlobs({
    accountDb: {
      blobs: {
        find(_did: Did, cid: CidBytes) {
          state.asked++;
          return gone.has(cid) ? null : {};
        },
      },
    } as never,
    stores: {
      find: () => ({
        generation: state.generation,
        listBlobs({ after, limit }: { after: CidBytes | null; limit: number }) {
          state.pages++;
          const start = after === null ? 0 : indexOf(after) + 1;
          return cids
            .slice(start)
            .filter((cid) => !dropped.has(cid))
            .slice(0, limit);
        },
        listRecordsOfBlob: (cid: CidBytes) =>
          dropped.has(cid) ? [] : [{ collection: "a.b.c", rkey: "one" }],
      }),
    } as never,
  });
  return { cids, places, gone, dropped, state, missing };
}

/** Lets the look in the background come to its end. */
async function settle(missing: ReturnType<typeof stage>["missing"]) {
  for (;;) {
    const answer = missing.hasAny(DID);
    if (answer !== null) return answer;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a few blobs are looked at once, and not again", () => {
  const { missing, state } = stage(900);
  expect(missing.hasAny(DID)).toBe(false);
  expect(missing.hasAny(DID)).toBe(false);
  expect(state.pages).toBe(1);
});

test("no answer takes more than a page, however many blobs there are", async () => {
  const { missing, state, gone, cids } = stage(12_000);
  gone.add(cids[11_500]!);
  expect(missing.hasAny(DID)).toBeNull();
  expect(state.pages).toBe(1);
  expect(missing.hasAny(DID)).toBeNull();
  expect(state.pages).toBe(1);
  expect(await settle(missing)).toBe(true);
  const { asked } = state;
  expect(missing.hasAny(DID)).toBe(true);
  expect(state.asked).toBe(asked + 1);
});

test("one that arrives, or that nothing names any more, is missing no longer", async () => {
  const { missing, gone, dropped, cids } = stage(3000);
  for (const at of [10, 20, 2500]) gone.add(cids[at]!);
  expect(missing.hasAny(DID)).toBe(true);
  gone.delete(cids[10]!);
  expect(missing.hasAny(DID)).toBe(true);
  dropped.add(cids[20]!);
  expect(await settle(missing)).toBe(true);
  gone.clear();
  expect(await settle(missing)).toBe(false);
});

test("another repository in its place is looked at anew", () => {
  const { missing, gone, cids, state } = stage(10);
  expect(missing.hasAny(DID)).toBe(false);
  gone.add(cids[3]!);
  state.generation++;
  expect(missing.hasAny(DID)).toBe(true);
});

/** All pages of the list, in their order. */
async function listAll(
  { missing, places }: ReturnType<typeof stage>,
  limit: number,
): Promise<number[]> {
  const found: number[] = [];
  for (let after: CidBytes | null = null; ;) {
    const page = await missing.list(DID, { after, limit });
    found.push(...page.map(({ cid }) => places.get(cid)!));
    if (page.length < limit) return found;
    after = parseCid(page.at(-1)!.cid);
  }
}

test("the list looks at each reference once, and knows it from then on", async () => {
  const host = stage(12_000);
  const { cids, gone, dropped, state } = host;
  const gaps = [10, 999, 1000, 5500, 11_999];
  for (const at of gaps) gone.add(cids[at]!);
  expect(await listAll(host, 2)).toEqual(gaps);
  expect(state.pages).toBe(13);
  gone.delete(cids[999]!);
  dropped.add(cids[5500]!);
  expect(await listAll(host, 2)).toEqual([10, 1000, 11_999]);
  expect(host.missing.hasAny(DID)).toBe(true);
  expect(state.pages).toBe(13);
  state.generation++;
  gone.clear();
  expect(await listAll(host, 2)).toEqual([]);
  expect(state.pages).toBe(25);
});

test("it leaves out nothing that is found beside it", async () => {
  const host = stage(12_000);
  const { cids, gone, missing } = host;
  for (const at of [7000, 9000]) gone.add(cids[at]!);
  // Both go on from where the other is.
  expect(missing.hasAny(DID)).toBeNull();
  expect(await listAll(host, 30)).toEqual([7000, 9000]);
});

test("a page from the middle on needs nothing of what stands before it", async () => {
  const { cids, gone, missing, state, places } = stage(12_000);
  for (const at of [100, 11_600]) gone.add(cids[at]!);
  const page = await missing.list(DID, { after: cids[11_500]!, limit: 30 });
  expect(page.map(({ cid }) => places.get(cid))).toEqual([11_600]);
  expect(state.pages).toBe(1);
});

test("more gaps than are remembered are found all the same", async () => {
  const host = stage(6000);
  const gaps = Array.from({ length: 2000 }, (_, n) => n * 3);
  for (const at of gaps) host.gone.add(host.cids[at]!);
  expect(await listAll(host, 30)).toEqual(gaps);
  expect(await listAll(host, 999)).toEqual(gaps);
  host.gone.clear();
  expect(await listAll(host, 30)).toEqual([]);
});
