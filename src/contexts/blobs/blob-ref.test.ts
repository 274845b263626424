import { describe, expect, test } from "bun:test";
import { cidOfRaw, formatCid } from "#repo/cid.ts";
import { jsonToRecord } from "#repo/lex-json.ts";
import {
  isAccepted,
  listBlobReferences,
  parseBlobReferences,
  uniqueCids,
} from "./blob-ref.ts";

const cidA = cidOfRaw(new Uint8Array([1]));
const cidB = cidOfRaw(new Uint8Array([2]));
const blob = (cid: Uint8Array, size = 1) => ({
  $type: "blob",
  ref: { $link: formatCid(cid) },
  mimeType: "image/png",
  size,
});
const legacy = { cid: formatCid(cidB), mimeType: "image/png" };

describe("references of a record", () => {
  test("are found wherever they are, in order", () => {
    const record = jsonToRecord({
      $type: "com.example.a",
      first: blob(cidA),
      list: [[{ deep: blob(cidB, 7) }], blob(cidA)],
      "a/b": blob(cidA),
      link: { $link: formatCid(cidB) },
      bytes: { $bytes: "AAAA" },
    });
    const found = parseBlobReferences(record);
    expect(found.map(({ path }) => path)).toEqual([
      ["first"],
      ["list", "0", "0", "deep"],
      ["list", "1"],
      ["a/b"],
    ]);
    expect(found[1]).toMatchObject({
      cid: cidB,
      mimeType: "image/png",
      sizeBytes: 7,
    });
    expect(uniqueCids(found)).toEqual([cidA, cidB]);
  });

  test("a record without any has none", () => {
    expect(parseBlobReferences(jsonToRecord({ text: "x" }))).toEqual([]);
  });

  test("the old shape is read but not written", () => {
    const record = jsonToRecord({ $type: "com.example.a", image: legacy });
    expect(() => parseBlobReferences(record)).toThrow(
      "Legacy blob reference at image",
    );
    expect(listBlobReferences(record)).toEqual([
      { cid: cidB, mimeType: "image/png", sizeBytes: null, path: ["image"] },
    ]);
  });

  test("what just resembles the old shape is data", () => {
    const record = jsonToRecord({
      more: { ...legacy, size: 4 },
      text: { cid: "not a cid", mimeType: "image/png" },
      none: { mimeType: "image/png" },
    });
    expect(parseBlobReferences(record)).toEqual([]);
  });
});

test("accepted media types", () => {
  const rows: [string, string[], boolean][] = [
    ["image/png", ["image/png", "image/jpeg"], true],
    ["image/webp", ["image/png", "image/jpeg"], false],
    ["image/webp", ["image/*"], true],
    ["imagex/webp", ["image/*"], false],
    ["video/mp4", ["image/*", "*/*"], true],
    ["video/mp4", [], false],
  ];
  for (const [mimeType, accept, isFine] of rows) {
    expect(isAccepted(mimeType, accept)).toBe(isFine);
  }
});
