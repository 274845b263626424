import { describe, expect, test } from "bun:test";
import type { Block } from "./block.ts";
import {
  decodeCar,
  encodeCar,
  encodeCarBlock,
  encodeCarHeader,
  MAX_CAR_BLOCK_BYTES,
} from "./car.ts";
import { readCar, type CarLimits } from "./car-stream.ts";
import { cidOfCbor, cidOfRaw, toLink } from "./cid.ts";
import { encodeDrisl, type LexValue } from "./drisl.ts";
import { BlockError } from "./errors.ts";
import { encodeVarint } from "./varint.ts";

function blockOf(size: number): Block {
  const bytes = new Uint8Array(size).fill(size);
  return { cid: cidOfCbor(bytes), bytes };
}

const blocks = [0, 1, 91, 92, 300, 20_000].map(blockOf);
const root = blocks[0]!.cid;
const car = encodeCar(root, blocks);

function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** A stream of pieces of a size, that tells whether it was cancelled. */
function streamOf(bytes: Uint8Array, size = 7) {
  let at = 0;
  const state = { isCancelled: false };
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
    cancel() {
      state.isCancelled = true;
    },
  });
  return { stream, state };
}

async function readAll(
  bytes: Uint8Array,
  limits: CarLimits = { maxBytes: 1e9 },
  size?: number,
) {
  const { roots, blocks: found } = await readCar(
    streamOf(bytes, size).stream,
    limits,
  );
  return { roots, blocks: await Array.fromAsync(found) };
}

test("what was written is read, in the same order", async () => {
  expect(decodeCar(car)).toEqual({ roots: [root], blocks });
  for (const size of [1, 2, 7, 1000, 1e6]) {
    expect(await readAll(car, undefined, size)).toEqual({
      roots: [root],
      blocks,
    });
  }
});

test("the parts of the writer make the same CAR as the whole", () => {
  expect(concat(encodeCarHeader(root), ...blocks.map(encodeCarBlock))).toEqual(
    car,
  );
});

test("any order and repeated blocks are taken", async () => {
  const mixed = [...blocks.toReversed(), ...blocks];
  const bytes = encodeCar(root, mixed);
  expect(decodeCar(bytes).blocks).toEqual(mixed);
  expect((await readAll(bytes)).blocks).toEqual(mixed);
});

test("there may be no root, and no block", async () => {
  const bytes = encodeCar(null, []);
  expect(decodeCar(bytes)).toEqual({ roots: [], blocks: [] });
  expect(await readAll(bytes)).toEqual({ roots: [], blocks: [] });
});

test("raw blocks are taken", () => {
  const bytes = Uint8Array.of(1);
  const raw = { cid: cidOfRaw(bytes), bytes };
  expect(decodeCar(encodeCar(null, [raw])).blocks).toEqual([raw]);
});

test("blocks are copies", () => {
  const bytes = car.slice();
  const read = decodeCar(bytes);
  bytes.fill(0);
  expect(read).toEqual({ roots: [root], blocks });
});

function withHeader(header: LexValue): Uint8Array {
  const bytes = encodeDrisl(header);
  return concat(encodeVarint(bytes.length), bytes);
}

function withSection(section: Uint8Array): Uint8Array {
  return concat(encodeCarHeader(root), encodeVarint(section.length), section);
}

const small = blocks[2]!;
const flipped = { cid: small.cid, bytes: small.bytes.with(50, 0) };
const sha512 = concat(Uint8Array.of(1, 0x71, 0x13, 0x40), new Uint8Array(64));

const header = encodeDrisl({ roots: [], version: 1 });

const REFUSED: Record<string, Uint8Array> = {
  nothing: new Uint8Array(0),
  "an empty header": Uint8Array.of(0),
  "a header of another version": withHeader({
    roots: [toLink(root)],
    version: 2,
  }),
  "a header without roots": withHeader({ version: 1 }),
  "a header with an unknown field": withHeader({ roots: [], version: 1, x: 1 }),
  "a header that is no map": withHeader([]),
  "a header with more after it": concat(
    Uint8Array.of(18),
    header,
    header.slice(0, 1),
  ),
  "a header with another count": concat(
    Uint8Array.of(17),
    header.with(0, 0xa3),
  ),
  "a root that is no link": withHeader({ roots: ["x"], version: 1 }),
  "a header larger than the limit": withHeader({
    roots: Array(30).fill(toLink(root)),
    version: 1,
  }),
  "a length that is not minimal": concat(
    encodeCarHeader(root),
    Uint8Array.of(0xa5, 0x00),
  ),
  "a length of nine bytes": concat(
    encodeCarHeader(root),
    new Uint8Array(9).fill(0xff),
  ),
  "a length beyond the limit": concat(
    encodeCarHeader(root),
    encodeVarint(2 ** 40),
  ),
  "an empty section": withSection(new Uint8Array(0)),
  "a section shorter than a CID": withSection(root.slice(0, 35)),
  "a CID of another hash function": withSection(sha512),
  "a CID of version 0": withSection(
    concat(Uint8Array.of(0x12, 0x20), new Uint8Array(40)),
  ),
  "a block that is not of its hash": encodeCar(root, [flipped]),
  "a block too large": encodeCar(root, [blockOf(MAX_CAR_BLOCK_BYTES + 1)]),
};

describe("a CAR is refused for", () => {
  for (const [why, bytes] of Object.entries(REFUSED)) {
    test(why, async () => {
      expect(() => decodeCar(bytes)).toThrow(BlockError);
      await expect(readAll(bytes, undefined, 4096)).rejects.toThrow(BlockError);
    });
  }

  test("being cut short within a part", async () => {
    const ends = new Set([0]);
    let end = encodeCarHeader(root).length;
    ends.add(end);
    for (const block of blocks) ends.add((end += encodeCarBlock(block).length));
    for (let size = 0; size < 900; size++) {
      const cut = car.slice(0, size);
      if (size > 0 && ends.has(size)) continue;
      expect(() => decodeCar(cut)).toThrow(BlockError);
      await expect(readAll(cut, undefined, 100)).rejects.toThrow(BlockError);
    }
  });
});

test("a block as large as the limit is taken", () => {
  const large = blockOf(MAX_CAR_BLOCK_BYTES);
  expect(decodeCar(encodeCar(null, [large])).blocks[0]!.bytes.length).toBe(
    MAX_CAR_BLOCK_BYTES,
  );
});

describe("the limits of a stream", () => {
  test("bound all of it", async () => {
    expect((await readAll(car, { maxBytes: car.length })).blocks).toEqual(
      blocks,
    );
    await expect(readAll(car, { maxBytes: car.length - 1 })).rejects.toThrow(
      BlockError,
    );
  });

  test("bound each block", async () => {
    const limits = { maxBytes: 1e9, maxBlockBytes: 20_000 };
    expect((await readAll(car, limits)).blocks).toEqual(blocks);
    await expect(
      readAll(car, { ...limits, maxBlockBytes: 19_999 }),
    ).rejects.toThrow(BlockError);
  });

  test("bound the header", async () => {
    const limits = { maxBytes: 1e9, maxHeaderBytes: 10 };
    await expect(readAll(car, limits)).rejects.toThrow(BlockError);
  });

  test("are met before what a length promises is gathered", async () => {
    const bytes = concat(encodeCarHeader(root), encodeVarint(1e9));
    const { stream, state } = streamOf(concat(bytes, new Uint8Array(1e6)), 100);
    const { blocks: found } = await readCar(stream, { maxBytes: 1e10 });
    await expect(found.next()).rejects.toThrow(BlockError);
    expect(state.isCancelled).toBe(true);
  });
});

describe("the stream is cancelled", () => {
  test("when the header is refused", async () => {
    const { stream, state } = streamOf(new Uint8Array(100));
    await expect(readCar(stream, { maxBytes: 1e9 })).rejects.toThrow(
      BlockError,
    );
    expect(state.isCancelled).toBe(true);
  });

  test("when a reader stops early", async () => {
    const { stream, state } = streamOf(car);
    const { blocks: found } = await readCar(stream, { maxBytes: 1e9 });
    for await (const block of found) {
      expect(block).toEqual(blocks[0]!);
      break;
    }
    expect(state.isCancelled).toBe(true);
  });

  test("and its own failure is passed on", async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error("connection lost")),
    });
    await expect(readCar(stream, { maxBytes: 1e9 })).rejects.toThrow(
      "connection lost",
    );
  });
});
