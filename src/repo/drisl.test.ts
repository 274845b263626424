import { describe, expect, test } from "bun:test";
import { cidOfCbor, cidOfRaw, toLink } from "./cid.ts";
import {
  CborReader,
  CborWriter,
  decodeDrisl,
  decodeFirst,
  encodeDrisl,
  type LexMap,
} from "./drisl.ts";
import { BlockError } from "./errors.ts";

const link = cidOfRaw(new Uint8Array());

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

describe("encoding", () => {
  test("sorts keys by length, then bytewise", () => {
    const keys = ["b", "aa", "a", "", "ba", "ab"];
    const value = Object.fromEntries(keys.map((key) => [key, null]));
    expect(Object.keys(decodeDrisl(encodeDrisl(value)) as LexMap)).toEqual([
      "",
      "a",
      "b",
      "aa",
      "ab",
      "ba",
    ]);
  });

  test("sorts keys as UTF-8 and not as UTF-16", () => {
    // U+FF61 is three bytes, U+1F600 four; as UTF-16, U+1F600 is the lower one.
    // "ｅe" and U+1F600 are both four bytes.
    const value = { "\uFF61e": 1, "\u{1F600}": 2, "\uFF61": 3 };
    expect(hex(encodeDrisl(value))).toBe(
      "a3" + "63efbda103" + "64efbda16501" + "64f09f988002",
    );
  });

  test("writes each integer in its shortest form", () => {
    const cases: [number, string][] = [
      [0, "00"],
      [-0, "00"],
      [23, "17"],
      [24, "1818"],
      [255, "18ff"],
      [256, "190100"],
      [65536, "1a00010000"],
      [2 ** 32, "1b0000000100000000"],
      [Number.MAX_SAFE_INTEGER, "1b001fffffffffffff"],
      [-1, "20"],
      [-25, "3818"],
      [Number.MIN_SAFE_INTEGER, "3b001ffffffffffffe"],
    ];
    for (const [value, expected] of cases) {
      expect(hex(encodeDrisl(value))).toBe(expected);
      expect(decodeDrisl(fromHex(expected))).toBe(value + 0);
    }
  });

  test("finds the head of a text that is not ASCII", () => {
    // Lengths at which characters and bytes need heads of different sizes.
    for (const count of [1, 11, 12, 23, 24, 127, 128, 255, 21_846, 32_768]) {
      for (const character of ["é", "€", "😀"]) {
        const text = character.repeat(count);
        const expected = new CborWriter();
        expected.head(3, Buffer.byteLength(text));
        expected.raw(Buffer.from(text));
        expect(Buffer.compare(encodeDrisl(text), expected.finish())).toBe(0);
        expect(decodeDrisl(encodeDrisl(text)) === text).toBe(true);
      }
    }
  });

  test("grows its buffer and gives it up when it grew large", () => {
    const large = { bytes: new Uint8Array(3_000_000).fill(7), text: "x" };
    expect(decodeDrisl(encodeDrisl(large))).toEqual(large);
    expect(hex(encodeDrisl({ a: 1 }))).toBe("a1616101");
  });

  test("gives a result that later calls leave alone", () => {
    const first = encodeDrisl("first");
    encodeDrisl("other");
    expect(decodeDrisl(first)).toBe("first");
  });

  test("may be called while it runs and after it failed", () => {
    const value = {
      get a() {
        return encodeDrisl({ inner: "text" });
      },
      b: 2,
    };
    const inner = encodeDrisl({ inner: "text" });
    expect(decodeDrisl(encodeDrisl(value))).toEqual({ a: inner, b: 2 });
    expect(() => encodeDrisl(["half", 1.5])).toThrow(BlockError);
    expect(hex(encodeDrisl("a"))).toBe("6161");
  });

  test("refuses a hole in an array", () => {
    expect(() => encodeDrisl(new Array(1) as never)).toThrow(BlockError);
  });

  test("refuses a value that contains itself", () => {
    const value: LexMap = {};
    value["self"] = value;
    expect(() => encodeDrisl(value)).toThrow("nested too deep");
  });
});

describe("decoding", () => {
  test("gives byte strings and links that do not share the input", () => {
    const value = { bytes: Uint8Array.of(1, 2), link: toLink(link) };
    const encoded = encodeDrisl(value);
    const decoded = decodeDrisl(encoded);
    encoded.fill(0);
    expect(decoded).toEqual(value);
  });

  test("keeps a byte order mark at the start of a text", () => {
    const texts = ["\uFEFFabc", "\uFEFF", "\uFEFF\uFFFD", "\uFFFD"];
    for (const text of texts) {
      expect(decodeDrisl(encodeDrisl(text))).toBe(text);
    }
    const bytes = encodeDrisl(`\uFEFF\uFFFD${"x".repeat(30)}`);
    bytes[bytes.length - 1] = 0xff;
    expect(() => decodeDrisl(bytes)).toThrow("not UTF-8");
  });

  test("takes a key __proto__ for data", () => {
    const encoded = fromHex("a1 69 5f5f70726f746f5f5f a1 6161 01");
    const value = decodeDrisl(encoded) as LexMap;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(["__proto__"]);
    expect(value["a"]).toBeUndefined();
    expect(encodeDrisl(value)).toEqual(encoded);
  });

  test("refuses a key that comes twice", () => {
    expect(() => decodeDrisl(fromHex("a2 6161 01 6161 01"))).toThrow("repeat");
  });

  test("refuses every head that is longer than it needs to be", () => {
    // Each type with an argument that would fit into the next shorter form.
    const arguments_ = [
      "18 17",
      "19 00ff",
      "1a 0000ffff",
      "1b 00000000ffffffff",
    ];
    for (const type of [0x00, 0x20, 0x40, 0x60, 0x80, 0xa0, 0xc0]) {
      for (const argument of arguments_) {
        const bytes = new Uint8Array(70_000);
        bytes.set(fromHex(argument));
        bytes[0]! |= type;
        expect(() => decodeFirst(bytes)).toThrow("minimal");
      }
    }
    expect(() => decodeDrisl(fromHex("a1 7801 61 01"))).toThrow("minimal");
    expect(() => decodeDrisl(fromHex("d9 002a 41 00"))).toThrow("minimal");
  });

  test("refuses a count larger than what follows, before it allocates", () => {
    for (const head of ["9b 001fffffffffffff", "bb 001fffffffffffff"]) {
      expect(() => decodeDrisl(fromHex(head))).toThrow("cut short");
    }
    expect(() => decodeDrisl(fromHex("5b 001fffffffffffff 00"))).toThrow(
      "cut short",
    );
  });

  test("refuses bytes left over, except by decodeFirst", () => {
    expect(() => decodeDrisl(fromHex("01 02"))).toThrow("after the end");
    expect(decodeFirst(fromHex("01 02"))).toEqual([1, 1]);
    expect(() => decodeDrisl(new Uint8Array())).toThrow(BlockError);
  });

  test("refuses a link that is not tag 42 around 0x00 and a CID", () => {
    const writer = new CborWriter();
    writer.cid(link);
    const good = writer.finish();
    expect(decodeDrisl(good)).toEqual(toLink(link));
    for (const [at, byte] of [
      [1, 43],
      [4, 0x01],
      [5, 0x00],
      [6, 0x70],
      [7, 0x13],
      [8, 0x1f],
    ] as const) {
      const bad = good.slice();
      bad[at] = byte;
      expect(() => decodeDrisl(bad)).toThrow(BlockError);
    }
  });

  test("gives the right key when two of them share a slot of the cache", () => {
    // More keys than slots: each slot changes hands several times.
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 5000; i++) {
        const value = { [`key${i}`]: i, [`é${i}`]: i };
        expect(decodeDrisl(encodeDrisl(value))).toEqual(value);
      }
    }
  });
});

describe("CborReader and CborWriter", () => {
  test("write and read a fixed structure item by item", () => {
    const writer = new CborWriter(1);
    writer.map(5);
    writer.text("a");
    writer.int(-7);
    writer.text("b");
    writer.bytes(Uint8Array.of(9));
    writer.text("c");
    writer.nullableCid(null);
    writer.text("d");
    writer.nullableCid(cidOfCbor(Uint8Array.of(1)));
    writer.text("e");
    writer.bool(true);
    expect(writer.length).toBe(57);
    const reader = new CborReader(writer.finish());
    expect(reader.map()).toBe(5);
    reader.key("a");
    expect(reader.int()).toBe(-7);
    reader.key("b");
    expect(reader.bytes()).toEqual(Uint8Array.of(9));
    reader.key("c");
    expect(reader.nullableCid()).toBeNull();
    reader.key("d");
    expect(reader.nullableCid()).toEqual(cidOfCbor(Uint8Array.of(1)));
    reader.key("e");
    expect(reader.bool()).toBe(true);
    reader.end();
  });

  test("refuse another type or key than expected", () => {
    expect(() => new CborReader(fromHex("01")).text()).toThrow(BlockError);
    expect(() => new CborReader(fromHex("6162")).key("a")).toThrow(BlockError);
    expect(() => new CborReader(fromHex("f7")).bool()).toThrow(BlockError);
    expect(() => new CborReader(fromHex("01")).int()).not.toThrow();
  });

  test("read from an offset and from a view", () => {
    const whole = fromHex("ff ff 6161 02");
    expect(new CborReader(whole, 2).text()).toBe("a");
    expect(decodeFirst(whole.subarray(2))).toEqual(["a", 2]);
  });
});
