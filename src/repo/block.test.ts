import { expect, test } from "bun:test";
import { checkBlockHash, createBlockMap } from "./block.ts";
import { cidOfCbor, cidOfRaw, formatCid } from "./cid.ts";
import { BlockError } from "./errors.ts";

const bytes = Uint8Array.of(1, 2, 3);

test("a map of blocks finds by content of the CID", () => {
  const map = createBlockMap([{ cid: cidOfCbor(bytes), bytes }]);
  expect(map.getBlock(cidOfCbor(bytes))).toBe(bytes);
  expect(map.getBlock(cidOfRaw(bytes))).toBeNull();
  expect(map.size).toBe(1);
});

test("a block is checked by its hash, every byte of it", () => {
  const cid = cidOfCbor(bytes);
  expect(() => checkBlockHash(cid, bytes)).not.toThrow();
  expect(() => checkBlockHash(cidOfRaw(bytes), bytes)).not.toThrow();
  for (let at = 4; at < 36; at++) {
    const other = cid.slice();
    other[at]! ^= 1;
    expect(() => checkBlockHash(other, bytes)).toThrow(BlockError);
  }
});

test("the error names the block", () => {
  const cid = cidOfCbor(bytes);
  try {
    checkBlockHash(cid, Uint8Array.of(1, 2));
    expect.unreachable();
  } catch (error) {
    expect((error as BlockError).cid).toBe(formatCid(cid));
  }
});
