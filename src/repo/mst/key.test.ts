import { describe, expect, test } from "bun:test";
import { PathError } from "#repo/errors.ts";
import {
  checkKey,
  depthOfDigest,
  depthOfKey,
  isKey,
  isKeyBytes,
  lowerBound,
  MAX_KEY_BYTES,
  sharedPrefixLength,
} from "./key.ts";

const longest = `a.b/${"k".repeat(MAX_KEY_BYTES - 4)}`;

const VALID = [
  "app.bsky.feed.post/3lo3kqqljmfe2",
  "a/b",
  "com.example.thing/self",
  "a.b/A-Za-z0-9._~:-",
  longest,
];

const INVALID = {
  "no text": "",
  "no slash": "app.bsky.feed.post",
  "two slashes": "a/b/c",
  "no collection": "/b",
  "no record key": "a/",
  "slash alone": "/",
  "a space": "a/b c",
  "a character beyond ASCII": "a/bé",
  "a character beyond Latin-1": "a/b€",
  "a control character": "a/b\u0000",
  "a percent sign": "a/b%20",
  "one byte too many": `${longest}k`,
};

describe("a key is two segments of the record key alphabet", () => {
  for (const key of VALID) {
    test(`accepted: ${key.slice(0, 40)}`, () => {
      const bytes = new TextEncoder().encode(key);
      expect(isKey(key)).toBe(true);
      expect(isKeyBytes(bytes, bytes.length)).toBe(true);
      expect(() => checkKey(key)).not.toThrow();
    });
  }
  for (const [why, key] of Object.entries(INVALID)) {
    test(`refused: ${why}`, () => {
      const bytes = new TextEncoder().encode(key);
      expect(isKey(key)).toBe(false);
      expect(isKeyBytes(bytes, bytes.length)).toBe(false);
      expect(() => checkKey(key)).toThrow(PathError);
    });
  }
});

test("depth is half the leading zero bits of the hash, as in the specification", () => {
  expect(depthOfKey("2653ae71")).toBe(0);
  expect(depthOfKey("blue")).toBe(1);
  expect(depthOfKey("app.bsky.feed.post/454397e440ec")).toBe(4);
  expect(depthOfKey("app.bsky.feed.post/9adeb165882c")).toBe(8);
});

test("depth counts all zero bits of a hash, as far as it goes", () => {
  for (let bits = 0; bits < 256; bits++) {
    const digest = new Uint8Array(32).fill(0xff, bits >> 3);
    digest[bits >> 3] = 0xff >> (bits & 7);
    expect(depthOfDigest(digest)).toBe(bits >> 1);
  }
  expect(depthOfDigest(new Uint8Array(32))).toBe(128);
});

test("depth falls by a factor of four from layer to layer", () => {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 4096; i++) {
    const depth = depthOfKey(`a.b/${i}`);
    if (depth < 4) counts[depth]!++;
  }
  for (let depth = 0; depth < 4; depth++) {
    const expected = 4096 * 0.75 * 0.25 ** depth;
    expect(Math.abs(counts[depth]! - expected)).toBeLessThan(
      4 * Math.sqrt(expected),
    );
  }
});

test("the shared prefix ends with the shorter key", () => {
  expect(sharedPrefixLength("a.b/1", "a.b/12")).toBe(5);
  expect(sharedPrefixLength("a.b/12", "a.b/1")).toBe(5);
  expect(sharedPrefixLength("a.b/1", "c.b/1")).toBe(0);
});

test("the lower bound is the first key that is not below", () => {
  const keys = ["b", "d", "f"];
  expect(
    ["a", "b", "c", "d", "e", "f", "g"].map((key) => lowerBound(keys, key)),
  ).toEqual([0, 0, 1, 1, 2, 2, 3]);
  expect(lowerBound([], "a")).toBe(0);
});
