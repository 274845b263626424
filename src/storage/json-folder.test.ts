import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { OperatorError } from "#lib/errors.ts";
import { readJsonFiles } from "./json-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-json-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function put(name: string, text = "{}"): Promise<void> {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  await Bun.write(path, text);
}

test("reads all JSON files below, by name, and nothing else", async () => {
  await put("b.json", "[1]");
  await put("com/example/a.json", "[2]");
  await put("README.md");
  await put(".hidden/x.json");
  await put("node_modules/x.json");
  await put("com/.x.json");
  symlinkSync(folder, join(folder, "loop"));
  expect(readJsonFiles(folder)).toEqual([
    { path: join(folder, "b.json"), text: "[1]" },
    { path: join(folder, "com/example/a.json"), text: "[2]" },
  ]);
});

test("refuses a folder that isn't there, and a file beyond all measure", async () => {
  const missing = join(folder, "none");
  expect(() => readJsonFiles(missing)).toThrow(OperatorError);
  expect(() => readJsonFiles(missing)).toThrow(missing);
  await put("large.json", "x".repeat(5 * 1024 * 1024));
  expect(() => readJsonFiles(folder)).toThrow("large.json");
});
