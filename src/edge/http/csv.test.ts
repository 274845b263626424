import { expect, test } from "bun:test";
import { type CsvCell, csvResponse } from "./csv.ts";

const textOf = (rows: readonly CsvCell[]) =>
  csvResponse({
    name: "list",
    columns: { cell: (cell: CsvCell) => cell },
    page: () => ({ rows, next: null }),
  }).text();

test("quotes texts, and leaves numbers and nothing as they are", async () => {
  expect(await textOf(['say "hi", you', "two\nlines", -5, true, null])).toBe(
    '"cell"\r\n"say ""hi"", you"\r\n"two\nlines"\r\n-5\r\ntrue\r\n\r\n',
  );
});

test.each([
  ["=1+1", "'=1+1"],
  ["+49 30", "'+49 30"],
  ["-2", "'-2"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", "\t'=1"],
  ["  =1", "  '=1"],
  ["＝1", "'＝1"],
  ["a;=cmd|' /C calc'!A0", "a;'=cmd|' /C calc'!A0"],
  ["a\n@x", "a\n'@x"],
  ["a=b@c.test", "a=b@c.test"],
])("makes a formula a text: %j", async (text, harmless) => {
  expect(await textOf([text])).toBe(`"cell"\r\n"${harmless}"\r\n`);
});

test("reads a page when the one before is taken, and no further than wanted", async () => {
  let reads = 0;
  const { body } = csvResponse({
    name: "list",
    columns: { n: (n: number) => n },
    page(cursor) {
      reads++;
      return { rows: [Number(cursor)], next: String(Number(cursor) + 1) };
    },
  });
  const reader = body!.getReader();
  const chunks = [];
  for (let i = 0; i < 4; i++) {
    chunks.push(new TextDecoder().decode((await reader.read()).value));
  }
  expect(chunks).toEqual(['"n"\r\n', "0\r\n", "1\r\n", "2\r\n"]);
  await reader.cancel();
  expect(reads).toBeLessThanOrEqual(4);
});

test("breaks off where a page can't be read", async () => {
  const response = csvResponse({
    name: "list",
    columns: { n: (n: number) => n },
    page(cursor) {
      if (cursor !== null) throw new Error("the disk is gone");
      return { rows: [1], next: "2" };
    },
  });
  await expect(response.text()).rejects.toThrow("the disk is gone");
});
