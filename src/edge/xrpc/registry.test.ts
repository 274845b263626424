import { describe, expect, test } from "bun:test";
import { createLexicons } from "#contexts/lexicons/lexicons.ts";
import { NONE } from "./auth.ts";
import { prepareMethod } from "./prepare.ts";
import { METHODS } from "./registry.ts";

describe("the table", () => {
  test("refuses a row without a lexicon", () => {
    const row = { auth: NONE, run: () => ({}) };
    expect(() =>
      prepareMethod(createLexicons(), "com.example.nothing", row),
    ).toThrow("com.example.nothing has no lexicon");
  });

  test("refuses a row whose lexicon is a record", () => {
    const row = { auth: NONE, run: () => ({}) };
    expect(() =>
      prepareMethod(createLexicons(), "app.bsky.feed.post", row),
    ).toThrow("app.bsky.feed.post has no lexicon");
  });

  test("holds the methods that clients, relays and movers need", () => {
    expect(Object.keys(METHODS)).toContain("com.atproto.repo.applyWrites");
    expect(Object.keys(METHODS).length).toBeGreaterThan(35);
  });
});
