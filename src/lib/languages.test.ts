import { expect, test } from "bun:test";
import {
  bytesInWords,
  dayInWords,
  isLanguage,
  LANGUAGES,
  momentInWords,
  numberInWords,
} from "./languages.ts";

const AT_MS = Date.UTC(2026, 10, 6, 8, 5, 59);

test.each([
  ["en", "6 Nov 2026, 08:05 UTC", "6 Nov", "1,234.5", "1.23 MB", "999 B"],
  ["de", "6. Nov. 2026, 08:05 UTC", "6. Nov.", "1.234,5", "1,23 MB", "999 B"],
  ["fr", "6 nov. 2026, 08:05 UTC", "6 nov.", "1 234,5", "1,23 Mo", "999 o"],
] as const)("%s writes times, numbers and sizes in its own way", (...row) => {
  const [language, moment, day, number, size, small] = row;
  expect(momentInWords(AT_MS, language)).toBe(moment);
  expect(dayInWords(AT_MS, language)).toBe(day);
  // Whichever space keeps the thousands apart.
  const plainly = numberInWords(1234.5, language, 1).replace(/\s/g, " ");
  expect(plainly).toBe(number);
  expect(bytesInWords(1_234_567, language)).toBe(size);
  expect(bytesInWords(999, language)).toBe(small);
});

test("sizes have three figures, and go on where units end", () => {
  expect(
    [0, 999.4, 999.6, 12_345, 123_456, 999_499, 999_500].map((bytes) =>
      bytesInWords(bytes, "en"),
    ),
  ).toEqual([
    "0 B",
    "999 B",
    "1.00 KB",
    "12.3 KB",
    "123 KB",
    "999 KB",
    "1.00 MB",
  ]);
  expect(bytesInWords(5e15, "en")).toBe("5,000 TB");
});

test("only codes of the table are languages", () => {
  expect(LANGUAGES.every(isLanguage)).toBe(true);
  for (const code of ["", "EN", "de-AT", "__proto__", "constructor"])
    expect(isLanguage(code)).toBe(false);
});
