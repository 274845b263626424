import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSiteFolder } from "./site-folder.ts";

const base = mkdtempSync(join(tmpdir(), "tempest-site-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const root = join(base, "site");
mkdirSync(join(root, "well-known"), { recursive: true });
writeFileSync(join(base, "secret"), "not for the world");
writeFileSync(join(root, ".hidden"), "neither");
const site = createSiteFolder(root);
const textOf = (path: string) => {
  const file = site.find(path);
  return file && new TextDecoder().decode(file.bytes);
};

test("files are found, and found anew when they have changed", () => {
  writeFileSync(join(root, "home.md"), "# One");
  writeFileSync(join(root, "well-known", "security.txt"), "Contact: x");
  expect(textOf("home.md")).toBe("# One");
  expect(textOf("well-known/security.txt")).toBe("Contact: x");
  writeFileSync(join(root, "home.md"), "# Another");
  expect(textOf("home.md")).toBe("# Another");
  rmSync(join(root, "home.md"));
  expect(textOf("home.md")).toBeNull();
});

test("no path leads out, or to what is hidden, large or no file", () => {
  writeFileSync(join(root, "large"), new Uint8Array(1024 * 1024 + 1));
  for (const path of [
    "../secret",
    "well-known/../../secret",
    "/etc/hosts",
    ".hidden",
    "well-known/.hidden",
    "well-known//security.txt",
    "large",
    "well-known",
    "",
    "a".repeat(300),
    "home.md\0",
  ]) {
    expect([path, site.find(path)]).toEqual([path, null]);
  }
  expect(createSiteFolder(join(base, "none")).find("home.md")).toBeNull();
});
