import { describe, expect, test } from "bun:test";
import { cidOfCbor, cidOfRaw, formatCid, toLink } from "./cid.ts";
import type { LexValue } from "./drisl.ts";
import { BlockError } from "./errors.ts";
import { jsonToLex, jsonToRecord, lexToJson } from "./lex-json.ts";

const raw = cidOfRaw(new Uint8Array());
const blob = {
  $type: "blob",
  ref: { $link: formatCid(raw) },
  mimeType: "image/png",
  size: 0,
};

describe("from JSON", () => {
  test("reads links and bytes, padded or not", () => {
    expect(jsonToLex({ $link: formatCid(raw) })).toEqual(toLink(raw));
    for (const text of ["nFE", "nFE="]) {
      expect(jsonToLex({ $bytes: text })).toEqual(Uint8Array.of(0x9c, 0x51));
    }
    expect(jsonToLex({ $bytes: "" })).toEqual(new Uint8Array());
  });

  test("takes -0 for 0", () => {
    expect(Object.is(jsonToLex(JSON.parse("-0")), 0)).toBe(true);
  });

  const refused: [name: string, json: unknown][] = [
    ["a float", 1.5],
    ["an integer of 2^53", 2 ** 53],
    ["undefined", { a: undefined }],
    ["a link that is not alone", { $link: formatCid(raw), a: 1 }],
    ["a link to another hash", { $link: "bafybeigdyrzt5sfp7udm7hu76" }],
    ["bytes that are not alone", { a: 1, $bytes: "" }],
    ["bytes with white space", { $bytes: "nF E=" }],
    ["bytes in base64url", { $bytes: "-_-_" }],
    ["bytes with one character too many", { $bytes: "nFEaa" }],
    ["bytes with too little padding", { $bytes: "nA=" }],
    ["a $type that is empty", { $type: "" }],
    ["a $type that is no text", [{ $type: 1 }]],
    ["a key __proto__", JSON.parse('{"__proto__": {"a": 1}}')],
    ["a blob whose link is of a record", withBlob({ ref: recordLink() })],
    ["a blob of negative size", withBlob({ size: -1 })],
    ["a blob with a field more", withBlob({ alt: "" })],
    ["a blob without a MIME type", withBlob({ mimeType: "png" })],
  ];
  for (const [name, json] of refused) {
    test(`refuses ${name}`, () => {
      expect(() => jsonToLex(json)).toThrow(BlockError);
    });
  }

  test("accepts a blob", () => {
    expect(jsonToLex(blob)).toEqual({ ...blob, ref: toLink(raw) });
  });

  test("refuses nesting beyond 128 without exhausting the stack", () => {
    const nested = (depth: number) =>
      JSON.parse("[".repeat(depth) + "]".repeat(depth)) as unknown;
    expect(() => jsonToLex(nested(128))).not.toThrow();
    expect(() => jsonToLex(nested(129))).toThrow(BlockError);
    expect(() => jsonToLex(nested(10_000))).toThrow(BlockError);
  });

  test("takes only a map for a record", () => {
    expect(jsonToRecord({ a: 1 })).toEqual({ a: 1 });
    for (const json of ["a", null, [], { $bytes: "" }, recordLink()]) {
      expect(() => jsonToRecord(json)).toThrow(BlockError);
    }
  });

  test("leaves its input as it was", () => {
    const json = { list: [{ $bytes: "nFE" }], blob };
    const before = structuredClone(json);
    jsonToLex(json);
    expect(json).toEqual(before);
  });
});

describe("to JSON", () => {
  test("writes links as text and bytes as unpadded base64", () => {
    expect(lexToJson([toLink(raw), Uint8Array.of(0x9c, 0x51)])).toEqual([
      { $link: formatCid(raw) },
      { $bytes: "nFE" },
    ]);
  });

  test("keeps a key __proto__ as data", () => {
    const value = JSON.parse('{"__proto__": [1]}') as LexValue;
    const json = lexToJson(value);
    expect(JSON.stringify(json)).toBe('{"__proto__":[1]}');
    expect(Array.isArray(json)).toBe(false);
  });
});

function withBlob(fields: Record<string, unknown>) {
  return { image: { ...blob, ...fields } };
}

function recordLink() {
  return { $link: formatCid(cidOfCbor(Uint8Array.of(1))) };
}
