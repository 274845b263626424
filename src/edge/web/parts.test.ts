import { expect, test } from "bun:test";
import { isTypedName, timeFromNow } from "./parts.tsx";

test.each([
  [0, "in 1 second"],
  [59_999, "in 60 seconds"],
  [60_000, "in 1 minute"],
  [3_600_000, "in 1 hour"],
  [5_400_000, "in 2 hours"],
  [8 * 86_400_000, "in 8 days"],
])("%p ms from now is %p", (ms, words) => {
  expect(timeFromNow("en", ms)).toBe(words);
});

test("a time is said in the language of the page", () => {
  expect(timeFromNow("de", 7_200_000)).toBe("in 2 Stunden");
  expect(timeFromNow("fr", 7_200_000)).toBe("dans 2 heures");
});

test("a name is typed in any case, with its sign or without, and not in part", () => {
  const typed = (text: string) =>
    isTypedName(new URLSearchParams({ typed: text }), "alice.test");
  expect([" @Alice.TEST ", "alice.test"].map(typed)).toEqual([true, true]);
  expect(["alice", "", "alice.test2"].map(typed)).toEqual([
    ...[false, false, false],
  ]);
  expect(isTypedName(new URLSearchParams(), "alice.test")).toBe(false);
});
