import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TAR_END, type TarEntry, tarFile } from "./tar.ts";

const AT_MS = Date.parse("2026-03-04T05:06:00Z");

async function* inChunks(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}

async function archive(files: readonly [name: string, bytes: Uint8Array][]) {
  const chunks: Uint8Array[] = [];
  for (const [name, bytes] of files) {
    const entry = { name, sizeBytes: bytes.length, modifiedAtMs: AT_MS };
    chunks.push(
      ...(await Array.fromAsync(tarFile(entry, inChunks(bytes, 200)))),
    );
  }
  return Buffer.concat([...chunks, TAR_END]);
}

/** What the system's own program says of it. */
function tar(input: Uint8Array, ...words: string[]) {
  const { stdout, stderr, exitCode } = Bun.spawnSync(["tar", ...words], {
    stdin: input,
    env: { ...process.env, TZ: "UTC", LC_ALL: "C" },
  });
  return { out: stdout.toString(), err: stderr.toString(), exitCode };
}

test("the system's tar lists and unpacks it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tempest-tar-"));
  try {
    const files = [0, 1, 511, 512, 513, 5000].map(
      (size) =>
        [
          `blobs/${String(size).padStart(94, "x")}`,
          crypto.getRandomValues(new Uint8Array(size)),
        ] as [string, Uint8Array],
    );
    const bytes = await archive(files);
    expect(bytes.length % 512).toBe(0);
    const listed = tar(bytes, "-tvf", "-");
    expect(listed).toMatchObject({ err: "", exitCode: 0 });
    const lines = listed.out.trim().split("\n");
    expect(lines).toHaveLength(files.length);
    expect(lines[5]).toMatch(
      /^-rw-r--r-- .* 5000 2026-03-04 05:06 blobs\/x+5000$/,
    );
    expect(tar(bytes, "-xf", "-", "-C", folder)).toMatchObject({ exitCode: 0 });
    for (const [name, content] of files) {
      expect(readFileSync(join(folder, name)).equals(content)).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const headerOf = async (entry: Partial<TarEntry>) => {
  const whole = { name: "a", sizeBytes: 1, modifiedAtMs: 0, ...entry };
  const { value } = await tarFile(whole, inChunks(new Uint8Array(0), 1)).next();
  return value as Uint8Array;
};

test("files of more than eight gibibytes keep their length", async () => {
  for (const sizeBytes of [8 ** 11 - 1, 8 ** 11, 3 * 8 ** 11 + 5]) {
    const header = await headerOf({ sizeBytes });
    // The file itself is left out, which tar says, after it has told the length.
    expect(tar(header, "-tvf", "-").out).toContain(` ${sizeBytes} `);
  }
});

test("content of another length than was said is no archive", async () => {
  const read = (sizeBytes: number) =>
    Array.fromAsync(
      tarFile(
        { name: "a", sizeBytes, modifiedAtMs: 0 },
        inChunks(new Uint8Array(1000), 300),
      ),
    );
  await expect(read(999)).rejects.toThrow(RangeError);
  await expect(read(1001)).rejects.toThrow(RangeError);
  expect(await read(1000)).toBeArray();
});

test("names that do not fit are refused", async () => {
  for (const name of ["", "ä", "a b", "a\n", "x".repeat(101)]) {
    await expect(headerOf({ name })).rejects.toThrow(RangeError);
  }
});
