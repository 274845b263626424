import { describe, expect, test } from "bun:test";
import * as lexCbor from "@atproto/lex-cbor";
import * as dagCbor from "@ipld/dag-cbor";
import fc from "fast-check";
import { CID } from "multiformats/cid";
import { cidOfCbor, cidOfRaw, toLink } from "#repo/cid.ts";
import {
  decodeDrisl,
  decodeFirst,
  encodeDrisl,
  type LexValue,
} from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";

/**
 * Any text but the byte order mark: the official packages drop it at the start
 * of a text as they decode, so that nothing could be compared (see "the
 * specification rules").
 */
const anyText = (maxLength: number) =>
  fc
    .string({ unit: "binary", maxLength })
    .map((text) => text.replaceAll("\ufeff", ""));

const text = anyText(40);
const key = fc.oneof(
  fc.string({ unit: "grapheme-ascii", maxLength: 30 }),
  anyText(6),
);
// Sizes on both sides of each length of a head.
const longText = fc
  .tuple(fc.constantFrom("a", "é", "€", "😀"), fc.constantFrom(23, 24, 64, 128))
  .chain(([unit, count]) =>
    fc.integer({ min: -2, max: 2 }).map((more) => unit.repeat(count + more)),
  );
const int = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -300, max: 300 }),
  fc
    .tuple(
      fc.constantFrom(2 ** 16, 2 ** 32, -(2 ** 16), -(2 ** 32)),
      fc.integer({ min: -2, max: 2 }),
    )
    .map(([edge, more]) => edge + more),
);
const bytes = fc.uint8Array({ maxLength: 300 });
const link = fc
  .tuple(fc.boolean(), bytes)
  .map(([raw, content]) =>
    toLink(raw ? cidOfRaw(content) : cidOfCbor(content)),
  );

const { value: lexValue } = fc.letrec<{ value: LexValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(text, longText, int, fc.boolean(), fc.constant(null), bytes, link),
    fc.array(tie("value"), { maxLength: 30 }),
    fc.dictionary(key, tie("value"), { maxKeys: 30 }) as fc.Arbitrary<LexValue>,
  ),
}));

function accepts(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array) {
  try {
    decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

describe("encoding", () => {
  test("gives the bytes of both official packages", () => {
    fc.assert(
      fc.property(lexValue, (value) => {
        const encoded = Buffer.from(encodeDrisl(value)).toString("hex");
        expect(encoded).toBe(
          Buffer.from(dagCbor.encode(value)).toString("hex"),
        );
        expect(encoded).toBe(
          Buffer.from(lexCbor.encode(value as never)).toString("hex"),
        );
      }),
      { numRuns: 500 },
    );
  });

  test("does not depend on the order in which keys were added", () => {
    const map = fc.dictionary(key, int, { maxKeys: 60, minKeys: 2 });
    fc.assert(
      fc.property(map, (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(encodeDrisl(reversed)).toEqual(encodeDrisl(value));
      }),
    );
  });

  test("comes back from decoding as it was", () => {
    fc.assert(
      fc.property(lexValue, (value) => {
        const encoded = encodeDrisl(value);
        const decoded = decodeDrisl(encoded);
        expect(decoded).toEqual(dagCbor.decode(encoded));
        expect(encodeDrisl(decoded)).toEqual(encoded);
      }),
      { numRuns: 300 },
    );
  });

  test("refuses every value that an official package refuses", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      withObjectString: true,
    });
    let accepted = 0;
    fc.assert(
      fc.property(anything, (value) => {
        if (!accepts(encodeDrisl as never, value as never)) return;
        accepted++;
        const encoded = encodeDrisl(value as LexValue);
        expect(encoded).toEqual(dagCbor.encode(value));
        expect(encoded).toEqual(lexCbor.encode(value as never));
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});

// Bytes that begin something: heads of each type, in short and long forms,
// reserved and indefinite lengths, floats, simple values and tags.
const strange = fc.constantFrom(
  ...hex(
    "00 17 18 19 1a 1b 1c 1f 20 38 40 58 5f 60 61 78 7f 80 81 98 9f" +
      "a0 a1 b8 bf c0 d8 da 2a f4 f5 f6 f7 f8 f9 fa fb ff",
  ),
);

/** A valid encoding with a few bytes changed, cut out or put in. */
const damaged = fc
  .tuple(
    lexValue,
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom("change", "cut", "insert", "end"),
        fc.oneof(strange, fc.integer({ min: 0, max: 255 })),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([value, edits]) => {
    const content = [...encodeDrisl(value)];
    for (const [position, edit, byte] of edits) {
      const at = position % (content.length + 1);
      if (edit === "change") content[at] = byte;
      else if (edit === "cut") content.splice(at, 1);
      else if (edit === "insert") content.splice(at, 0, byte);
      else content.length = at;
    }
    return Uint8Array.from(content);
  });

/** Few types and short: random bytes of this kind are often almost valid. */
const noise = fc
  .array(fc.oneof(strange, fc.integer({ min: 0, max: 255 })), { maxLength: 12 })
  .map((content) => Uint8Array.from(content));

describe("decoding", () => {
  test("accepts only what both official packages accept, in its one encoding", () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(damaged, noise), (input) => {
        let value: LexValue;
        try {
          value = decodeDrisl(input);
        } catch (error) {
          // No input, however broken, may cause any other error.
          expect(error).toBeInstanceOf(BlockError);
          return;
        }
        accepted++;
        expect(encodeDrisl(value)).toEqual(input);
        expect(value).toEqual(dagCbor.decode(input));
        expect(accepts(lexCbor.decode, input)).toBe(true);
      }),
      { numRuns: 5000 },
    );
    // Otherwise the property would hold for a decoder that refuses all.
    expect(accepted).toBeGreaterThan(100);
  });

  test("accepts all that the official packages encode", () => {
    fc.assert(
      fc.property(lexValue, (value) => {
        expect(decodeDrisl(dagCbor.encode(value))).toEqual(
          dagCbor.decode(dagCbor.encode(value)),
        );
      }),
      { numRuns: 300 },
    );
  });

  test("of the first value says where the second starts", () => {
    fc.assert(
      fc.property(lexValue, lexValue, (first, second) => {
        const head = encodeDrisl(first);
        const both = Buffer.concat([head, encodeDrisl(second)]);
        const [value, offset] = decodeFirst(both);
        expect(offset).toBe(head.length);
        expect(encodeDrisl(value)).toEqual(head);
      }),
    );
  });
});

/**
 * Where an official package is lenient the specification rules: one case each,
 * with the package that accepts it.
 */
describe("the specification rules over lenient packages:", () => {
  const bothDecode: [name: string, input: string][] = [
    ["keys out of order are refused", "a2 6162 01 6161 02"],
    ["a longer key before a shorter one is refused", "a2 626161 01 6162 02"],
    ["undefined is refused, not read as null", "f7"],
    ["undefined in a map is refused", "a1 6161 f7"],
    ["a float is refused", "fb 3ff8000000000000"],
    ["a float that is a whole number is refused", "fb 3ff0000000000000"],
    ["a half-precision float is refused", "f9 3e00"],
    ["text that is not UTF-8 is refused", "61 ff"],
    ["an encoded surrogate is refused", "63 eda080"],
    ["an overlong encoding is refused", "62 c080"],
    ["a key that is not UTF-8 is refused", "a1 61ff 01"],
    ["an integer of 2^53 is refused", "1b 0020000000000000"],
    ["an integer of -2^53 is refused", "3b 001fffffffffffff"],
  ];
  for (const [name, input] of bothDecode) {
    test(name, () => {
      expect(accepts(dagCbor.decode, hex(input))).toBe(true);
      expect(accepts(lexCbor.decode, hex(input))).toBe(true);
      expect(() => decodeDrisl(hex(input))).toThrow(BlockError);
    });
  }

  test("a link to a hash other than SHA-256 is refused", () => {
    const identity = CID.decode(hex("01 55 00 04 61626364"));
    const sha512 = CID.decode(
      Buffer.concat([hex("01 71 13 40"), Buffer.alloc(64)]),
    );
    for (const cid of [identity, sha512]) {
      const encoded = dagCbor.encode({ a: cid });
      expect(accepts(dagCbor.decode, encoded)).toBe(true);
      expect(() => decodeDrisl(encoded)).toThrow(BlockError);
      expect(() => encodeDrisl({ a: cid })).toThrow(BlockError);
    }
  });

  test("nesting deeper than 128 is refused, not a matter of the stack", () => {
    const nested = (depth: number) =>
      Uint8Array.from([...new Array<number>(depth).fill(0x81), 0xf6]);
    expect(accepts(dagCbor.decode, nested(1000))).toBe(true);
    expect(() => decodeDrisl(nested(129))).toThrow(BlockError);
    expect(() => decodeDrisl(nested(1_000_000))).toThrow(BlockError);
    expect(accepts(decodeDrisl, nested(128))).toBe(true);
  });

  test("a float is not encoded", () => {
    expect(accepts(dagCbor.encode as never, 1.5 as never)).toBe(true);
    expect(() => encodeDrisl(1.5)).toThrow(BlockError);
    expect(() => encodeDrisl({ a: [Number.NaN] })).toThrow(BlockError);
    expect(() => encodeDrisl(2 ** 53)).toThrow(BlockError);
  });

  test("a property that is undefined is refused, not left out", () => {
    const value = { a: undefined, b: 1 } as never;
    expect(accepts(lexCbor.encode as never, value)).toBe(true);
    expect(() => encodeDrisl(value)).toThrow(BlockError);
  });

  test("an unpaired surrogate is refused, not replaced", () => {
    for (const text of ["\ud800", "a\udc00b", "x".repeat(100) + "\ud83d"]) {
      expect(accepts(dagCbor.encode as never, text as never)).toBe(true);
      expect(() => encodeDrisl(text)).toThrow(BlockError);
      expect(() => encodeDrisl({ [text]: 1 })).toThrow(BlockError);
    }
  });

  test("a byte order mark at the start of a text is kept, not dropped", () => {
    for (const text of ["\ufeff", "\ufeffa", `\ufeff${"x".repeat(100)}`]) {
      const encoded = encodeDrisl({ [text]: text });
      expect(dagCbor.decode(encoded)).not.toEqual({ [text]: text });
      expect(lexCbor.decode(encoded) as unknown).not.toEqual({ [text]: text });
      expect(decodeDrisl(encoded)).toEqual({ [text]: text });
    }
  });

  test("an object that is no plain map is refused", () => {
    for (const value of [new Map([["a", 1]]), 1n, new Uint16Array(2)]) {
      expect(accepts(dagCbor.encode as never, value as never)).toBe(true);
      expect(() => encodeDrisl(value as never)).toThrow(BlockError);
    }
  });
});
