import { describe, expect, test } from "bun:test";
import { cidOfRaw, formatCid } from "#repo/cid.ts";
import {
  alice,
  blobs,
  bob,
  host,
  PNG,
  reference,
  TEXT,
  upload,
  useBlobs,
} from "./blobs-fixture.ts";

useBlobs();

describe("assertReference", () => {
  const named = (more: object = {}) => ({
    cid: cidOfRaw(PNG),
    mimeType: "image/png",
    sizeBytes: PNG.length,
    path: ["image"],
    ...more,
  });
  const check = (more: object = {}, constraint: object = {}) =>
    blobs.assertReference({ did: alice, reference: named(more), constraint });

  test("is content with what was uploaded", async () => {
    await upload(PNG);
    check();
    check({}, { accept: ["image/*"], maxSizeBytes: PNG.length });
  });

  const rows: [string, object, object, string][] = [
    ["never uploaded", { cid: cidOfRaw(TEXT) }, {}, "BlobNotFound"],
    [
      "of another type than said",
      { mimeType: "image/gif" },
      {},
      "InvalidMimeType",
    ],
    ["of another size than said", { sizeBytes: 5 }, {}, "InvalidSize"],
    ["of a type not wanted", {}, { accept: ["image/gif"] }, "InvalidMimeType"],
    ["larger than wanted", {}, { maxSizeBytes: 5 }, "InvalidSize"],
  ];
  for (const [name, more, constraint, error] of rows) {
    test(`${name}: 400 ${error}`, async () => {
      await upload(PNG);
      expect(() => check(more, constraint)).toThrow(
        expect.objectContaining({ status: 400, error }),
      );
    });
  }

  test("taken down: 400 BlobNotFound", async () => {
    await upload(PNG);
    const subject = { did: alice, cid: cidOfRaw(PNG) };
    host.accountDb.takedowns.putBlob(subject, { ref: "1", createdAtMs: 1 });
    expect(() => check()).toThrow(
      expect.objectContaining({ error: "BlobNotFound" }),
    );
    expect(blobs.findMissing(alice, [cidOfRaw(PNG)])).toEqual(cidOfRaw(PNG));
  });

  test("lets stand what an earlier record says, as after a move", async () => {
    await upload(PNG);
    const asMoved = { mimeType: "image/jpeg", sizeBytes: 77 };
    expect(() => check(asMoved)).toThrow();
    reference("a", [cidOfRaw(PNG)], {
      image: {
        $type: "blob",
        ref: { $link: formatCid(cidOfRaw(PNG)) },
        mimeType: "image/jpeg",
        size: 77,
      },
    });
    check(asMoved);
    expect(() => check({ ...asMoved, sizeBytes: 78 })).toThrow();
  });

  test("findMissing names the first that is gone", async () => {
    await upload(PNG);
    const [png, text] = [cidOfRaw(PNG), cidOfRaw(TEXT)];
    expect(blobs.findMissing(alice, [])).toBeNull();
    expect(blobs.findMissing(alice, [png])).toBeNull();
    expect(blobs.findMissing(alice, [png, text])).toEqual(text);
    expect(blobs.findMissing(bob, [png])).toEqual(png);
  });
});
