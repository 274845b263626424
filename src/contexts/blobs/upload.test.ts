import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { cidOfRaw, formatCid } from "#repo/cid.ts";
import type { Did } from "#repo/syntax.ts";
import type { Caller } from "#contexts/security/caller.ts";
import {
  alice,
  anyone,
  as,
  contentOf,
  get,
  host,
  owner,
  PNG,
  reference,
  TEXT,
  upload,
  useBlobs,
} from "./blobs-fixture.ts";

useBlobs();

describe("uploadBlob", () => {
  test("answers a reference that names what was stored", async () => {
    const { blob } = await upload(PNG, { contentType: "image/jpeg" });
    expect(blob).toEqual({
      $type: "blob",
      ref: { $link: formatCid(cidOfRaw(PNG)) },
      mimeType: "image/png",
      size: PNG.length,
    });
    const stored = await get(cidOfRaw(PNG), owner);
    expect(stored).toMatchObject({
      sizeBytes: PNG.length,
      mimeType: "image/png",
    });
    expect(await contentOf(stored)).toEqual(PNG);
  });

  test("takes an empty file, one of the largest size, and one of unknown length", async () => {
    const empty = new Uint8Array(0);
    expect((await upload(empty, { contentType: null })).blob).toMatchObject({
      size: 0,
      mimeType: "application/octet-stream",
    });
    const largest = new Uint8Array(1000);
    expect((await upload(largest)).blob.size).toBe(1000);
    expect((await upload(TEXT, { contentLength: null })).blob.size).toBe(5);
  });

  test("is open to deactivated accounts, app passwords and service tokens", async () => {
    host.accountDb.accounts.update(alice, { deactivatedAtMs: 1 });
    const callers: Caller[] = [
      owner,
      as(alice, "appPass"),
      { kind: "service", did: alice, aud: "did:web:here", lxm: null },
    ];
    for (const caller of callers) {
      expect((await upload(TEXT, { caller })).blob.size).toBe(5);
    }
  });

  test("the same again gives a new type while no record names the blob", async () => {
    await upload(TEXT, { contentType: "text/plain" });
    const again = await upload(TEXT, { contentType: "text/vtt" });
    expect(again.blob.mimeType).toBe("text/vtt");
    reference("a", [cidOfRaw(TEXT)]);
    const late = await upload(TEXT, { contentType: "text/css" });
    expect(late.blob.mimeType).toBe("text/vtt");
    expect((await get(cidOfRaw(TEXT))).mimeType).toBe("text/vtt");
  });

  test("brings back a file that was lost", async () => {
    await upload(TEXT);
    await host.blobStore.remove(alice, cidOfRaw(TEXT));
    await upload(TEXT);
    expect(await contentOf(await get(cidOfRaw(TEXT), owner))).toEqual(TEXT);
  });

  const refused: [string, () => Promise<unknown>, number, string][] = [
    [
      "announced too large",
      () => upload(TEXT, { contentLength: 1001 }),
      413,
      "PayloadTooLarge",
    ],
    [
      "too large",
      () => upload(new Uint8Array(1001), { contentLength: null }),
      413,
      "PayloadTooLarge",
    ],
    [
      "shorter than announced",
      () => upload(TEXT, { contentLength: 6 }),
      400,
      "InvalidRequest",
    ],
    [
      "longer than announced",
      () => upload(TEXT, { contentLength: 4 }),
      400,
      "InvalidRequest",
    ],
    ["from nobody", () => upload(TEXT, { caller: anyone }), 403, "Forbidden"],
    [
      "from the operator",
      () => upload(TEXT, { caller: { kind: "admin" } }),
      403,
      "Forbidden",
    ],
    [
      "from an unknown account",
      () => upload(TEXT, { caller: as("did:plc:none" as Did) }),
      403,
      "AccountNotFound",
    ],
    [
      "from an account taken down",
      () => {
        host.accountDb.accounts.update(alice, { takedownAtMs: 1 });
        return upload(TEXT);
      },
      401,
      "AccountTakedown",
    ],
    [
      "of a blob taken down",
      () => {
        const subject = { did: alice, cid: cidOfRaw(TEXT) };
        const takedown = { ref: "1", createdAtMs: 1 };
        host.accountDb.takedowns.putBlob(subject, takedown);
        return upload(TEXT);
      },
      400,
      "InvalidRequest",
    ],
  ];
  for (const [name, act, status, error] of refused) {
    test(`${name}: ${status} ${error}, and nothing stays`, async () => {
      await expect(act()).rejects.toMatchObject({ status, error });
      expect(await host.blobStore.listAll(alice)).toEqual([]);
      expect(readdirSync(join(host.folder, "blobs/temporary"))).toEqual([]);
      expect(host.accountDb.blobs.count(alice)).toBe(0);
    });
  }
});
