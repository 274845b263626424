import { expect, test } from "bun:test";
import { createFakeClock } from "#lib/clock.ts";
import { createLendingRule, type LendingMode } from "./rule.ts";

const clock = createFakeClock();
const create = (mode: LendingMode, maxRecent = 2) =>
  createLendingRule({ mode, maxRecent, clock });

test("files are lent while fifty are opened in a second", () => {
  const rule = create("auto");
  const isOnAfter = (opens: number) => {
    for (let i = 0; i < opens; i++) rule.noteOpened();
    return rule.isOn();
  };
  expect(isOnAfter(0)).toBe(false);
  expect(isOnAfter(25)).toBe(false);
  clock.advance(600);
  expect(isOnAfter(24)).toBe(false);
  expect(isOnAfter(1)).toBe(true);
  clock.advance(400);
  expect(rule.isOn()).toBe(false);
  // Those that are lent count too, or it would end by itself.
  for (let i = 0; i < 25; i++) rule.noteLent(`file ${i}`);
  expect(rule.isOn()).toBe(true);
  clock.advance(1000);
  expect(rule.isOn()).toBe(false);
});

test("files are lent always or never, where that is asked for", () => {
  expect(create("on").isOn()).toBe(true);
  const off = create("off");
  for (let i = 0; i < 100; i++) off.noteOpened();
  expect(off.isOn()).toBe(false);
});

test("a file that was lent a moment ago is told once, among as many as stay open", () => {
  const rule = create("on", 2);
  for (const key of ["a", "b", "c"]) rule.noteLent(key);
  const taken = ["a", "b", "b", "c"].map((key) => rule.takeRecent(key));
  expect(taken).toEqual([false, true, false, true]);
});
