import { describe, expect, test } from "bun:test";
import { readCar as readOfficially, verifyRepoCar } from "@atproto/repo";
import { CarBufferReader, CarReader, CarWriter } from "@ipld/car";
import fc from "fast-check";
import type { Block } from "#repo/block.ts";
import { createBlockMap } from "#repo/block.ts";
import { readCar } from "#repo/car-stream.ts";
import {
  decodeCar,
  encodeCar,
  encodeCarBlock,
  encodeCarHeader,
} from "#repo/car.ts";
import {
  cidOfCbor,
  cidOfRaw,
  formatCid,
  toLink,
  type CidBytes,
} from "#repo/cid.ts";
import { decodeCommit, signCommit } from "#repo/commit.ts";
import { encodeDrisl } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import { parseDid, parseTid } from "#repo/syntax.ts";
import { walkTree } from "#repo/mst/walk.ts";
import { sizeOf } from "../support/sizes.ts";
import { createTreeStore } from "../support/trees.ts";

const runs = { numRuns: sizeOf("propertyRuns") };

const block: fc.Arbitrary<Block> = fc
  .tuple(fc.uint8Array({ maxLength: 300 }), fc.boolean())
  .map(([bytes, isRaw]) => ({
    cid: isRaw ? cidOfRaw(bytes) : cidOfCbor(bytes),
    bytes,
  }));
const blocks = fc.array(block, { maxLength: 20 });
const root = fc.option(block.map(({ cid }) => cid));

function concat(parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

async function writeOfficially(
  root: CidBytes | null,
  blocks: Block[],
): Promise<Uint8Array> {
  const { writer, out } = CarWriter.create(
    root === null ? [] : [toLink(root) as never],
  );
  const written = Array.fromAsync(out);
  for (const { cid, bytes } of blocks) {
    await writer.put({ cid: toLink(cid) as never, bytes });
  }
  await writer.close();
  return concat(await written);
}

/** A stream cut into pieces at the given sizes, over and over. */
function streamOf(
  bytes: Uint8Array,
  sizes: number[],
): ReadableStream<Uint8Array> {
  let at = 0;
  let turn = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      const size = sizes[turn++ % sizes.length]!;
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

async function readStream(bytes: Uint8Array, sizes: number[]) {
  const { roots, blocks } = await readCar(streamOf(bytes, sizes), {
    maxBytes: 1e9,
  });
  return { roots, blocks: await Array.fromAsync(blocks) };
}

describe("a CAR", () => {
  test("has the bytes of the official writer, in any order and with repeated blocks", async () => {
    const property = fc.asyncProperty(root, blocks, async (root, blocks) => {
      const twice = [...blocks, ...blocks.toReversed()];
      const car = encodeCar(root, twice);
      expect(car).toEqual(await writeOfficially(root, twice));
      expect(
        concat([encodeCarHeader(root), ...twice.map(encodeCarBlock)]),
      ).toEqual(car);
    });
    await fc.assert(property, runs);
  });

  test("is read as it was written, whole and in pieces", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 200 }), {
      minLength: 1,
      maxLength: 5,
    });
    const property = fc.asyncProperty(
      root,
      blocks,
      sizes,
      async (root, blocks, sizes) => {
        const expected = { roots: root === null ? [] : [root], blocks };
        const car = encodeCar(root, blocks);
        expect(decodeCar(car)).toEqual(expected);
        expect(await readStream(car, sizes)).toEqual(expected);
        const official = await CarReader.fromBytes(car);
        const roots = await official.getRoots();
        expect(roots.map(String)).toEqual(expected.roots.map(formatCid));
      },
    );
    await fc.assert(property, runs);
  });

  test("that is damaged is refused as a whole and as a stream alike, and wherever the official readers refuse", async () => {
    const damage = fc.tuple(
      fc.nat(),
      fc.integer({ min: 0, max: 3 }),
      fc.uint8Array({ maxLength: 3 }),
    );
    let refused = 0;
    const property = fc.asyncProperty(
      root,
      blocks,
      damage,
      async (root, blocks, [at, cut, put]) => {
        const car = encodeCar(root, blocks);
        const damaged = Uint8Array.from(
          [...car].toSpliced(at % car.length, cut, ...put),
        );
        const whole = attempt(() => decodeCar(damaged));
        const streamed = await readStream(damaged, [64]).catch(
          (error: unknown) => error,
        );
        if (whole instanceof Error) {
          refused++;
          expect(whole).toBeInstanceOf(BlockError);
          expect(streamed).toBeInstanceOf(BlockError);
          return;
        }
        expect(streamed).toEqual(whole);
        expect(
          attempt(() => CarBufferReader.fromBytes(damaged)),
        ).not.toBeInstanceOf(Error);
        await readOfficially(damaged);
      },
    );
    const numRuns = Math.min(2000, sizeOf("fuzzInputs"));
    await fc.assert(property, { numRuns });
    expect(refused).toBeGreaterThan(numRuns / 4);
  });
});

function attempt<T>(run: () => T): T | Error {
  try {
    return run();
  } catch (error) {
    return error as Error;
  }
}

// A repository as exports write it: commit, then the tree depth first.

const did = parseDid("did:plc:ewvi7nxzyoun6zhxrhs64oiz");
const signer = createSigner("k256", generatePrivateKey("k256"));
const recordBlocks = Array.from({ length: 30 }, (_, n) => {
  const bytes = encodeDrisl({ $type: "a.b", n: n % 25 });
  return { cid: cidOfCbor(bytes), bytes };
});
const tree = createTreeStore(
  new Map(recordBlocks.map(({ cid }, i) => [`a.b/${i}`, cid])),
);
const commit = signCommit(
  { did, data: tree.root, rev: parseTid("3lo3kqqljmfe2") },
  signer,
);
const bytesByCid = createBlockMap(recordBlocks);
const repository = encodeCar(commit.cid, [
  commit,
  ...[...walkTree(tree, tree.root)].map((step) =>
    step.kind === "node"
      ? step
      : { cid: step.cid, bytes: bytesByCid.getBlock(step.cid)! },
  ),
]);

/** Reads a repository as an import does: every record must be there. */
function importRepository(car: Uint8Array): string[] {
  const { roots, blocks } = decodeCar(car);
  const source = createBlockMap(blocks);
  const get = (cid: CidBytes | undefined) => {
    const bytes = cid && source.getBlock(cid);
    if (!bytes) throw new BlockError("missing block");
    return bytes;
  };
  const { data } = decodeCommit(get(roots[0]));
  return [...walkTree(source, data)].flatMap((step) => {
    if (step.kind === "node") return [];
    get(step.cid);
    return [step.path];
  });
}

describe("a repository in a CAR", () => {
  test("is whole, and the official package agrees", async () => {
    expect(importRepository(repository)).toHaveLength(30);
    const { creates } = await verifyRepoCar(repository, did, signer.didKey);
    expect(creates).toHaveLength(30);
  });

  test("is refused when cut short anywhere", () => {
    for (let size = 0; size < repository.length; size++) {
      const cut = repository.subarray(0, size);
      // What ends between two blocks is a CAR, but not the whole repository.
      expect(() => importRepository(cut)).toThrow(BlockError);
    }
  });

  test("is taken in any order, with blocks that it does not need", () => {
    const { blocks } = decodeCar(repository);
    const other = { cid: cidOfRaw(Uint8Array.of(1)), bytes: Uint8Array.of(1) };
    fc.assert(
      fc.property(
        fc.shuffledSubarray(blocks, { minLength: blocks.length }),
        (mixed) => {
          expect(
            importRepository(encodeCar(commit.cid, [other, ...mixed])),
          ).toHaveLength(30);
        },
      ),
      runs,
    );
  });
});
