import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "#config.ts";
import { OperatorError } from "#lib/errors.ts";
import { createBrand } from "#edge/web/brand.ts";
import { readBrand } from "./brand.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-brand-"));
  writeFileSync(join(folder, "logo.svg"), "<svg/>");
  writeFileSync(join(folder, "logo.txt"), "no picture");
  writeFileSync(join(folder, "large.png"), new Uint8Array(300_000));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function brandOf(env: Record<string, string>) {
  const { config } = loadConfig({ mode: "dev", env });
  return createBrand({ ...config, ...readBrand(config) });
}

async function styleOf(env: Record<string, string>): Promise<string> {
  const brand = brandOf(env);
  return (await brand.serve(brand.stylesheet!)?.text()) ?? "";
}

test("without colours there is no style sheet, and no picture", () => {
  const brand = brandOf({});
  expect(brand.stylesheet).toBeNull();
  expect(brand.logo()).toBeNull();
  expect(brand.imageSources()).toBe("");
});

test("the reference's names colour the pages, and dark paper gets a lighter shade", async () => {
  const css = await styleOf({
    PDS_PRIMARY_COLOR: "#804000",
    PDS_ERROR_COLOR: "#ff0000",
    PDS_BACKGROUND_LIGHT_URL: "https://cdn.test/a(b).png",
  });
  expect(css).toMatch(
    /^:root\{--accent:#804000;--focus:#804000;--on-accent:#ffffff;--bad:/,
  );
  expect(css).toMatch(/dark\)\{:root\{--accent:#(?!804000)/);
  expect(css).toContain('url("https://cdn.test/a%28b%29.png")');
});

test("a colour that can't be read is refused with one that can", () => {
  for (const [env, sentence] of [
    [{ PDS_PRIMARY_COLOR: "#ffcc00" }, /on light paper .* #[0-9a-f]{6} is/],
    [{ TEMPEST_PRIMARY_COLOR_DARK: "#222" }, /on dark paper/],
  ] as const) {
    expect(() => brandOf(env as never)).toThrow(sentence);
    expect(() => brandOf(env as never)).toThrow(OperatorError);
  }
  expect(() => brandOf({ PDS_PRIMARY_COLOR: "blue" })).toThrow("settings");
});

test("a picture is a file of ours or a place elsewhere", async () => {
  const path = join(folder, "logo.svg");
  const own = brandOf({
    TEMPEST_LOGO_FILE: path,
    PDS_LOGO_URL: "https://x.test/l.png",
  });
  const answer = own.serve(own.logo()!)!;
  expect(await answer.text()).toBe("<svg/>");
  expect(answer.headers.get("content-security-policy")).toContain("sandbox");
  expect(own.imageSources()).toBe("");
  const other = brandOf({ PDS_LOGO_URL: "https://x.test/l.png" });
  expect(other.logo()).toBe("https://x.test/l.png");
  expect(other.imageSources()).toBe(" https://x.test");
  for (const [name, sentence] of [
    ["logo.txt", "no picture"],
    ["gone.png", "can't be read"],
    ["large.png", "larger than 256 KB"],
  ] as const) {
    const env = { TEMPEST_LOGO_FILE: join(folder, name) };
    expect(() => brandOf(env)).toThrow(sentence);
  }
});
