import { expect, test } from "bun:test";
import { createNodeCache } from "./cache.ts";
import type { Node } from "./node.ts";

const node: Node = {
  keys: ["a/b"],
  values: ["v"],
  links: [null, null],
  layer: 0,
};

function sizeOfOne(): number {
  const cache = createNodeCache({ maxBytes: 1e6 });
  cache.add("x", node);
  return cache.sizeBytes();
}

test("the least recently used node goes first", () => {
  const cache = createNodeCache({ maxBytes: sizeOfOne() * 2 });
  cache.add("a", node);
  cache.add("b", node);
  expect(cache.find("a")).toBe(node);
  cache.add("c", node);
  expect(cache.find("b")).toBeNull();
  expect(cache.find("a")).toBe(node);
  expect(cache.find("c")).toBe(node);
});

test("memory stays within the bound and falls back to nothing", () => {
  const maxBytes = sizeOfOne() * 10 + 1;
  const cache = createNodeCache({ maxBytes });
  for (let i = 0; i < 100; i++) {
    cache.add(String(i), node);
    cache.add(String(i), node);
    expect(cache.sizeBytes()).toBeLessThanOrEqual(maxBytes);
  }
  expect(cache.count()).toBe(10);
  for (let i = 0; i < 100; i++) cache.remove(String(i));
  expect(cache.count()).toBe(0);
  expect(cache.sizeBytes()).toBe(0);
});

test("a bound of nothing keeps nothing", () => {
  const cache = createNodeCache({ maxBytes: 0 });
  cache.add("a", node);
  expect(cache.find("a")).toBeNull();
  expect(cache.sizeBytes()).toBe(0);
});

test("larger nodes count for more", () => {
  const cache = createNodeCache({ maxBytes: 1e6 });
  cache.add("small", node);
  const small = cache.sizeBytes();
  const keys = ["a/b", `a/${"k".repeat(1000)}`];
  cache.add("large", {
    keys,
    values: ["v", "v"],
    links: [null, null, null],
    layer: 0,
  });
  expect(cache.sizeBytes() - small).toBeGreaterThan(small + 1000);
});
