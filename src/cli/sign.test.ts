import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner, verifySignature } from "#repo/signer.ts";
import { EXIT } from "./command.ts";
import { runSign } from "./sign.ts";

const folder = mkdtempSync(join(tmpdir(), "tempest-sign-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function sign(content: string, curve?: string) {
  const path = join(folder, "key.hex");
  writeFileSync(path, content);
  let out = "";
  const code = await runSign({
    args: ["a text"],
    flags: new Map([
      ["key", path],
      ...(curve ? [["curve", curve] as const] : []),
    ]),
    settings: {},
    terminal: { out: (text) => void (out += text), err() {} },
  });
  return { code, out };
}

for (const curve of ["k256", "p256"] as const) {
  test(`signs with a key of ${curve}, so that its did:key tells it`, async () => {
    const key = generatePrivateKey(curve);
    const { code, out } = await sign(
      `${Buffer.from(key).toString("hex")}\n`,
      curve,
    );
    expect(code).toBe(EXIT.ok);
    const { didKey } = createSigner(curve, key);
    const signature = Buffer.from(out.trim(), "base64url");
    expect(verifySignature(didKey, Buffer.from("a text"), signature)).toBe(
      true,
    );
    expect(verifySignature(didKey, Buffer.from("a test"), signature)).toBe(
      false,
    );
  });
}

test("says what is wrong with a file that holds no key", async () => {
  await expect(sign("not a key")).rejects.toThrow(
    "does not hold a private key",
  );
  await expect(sign("0".repeat(64))).rejects.toThrow("can't be used");
});
