import { describe, expect, test } from "bun:test";
import { keysOfDepth, recordCid } from "../../../test/support/trees.ts";
import { cidOfRaw, toLink } from "#repo/cid.ts";
import { encodeDrisl, type LexValue } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { decodeNode } from "./decode.ts";
import { emptyTree, encodeNode } from "./encode.ts";
import { linkOf } from "./link.ts";
import { MAX_NODE_ENTRIES } from "./node.ts";

const record = toLink(recordCid(1));
const subtree = toLink(recordCid(2));
// Keys of one layer, whose entries share prefixes.
const [first, second, third] = keysOfDepth(1, 3) as [string, string, string];

function entry(key: string, p: number, t: LexValue = null): LexValue {
  return { k: Buffer.from(key.slice(p)), p, t, v: record };
}

function shared(a: string, b: string): number {
  let length = 0;
  while (a[length] === b[length]) length++;
  return length;
}

const good = encodeDrisl({
  e: [
    entry(first, 0, subtree),
    entry(second, shared(first, second)),
    entry(third, shared(second, third), subtree),
  ],
  l: subtree,
});

test("a node in its canonical spelling is read", () => {
  const node = decodeNode(good);
  expect(node.keys).toEqual([first, second, third]);
  expect(node.layer).toBe(1);
  const link = linkOf(recordCid(2));
  expect(node.links).toEqual([link, link, null, link]);
  expect(node.values).toEqual(Array(3).fill(linkOf(recordCid(1))));
});

test("encoding what was read gives the same bytes", () => {
  for (const bytes of [
    good,
    emptyTree().bytes,
    encodeDrisl({ e: [], l: subtree }),
  ]) {
    expect(encodeNode(decodeNode(bytes))).toEqual(bytes);
  }
});

// Around 24 and 256 each byte string and prefix meets the limit once.
const SIZES = [8, 240, 1000].flatMap((from) =>
  Array.from({ length: from === 1000 ? 1 : 20 }, (_, i) => from + i),
);

test("lengths are written in the shortest form on both sides of its limits", () => {
  for (const size of SIZES) {
    // The second key shares all but its end: `p` takes on these sizes, too.
    const stem = `a.b/${"k".repeat(size)}`;
    const keys = keysOnOneLayer(stem);
    const node = {
      keys,
      values: keys.map(() => linkOf(recordCid(1))),
      links: [null, null, null],
      layer: decodeNode(encodeDrisl({ e: [entry(keys[0]!, 0)], l: null }))
        .layer,
    };
    const bytes = encodeNode(node);
    const p = shared(keys[0]!, keys[1]!);
    expect(bytes).toEqual(
      encodeDrisl({ e: [entry(keys[0]!, 0), entry(keys[1]!, p)], l: null }),
    );
    expect(decodeNode(bytes)).toEqual(node);
  }
});

/** Two keys with a long prefix in common that can stand in one node. */
function keysOnOneLayer(stem: string): string[] {
  const byLayer = new Map<number, string>();
  for (let i = 0; ; i++) {
    const key = `${stem}${i}`;
    const bytes = encodeDrisl({ e: [entry(key, 0)], l: null });
    const { layer } = decodeNode(bytes);
    const other = byLayer.get(layer);
    if (other !== undefined) return [other, key].sort();
    byLayer.set(layer, key);
  }
}

const deeper = keysOfDepth(2, 1)[0]!;
const manyKeys = keysOfDepth(0, MAX_NODE_ENTRIES + 1);

function nodeOf(keys: string[]): LexValue {
  return {
    e: keys.map((key, i) =>
      entry(key, i === 0 ? 0 : shared(keys[i - 1]!, key)),
    ),
    l: null,
  };
}

const REFUSED: Record<string, LexValue> = {
  "a value that is not a map": [1],
  "another map": { a: 1 },
  "a missing l": { e: [] },
  "an unknown field": { e: [], l: null, x: 1 },
  "entries that are not an array": { e: null, l: null },
  "an entry with an unknown field": {
    e: [{ ...(entry(first, 0) as object), x: 1 }],
    l: null,
  },
  "an entry without t": {
    e: [{ k: Buffer.from(first), p: 0, v: record }],
    l: null,
  },
  "an entry without a record": {
    e: [{ k: Buffer.from(first), p: 0, t: null, v: null }],
    l: null,
  },
  "a key as text": { e: [{ k: first, p: 0, t: null, v: record }], l: null },
  "a negative prefix": {
    e: [{ k: Buffer.from(first), p: -1, t: null, v: record }],
    l: null,
  },
  "a prefix of the first key": {
    e: [{ k: Buffer.from(first), p: 1, t: null, v: record }],
    l: null,
  },
  "a prefix longer than the key before": {
    e: [
      entry(first, 0),
      { k: Buffer.from("x"), p: first.length + 1, t: null, v: record },
    ],
    l: null,
  },
  "a prefix that is too short": {
    e: [entry(first, 0), entry(second, shared(first, second) - 1)],
    l: null,
  },
  "keys that descend": {
    e: [entry(second, 0), entry(first, shared(first, second))],
    l: null,
  },
  "a key twice": { e: [entry(first, 0), entry(first, first.length)], l: null },
  "keys of different depths": nodeOf([first, deeper].sort()),
  "a key that is no path": nodeOf(["no-slash"]),
  "a key with a character that paths do not have": nodeOf(["a.b/é"]),
  "a key that is too long": nodeOf([`a.b/${"k".repeat(1021)}`]),
  "more entries than a node may have": nodeOf(manyKeys),
  "a link to a raw block": { e: [], l: toLink(cidOfRaw(good)) },
  "a record that is a raw block": {
    e: [{ k: Buffer.from(first), p: 0, t: null, v: toLink(cidOfRaw(good)) }],
    l: null,
  },
};

describe("a node is refused for", () => {
  for (const [why, value] of Object.entries(REFUSED)) {
    test(why, () => {
      expect(() => decodeNode(encodeDrisl(value))).toThrow(BlockError);
    });
  }

  test("being cut short anywhere", () => {
    for (let size = 0; size < good.length; size++) {
      expect(() => decodeNode(good.slice(0, size))).toThrow(BlockError);
    }
  });

  test("bytes after its end", () => {
    expect(() => decodeNode(Uint8Array.of(...good, 0))).toThrow(BlockError);
  });

  test("its fields in another order", () => {
    const { bytes } = emptyTree(); // a2 61 65 80 61 6c f6
    const swapped = Uint8Array.of(0xa2, 0x61, 0x6c, 0xf6, 0x61, 0x65, 0x80);
    expect(Buffer.from(bytes).toString("hex")).toBe("a2616580616cf6");
    expect(() => decodeNode(swapped)).toThrow(BlockError);
  });

  test("numbers in a longer form than needed", () => {
    const hex = Buffer.from(good).toString("hex");
    const longer = {
      "98": hex.replace("616583", "61659803"), // entries
      "18": hex.replace("617000", "61701800"), // prefix
      "1900": hex.replace("617000", "6170190000"),
      "1a": hex.replace("617000", "61701a00000000"),
    };
    for (const text of Object.values(longer)) {
      expect(text).not.toBe(hex);
      expect(() => decodeNode(Buffer.from(text, "hex"))).toThrow(BlockError);
    }
  });

  test("an indefinite length", () => {
    const bytes = Buffer.from("a261659fff616cf6", "hex");
    expect(() => decodeNode(bytes)).toThrow(BlockError);
  });
});

test("the longest row of entries is read", () => {
  const keys = manyKeys.slice(0, MAX_NODE_ENTRIES);
  expect(decodeNode(encodeDrisl(nodeOf(keys))).keys).toEqual(keys);
});
