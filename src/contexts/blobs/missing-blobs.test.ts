import { expect, test } from "bun:test";
import { cidOfRaw, equalCids, type CidBytes } from "#repo/cid.ts";
import type { Did } from "#repo/syntax.ts";
import { createMissingBlobs } from "./missing-blobs.ts";

const DID = "did:plc:alice" as Did;

/** A repository that names so many blobs, all of them here. */
function stage(count: number) {
  const cids = Array.from({ length: count }, (_, n) =>
    cidOfRaw(new TextEncoder().encode(String(n))),
  );
  const gone = new Set<CidBytes>();
  const dropped = new Set<CidBytes>();
  const state = { generation: 1, pages: 0, asked: 0 };
  const indexOf = (cid: CidBytes) =>
    cids.findIndex((one) => equalCids(one, cid));
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
          return cids.slice(start, start + limit);
        },
        isBlobReferenced: (cid: CidBytes) => !dropped.has(cid),
        listRecordsOfBlob: () => [{ collection: "a.b.c", rkey: "one" }],
      }),
    } as never,
  });
  return { cids, gone, dropped, state, missing };
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
  // Its record is gone, and so is the reference.
  cids.splice(20, 1);
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
