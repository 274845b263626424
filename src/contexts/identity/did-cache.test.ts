import { beforeEach, describe, expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import { createDidCache, type DidCacheConfig } from "./did-cache.ts";

const HOUR_MS = 3_600_000;
const alice = "did:plc:alice" as Did;
const gone = new Error("gone");

const clock = createFakeClock();
let loads: Did[] = [];
let failure: Error | null = null;
let version = 1;
let backgroundFailures = 0;
beforeEach(() => {
  loads = [];
  failure = null;
  version = 1;
  backgroundFailures = 0;
});

function make(over: Partial<DidCacheConfig> = {}) {
  return createDidCache({
    clock,
    async load(did) {
      loads.push(did);
      await Promise.resolve();
      if (failure) throw failure;
      return { document: { id: did, version }, sizeBytes: 100 };
    },
    staleTtlMs: HOUR_MS,
    maxTtlMs: 24 * HOUR_MS,
    failureTtlMs: 10_000,
    maxEntries: 3,
    maxBytes: 100_000,
    isGone: (error) => error === gone,
    onBackgroundFailure: () => backgroundFailures++,
    ...over,
  });
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("a document", () => {
  test("is loaded once for all who ask at the same time", async () => {
    const cache = make();
    const [a, b] = await Promise.all([
      cache.get(alice, false),
      cache.get(alice, false),
    ]);
    expect(a).toBe(b);
    expect(loads).toEqual([alice]);
  });

  test("is fresh for an hour", async () => {
    const cache = make();
    await cache.get(alice, false);
    clock.advance(HOUR_MS - 1);
    await cache.get(alice, false);
    await settle();
    expect(loads).toHaveLength(1);
  });

  test("is given stale for a day, and renewed meanwhile", async () => {
    const cache = make();
    await cache.get(alice, false);
    clock.advance(HOUR_MS);
    version = 2;
    expect((await cache.get(alice, false)).version).toBe(1);
    await settle();
    expect((await cache.get(alice, false)).version).toBe(2);
    expect(loads).toHaveLength(2);
  });

  test("is not given after a day", async () => {
    const cache = make();
    await cache.get(alice, false);
    clock.advance(24 * HOUR_MS);
    version = 2;
    expect((await cache.get(alice, false)).version).toBe(2);
  });

  test("is loaded anew when asked so, or when forgotten", async () => {
    const cache = make();
    await cache.get(alice, false);
    version = 2;
    expect((await cache.get(alice, true)).version).toBe(2);
    version = 3;
    cache.forget(alice);
    expect((await cache.get(alice, false)).version).toBe(3);
  });
});

describe("a failure", () => {
  test("is remembered for a short time", async () => {
    const cache = make();
    failure = new Error("down");
    await expect(cache.get(alice, false)).rejects.toBe(failure);
    await settle();
    await expect(cache.get(alice, false)).rejects.toBe(failure);
    expect(loads).toHaveLength(1);
    clock.advance(10_000);
    failure = null;
    expect((await cache.get(alice, false)).id).toBe(alice);
  });

  test("does not push out a document that may still be given", async () => {
    const cache = make();
    await cache.get(alice, false);
    failure = new Error("down");
    clock.advance(2 * HOUR_MS);
    expect((await cache.get(alice, false)).id).toBe(alice);
    await settle();
    expect(backgroundFailures).toBe(1);
    await expect(cache.get(alice, true)).rejects.toBe(failure);
    await settle();
    expect((await cache.get(alice, false)).id).toBe(alice);
    clock.advance(22 * HOUR_MS);
    await expect(cache.get(alice, false)).rejects.toBe(failure);
  });

  test("that says the DID is gone does", async () => {
    const cache = make();
    await cache.get(alice, false);
    failure = gone;
    clock.advance(2 * HOUR_MS);
    await cache.get(alice, false);
    await settle();
    await expect(cache.get(alice, false)).rejects.toBe(gone);
  });
});

describe("the bounds", () => {
  const dids = ["a", "b", "c", "d"].map((name) => `did:plc:${name}` as Did);

  test("drop the least recently used by number", async () => {
    const cache = make();
    for (const did of dids.slice(0, 3)) await cache.get(did, false);
    await cache.get(dids[0]!, false);
    await cache.get(dids[3]!, false);
    loads = [];
    for (const did of [dids[0]!, dids[2]!, dids[3]!]) {
      await cache.get(did, false);
    }
    expect(loads).toEqual([]);
    await cache.get(dids[1]!, false);
    expect(loads).toEqual([dids[1]!]);
  });

  test("drop by size", async () => {
    const cache = make({ maxBytes: 250 });
    for (const did of dids.slice(0, 3)) await cache.get(did, false);
    loads = [];
    await cache.get(dids[2]!, false);
    await cache.get(dids[1]!, false);
    expect(loads).toEqual([]);
    await cache.get(dids[0]!, false);
    expect(loads).toEqual([dids[0]!]);
  });
});
