import { beforeEach, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename } from "node:path";
import { XrpcError } from "#lib/errors.ts";
import type { Did } from "#repo/syntax.ts";
import {
  bob,
  files,
  make,
  reopen,
  stores,
  useStores,
} from "./actor-stores-fixture.ts";
import { alice, block, change, revOf } from "./repo-fixture.ts";

useStores();

function refusal(run: () => unknown): XrpcError {
  try {
    run();
  } catch (error) {
    if (error instanceof XrpcError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

describe("damage concerns one account", () => {
  beforeEach(() => {
    make(alice).apply(change(1));
    make(bob).apply(change(1));
    stores.close();
  });

  function fileOf(did: Did): string {
    const hash = new Bun.CryptoHasher("sha256").update(did).digest("hex");
    return files().find((path) => basename(path).startsWith(hash))!;
  }

  function expectUnusable(did: Did): void {
    expect(refusal(() => stores.find(did)).error).toBe("ServiceUnavailable");
    expect(refusal(() => stores.snapshot(did)).status).toBe(503);
    expect(stores.find(bob)?.head()?.rev).toBe(revOf(1));
  }

  test("a file closed off stays so until restart", () => {
    stores.quarantine(alice, "disagrees with the log");
    expectUnusable(alice);
    expect(refusal(() => stores.create(alice, 1)).status).toBe(503);
    stores.close();
    reopen();
    expect(stores.find(alice)?.head()?.rev).toBe(revOf(1));
  });

  test("a file that is no database", () => {
    writeFileSync(fileOf(alice), "x".repeat(5000));
    expectUnusable(alice);
    expect(readFileSync(fileOf(alice), "utf8")).toBe("x".repeat(5000));
  });

  test("a file cut short", () => {
    const path = fileOf(alice);
    truncateSync(path, 4096);
    expect(
      refusal(() => stores.find(alice)!.getBlock(block("commit 1").cid)).status,
    ).toBe(503);
    expectUnusable(alice);
  });

  test("a file of another account under this one's name", () => {
    copyFileSync(fileOf(bob), fileOf(alice));
    expectUnusable(alice);
  });

  test("a file of another generation", () => {
    copyFileSync(fileOf(alice), fileOf(alice).replace(".1.", ".2."));
    expect(refusal(() => stores.findGeneration(alice, 2)).status).toBe(503);
  });

  test("a file of a newer version, untouched", () => {
    const path = fileOf(alice);
    const bytes = readFileSync(path);
    bytes.writeUInt32BE(99, 60);
    writeFileSync(path, bytes);
    expectUnusable(alice);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });
});
