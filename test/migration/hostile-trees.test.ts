import { expect, test } from "bun:test";
import type { Block } from "#repo/block.ts";
import { cidOfRaw, toLink } from "#repo/cid.ts";
import { type LexMap } from "#repo/drisl.ts";
import { rawCar } from "../support/foreign-repo.ts";
import { importCar } from "../support/mover.ts";
import {
  account,
  before,
  block,
  expectRefused,
  good,
  keysOf,
  mover,
  network,
  node,
  record,
  state,
  useVictim,
  withTree,
} from "./victim.ts";

/** CARs that are whole, with commits and trees in them that are none. */
useVictim();

test("commits of another shape", async () => {
  const fields = {
    did: mover.did,
    rev: good.rev,
    sig: new Uint8Array(64).fill(1),
    data: toLink(good.data),
    prev: null,
    version: 3,
  };
  const shapes: Record<string, unknown>[] = [
    { ...fields, version: 2 },
    { ...fields, version: 4 },
    { ...fields, extra: true },
    { ...fields, rev: "now" },
    { ...fields, rev: 5 },
    { ...fields, did: "did:plc:" },
    { ...fields, did: null },
    { ...fields, data: null },
    { ...fields, data: toLink(cidOfRaw(new Uint8Array(1))) },
    { ...fields, sig: new Uint8Array(63) },
    { ...fields, sig: "x" },
    { ...fields, prev: undefined },
    fields,
  ];
  for (const shape of shapes) {
    const present = Object.fromEntries(
      Object.entries(shape).filter(([, value]) => value !== undefined),
    );
    const commit = block(present as LexMap);
    await expectRefused(rawCar(commit.cid, [commit, ...good.blocks]));
  }
  const list = block([1, 2, 3]);
  await expectRefused(rawCar(list.cid, [list]));
});

test("trees of another shape", async () => {
  const low = keysOf(0, 4);
  const high = keysOf(1, 3);
  const value = record;
  const leaf = node([{ key: low[0]!, value }]);
  const single = (key: string) => node([{ key, value }]);
  const trees: [name: string, root: Block, others: Block[]][] = [
    ["a record for a root", record, [record]],
    ["no map", block([]), []],
    ["a missing field", block({ e: [] }), []],
    ["another field", block({ e: [], l: null, x: 1 }), []],
    ["a top that should be trimmed", node([], leaf), [leaf, record]],
    [
      "an empty node below",
      node([{ key: high[0]!, value }], block({ e: [], l: null })),
      [block({ e: [], l: null }), record],
    ],
    [
      "keys that descend",
      node([
        { key: low[1]!, value },
        { key: low[0]!, value },
      ]),
      [record],
    ],
    [
      "a key twice",
      node([
        { key: low[1]!, value },
        { key: low[1]!, value },
      ]),
      [record],
    ],
    [
      "keys of two depths",
      node([
        { key: low[0]!, value },
        { key: high.find((key) => key > low[0]!)!, value },
      ]),
      [record],
    ],
    [
      "a child on its parent's layer",
      node([{ key: low[2]!, value }], leaf),
      [leaf, record],
    ],
    [
      "a child with a key of the other side",
      node([
        {
          key: high[0]!,
          value,
          right: single(low.find((key) => key < high[0]!)!),
        },
      ]),
      [single(low.find((key) => key < high[0]!)!), record],
    ],
    ["a path of one part", single("onepart"), [record]],
    ["a path of three parts", single("com.example.a/b/c"), [record]],
    ["a collection that is no NSID", single("example/abc"), [record]],
    ["a key of two dots", single("com.example.record/.."), [record]],
    [
      "a key that is too long",
      single(`com.example.record/${"x".repeat(2000)}`),
      [record],
    ],
    ["a key with other characters", single("com.example.record/ä"), [record]],
    [
      "a raw block for a record",
      node([
        {
          key: low[0]!,
          value: { cid: cidOfRaw(record.bytes), bytes: record.bytes },
        },
      ]),
      [{ cid: cidOfRaw(record.bytes), bytes: record.bytes }],
    ],
  ];
  for (const [name, root, others] of trees) {
    const answer = await importCar(
      network,
      account.accessJwt,
      withTree(root, others),
    );
    expect([name, answer.status, answer.body.error]).toEqual([
      name,
      400,
      "InvalidRequest",
    ]);
  }
  expect(await state()).toEqual(before);
});

test("a tree that is too deep, or is given as deeper than it is", async () => {
  let deep = node([{ key: keysOf(0, 1)[0]!, value: record }]);
  const chain = [deep, record];
  for (let layer = 0; layer < 5000; layer++) {
    deep = node([], deep);
    chain.push(deep);
  }
  await expectRefused(withTree(deep, chain));
  // The same below a key that may stand far up.
  const top = node([{ key: keysOf(4, 1)[0]!, value: record, right: deep }]);
  await expectRefused(withTree(top, chain));
});
