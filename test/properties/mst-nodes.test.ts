import { describe, expect, test } from "bun:test";
import { MemoryBlockstore, MST } from "@atproto/repo";
import fc from "fast-check";
import { cidOfCbor } from "#repo/cid.ts";
import { BlockError } from "#repo/errors.ts";
import { buildTree } from "#repo/mst/build.ts";
import { decodeNode } from "#repo/mst/decode.ts";
import { encodeNode } from "#repo/mst/encode.ts";
import type { Node } from "#repo/mst/node.ts";
import { startRecords } from "../support/histories.ts";
import { officialBlocks, officialCid } from "../support/official-trees.ts";
import { sizeOf } from "../support/sizes.ts";
import { sortEntries } from "../support/trees.ts";

const inputs = { numRuns: sizeOf("fuzzInputs") };

/** The bytes of some node of some tree. */
const node = fc.tuple(startRecords, fc.nat()).map(([records, pick]) => {
  const { nodes } = buildTree(sortEntries(records));
  return nodes[pick % nodes.length]!.bytes;
});

// Heads, names and prefixes that nodes are made of, to be put in wrong places.
const fragment = fc.constantFrom(
  ...[
    "a2",
    "a4",
    "80",
    "81",
    "9801",
    "f6",
    "6165",
    "616b",
    "616c",
    "6170",
    "6174",
    "6176",
    "00",
    "1800",
    "190000",
    "40",
    "41",
    "5801",
    "d82a5825000171",
    "d82a58250001551220",
    "2f",
    "ff",
  ].map((hex) => Uint8Array.from(Buffer.from(hex, "hex"))),
);

const change = fc.record({
  at: fc.nat(),
  cut: fc.integer({ min: 0, max: 3 }),
  put: fc.oneof(fragment, fc.uint8Array({ maxLength: 3 })),
});

/** A node with pieces changed, taken out or put in. */
const damaged = fc
  .tuple(node, fc.array(change, { minLength: 1, maxLength: 3 }))
  .map(([bytes, changes]) => {
    let damaged = [...bytes];
    for (const { at, cut, put } of changes) {
      damaged = damaged.toSpliced(at % damaged.length, cut, ...put);
    }
    return Uint8Array.from(damaged);
  });

function findNode(bytes: Uint8Array): Node | null {
  try {
    return decodeNode(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(BlockError);
    return null;
  }
}

async function isOfficialNode(bytes: Uint8Array): Promise<boolean> {
  const cid = cidOfCbor(bytes);
  const storage = new MemoryBlockstore(officialBlocks([{ cid, bytes }]));
  try {
    await MST.load(storage, officialCid(cid)).getEntries();
    return true;
  } catch {
    return false;
  }
}

describe("a node", () => {
  test("that is read has no other spelling", () => {
    fc.assert(
      fc.property(node, (bytes) => {
        expect(encodeNode(decodeNode(bytes))).toEqual(bytes);
      }),
      { numRuns: sizeOf("propertyRuns") },
    );
  });

  test("that is damaged is refused, unless it is the spelling of another", async () => {
    let refused = 0;
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(damaged, async (bytes) => {
        const found = findNode(bytes);
        if (found === null) {
          refused++;
          return;
        }
        accepted++;
        expect(encodeNode(found)).toEqual(bytes);
        expect(await isOfficialNode(bytes)).toBe(true);
      }),
      inputs,
    );
    // Both happen, or the damage would show nothing.
    expect(refused).toBeGreaterThan(inputs.numRuns / 2);
    expect(accepted).toBeGreaterThan(0);
  });

  test("of arbitrary bytes is refused without another error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const found = findNode(bytes);
        if (found !== null) expect(encodeNode(found)).toEqual(bytes);
      }),
      inputs,
    );
  });
});
