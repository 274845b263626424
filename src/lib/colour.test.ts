import { expect, test } from "bun:test";
import {
  BLACK,
  type Colour,
  contrastOf,
  formatColour,
  parseColour,
  toReadable,
  WHITE,
} from "./colour.ts";

test("colours are read in both lengths and written in the long one", () => {
  expect(formatColour(parseColour("#0bF")!)).toBe("#00bbff");
  expect(parseColour("#00BBFF")).toEqual([0, 187, 255]);
  for (const text of ["", "red", "#12", "#12345", "#12345678", "0bf"]) {
    expect(parseColour(text)).toBeNull();
  }
});

test("contrast is that of the recommendation", () => {
  expect(contrastOf(WHITE, BLACK)).toBeCloseTo(21, 5);
  expect(contrastOf(BLACK, BLACK)).toBe(1);
  // The grey that is known for just passing.
  expect(contrastOf(parseColour("#767676")!, WHITE)).toBeCloseTo(4.54, 2);
});

test("every colour is made readable, and one that is stays as it is", () => {
  const dark: Colour[] = [
    [15, 18, 21],
    [24, 28, 32],
  ];
  for (let value = 0; value < 0x1000; value += 7) {
    const colour = parseColour(`#${value.toString(16).padStart(3, "0")}`)!;
    for (const papers of [dark, [WHITE]]) {
      const readable = toReadable(colour, papers, 4.5);
      for (const paper of papers) {
        expect(contrastOf(readable, paper)).toBeGreaterThanOrEqual(4.5);
      }
    }
  }
  expect(toReadable([0, 0, 139], [WHITE], 4.5)).toEqual([0, 0, 139]);
});
