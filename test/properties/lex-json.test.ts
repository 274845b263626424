import { describe, expect, test } from "bun:test";
import * as official from "@atproto/lex-json";
import fc from "fast-check";
import { CID } from "multiformats/cid";
import { cidOfCbor, cidOfRaw, formatCid, toLink } from "#repo/cid.ts";
import { encodeDrisl, type LexValue } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { jsonToLex, lexToJson } from "#repo/lex-json.ts";

describe("both ways", () => {
  const leaf = fc.oneof(
    fc.string(),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array().map((bytes) => toLink(cidOfCbor(bytes))),
  );
  const key = fc.string().filter((text) => !text.startsWith("$"));
  const { value: anyValue } = fc.letrec<{ value: LexValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("value"), { maxLength: 6 }),
      fc
        .dictionary(key, tie("value"), { maxKeys: 6 })
        .filter(
          (map) => !Object.hasOwn(map, "__proto__"),
        ) as fc.Arbitrary<LexValue>,
    ),
  }));

  test("a value is the same after JSON text, here and officially", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const json = JSON.stringify(lexToJson(value));
        expect(json).toBe(official.lexStringify(value as never));
        const again = jsonToLex(JSON.parse(json));
        expect(encodeDrisl(again)).toEqual(encodeDrisl(value));
      }),
    );
  });

  test("what the official package refuses when strict is refused", () => {
    const token = fc.constantFrom(
      ...["$type", "$link", "$bytes", "ref", "mimeType", "size", "a"],
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(
          ...[
            "blob",
            "",
            "a/b",
            "nFE=",
            "n FE",
            formatCid(cidOfRaw(new Uint8Array())),
          ],
          ...[0, -1, 1.5, null],
        ),
        fc.array(tie("value"), { maxLength: 2 }),
        fc.dictionary(token, tie("value"), { maxKeys: 4 }),
      ),
    })).value;
    let accepted = 0;
    fc.assert(
      fc.property(json, (input) => {
        let value: LexValue;
        try {
          value = jsonToLex(input);
        } catch (error) {
          expect(error).toBeInstanceOf(BlockError);
          return;
        }
        accepted++;
        expect(official.jsonToLex(input as never, { strict: true })).toEqual(
          withOwnLinks(value) as never,
        );
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(300);
  });
});

/** The official packages bring their own class for links. */
function withOwnLinks(value: LexValue): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withOwnLinks);
  if (value instanceof Uint8Array) return value;
  if (CID.asCID(value))
    return expect.objectContaining({ code: expect.any(Number) });
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withOwnLinks(item)]),
  );
}
