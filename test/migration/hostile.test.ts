import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Block } from "#repo/block.ts";
import { encodeCarBlock, encodeCarHeader } from "#repo/car.ts";
import { cidOfCbor, cidOfRaw, toLink } from "#repo/cid.ts";
import { signCommit } from "#repo/commit.ts";
import { encodeDrisl, type LexMap, type LexValue } from "#repo/drisl.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { depthOfKey } from "#repo/mst/key.ts";
import { createSigner, type Signer } from "#repo/signer.ts";
import type { Did } from "#repo/syntax.ts";
import { createRandom } from "../support/random.ts";
import {
  carOf,
  makeForeignRepo,
  makePosts,
  rawCar,
  type ForeignRepo,
} from "../support/foreign-repo.ts";
import {
  arrive,
  createMover,
  importCar,
  type Mover,
} from "../support/mover.ts";
import {
  startNetwork,
  type Network,
  type TestAccount,
} from "../support/network.ts";
import { sizeOf } from "../support/sizes.ts";

/** CARs that are broken by accident or on purpose: refused, and nothing changed. */
let network: Network;
let mover: Mover;
let account: TestAccount;
let good: ForeignRepo;
let car: Uint8Array;
/** What is there all the time, since nothing of the others may get in. */
let kept: Uint8Array;
let before: unknown;

const MAX_BYTES = 3_000_000;

beforeAll(async () => {
  network = await startNetwork({
    settings: { TEMPEST_MAX_REPO_IMPORT_SIZE: String(MAX_BYTES) },
  });
  mover = await createMover(network);
  account = await arrive(network, mover, "victim");
  good = makeForeignRepo({ ...mover, records: makePosts(60) });
  car = carOf(good);
  // What is here must be what was imported, after each that was refused.
  kept = carOf(makeForeignRepo({ ...mover, records: makePosts(7) }));
  expect((await importCar(network, account.accessJwt, kept)).status).toBe(200);
  before = await state();
});
afterAll(() => network.stop());

async function state(): Promise<unknown> {
  const { accessJwt: token, did } = account;
  const status = await network.call("com.atproto.server.checkAccountStatus", {
    token,
  });
  const exported = await network.call("com.atproto.sync.getRepo", {
    token,
    params: { did },
  });
  return [status.body, Bun.hash(exported.body)];
}

async function expectRefused(bytes: Uint8Array, message?: RegExp) {
  const answer = await importCar(network, account.accessJwt, bytes);
  expect([answer.status, answer.body.error]).toEqual([400, "InvalidRequest"]);
  expect(answer.body.message).not.toBe("");
  if (message !== undefined) expect(answer.body.message).toMatch(message);
  expect(await state()).toEqual(before);
}

const block = (value: LexValue): Block => {
  const bytes = encodeDrisl(value);
  return { cid: cidOfCbor(bytes), bytes };
};

/** A repository whose tree has any nodes at all. */
function withTree(
  root: Block,
  others: readonly Block[] = [],
  options: { did?: string; signer?: Signer } = {},
): Uint8Array {
  const commit = signCommit(
    {
      did: (options.did ?? mover.did) as Did,
      data: root.cid,
      rev: good.rev,
    },
    options.signer ?? mover.signer,
  );
  return rawCar(commit.cid, [commit, root, ...others]);
}

type Entry = { key: string; value: Block; right?: Block | null };

function node(entries: readonly Entry[], left: Block | null = null): Block {
  let last = "";
  const e = entries.map(({ key, value, right = null }) => {
    let p = 0;
    while (p < last.length && last[p] === key[p]) p++;
    last = key;
    return {
      k: new Uint8Array(Buffer.from(key.slice(p))),
      p,
      t: right && toLink(right.cid),
      v: toLink(value.cid),
    };
  });
  return block({ e, l: left && toLink(left.cid) } as unknown as LexMap);
}

const record = block({ $type: "com.example.record", n: 1 });

/** Keys of one depth, ascending. */
function keysOf(depth: number, count: number): string[] {
  const keys: string[] = [];
  for (let i = 0; keys.length < count; i++) {
    const key = `com.example.record/${i}`;
    if (depthOfKey(key) === depth) keys.push(key);
  }
  return keys.sort();
}

const varint = (...bytes: number[]) => new Uint8Array(bytes);
const header = () => encodeCarHeader(good.commit.cid);
const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

test("nothing, or anything else, is no CAR", async () => {
  await expectRefused(new Uint8Array(0));
  await expectRefused(new Uint8Array(Buffer.from("<!doctype html>")));
  await expectRefused(new Uint8Array(10_000));
  await expectRefused(new Uint8Array(10_000).fill(0xff));
});

test("a CAR that is cut short anywhere", async () => {
  for (let part = 1; part < 24; part++) {
    await expectRefused(car.slice(0, Math.floor((car.length * part) / 24)));
  }
  await expectRefused(car.slice(0, -1), /cut short/);
});

test("lengths that promise what does not come", async () => {
  const endless = varint(...Array.from({ length: 12 }, () => 0xff), 1);
  await expectRefused(endless);
  await expectRefused(join(header(), endless));
  // 2^48 bytes, then 2^31 - 1, then just above the limit of a block.
  await expectRefused(
    join(header(), varint(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40)),
  );
  await expectRefused(join(header(), varint(0xff, 0xff, 0xff, 0xff, 0x07)));
  await expectRefused(join(header(), varint(0xa5, 0x80, 0x80, 0x01)));
  await expectRefused(join(varint(0xff, 0xff, 0x7f), new Uint8Array(5000)));
  // One more byte than the number needs.
  await expectRefused(join(varint(0xba, 0x00), car.slice(1)));
  await expectRefused(join(header(), varint(0)));
  await expectRefused(join(header(), varint(3), new Uint8Array(3)));
});

test("roots other than one commit", async () => {
  const rest = Buffer.concat([good.commit, ...good.blocks].map(encodeCarBlock));
  await expectRefused(join(encodeCarHeader(null), rest), /0 roots/);
  const two = encodeDrisl({
    roots: [toLink(good.commit.cid), toLink(good.data)],
    version: 1,
  } as unknown as LexMap);
  await expectRefused(join(varint(two.length), two, rest), /2 roots/);
  const second = encodeDrisl({
    roots: [toLink(good.commit.cid)],
    version: 2,
  } as unknown as LexMap);
  await expectRefused(join(varint(second.length), second, rest));
  await expectRefused(join(encodeCarHeader(cidOfRaw(good.commit.bytes)), rest));
  await expectRefused(rawCar(good.data, good.blocks), /not a commit/);
  await expectRefused(rawCar(good.commit.cid, good.blocks), /lacks its root/);
});

test("blocks that are not what they are called", async () => {
  for (const at of [0, 1, 30, good.blocks.length - 1]) {
    const blocks = [...good.blocks];
    const { cid, bytes } = blocks[at]!;
    const other = bytes.slice();
    other[other.length - 1]! ^= 1;
    blocks[at] = { cid, bytes: other };
    await expectRefused(carOf({ ...good, blocks }), /hash/);
  }
  const sha512 = Buffer.concat([
    varint(1, 0x71, 0x13, 0x40),
    new Uint8Array(64),
  ]);
  await expectRefused(join(header(), varint(sha512.length), sha512));
  const version0 = Buffer.concat([varint(0x12, 0x20), new Uint8Array(34)]);
  await expectRefused(join(header(), varint(version0.length), version0));
});

test("blocks that are not there", async () => {
  const nodes = good.blocks.length - 60;
  // Posts beyond those that the account has already.
  const own = new Set(
    makeForeignRepo({ ...mover, records: makePosts(7) }).blocks.map(({ cid }) =>
      cid.join(),
    ),
  );
  for (const at of [nodes - 1, nodes + 10, nodes + 59]) {
    expect(own.has(good.blocks[at]!.cid.join())).toBe(false);
    const blocks = good.blocks.filter((_, i) => i !== at);
    await expectRefused(carOf({ ...good, blocks }), /missing/);
  }
});

test("somebody else's repository, or somebody else's signature", async () => {
  const other = await createMover(network);
  const theirs = makeForeignRepo({ ...other, records: makePosts(5) });
  await expectRefused(carOf(theirs), /belongs to/);
  const stranger = createSigner("k256", generatePrivateKey("k256"));
  const records = () => makePosts(5);
  const { did } = mover;
  for (const signer of [stranger, other.signer, mover.rotation]) {
    const forged = makeForeignRepo({ did, signer, records: records() });
    await expectRefused(carOf(forged), /not signed/);
  }
  const p256 = createSigner("p256", generatePrivateKey("p256"));
  await expectRefused(
    carOf(makeForeignRepo({ did, signer: p256, records: records() })),
    /not signed/,
  );
});

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

test("a record that is nested too deep is kept and not read", async () => {
  let nested: Uint8Array = new Uint8Array(encodeDrisl({}));
  nested = join(new Uint8Array(100_000).fill(0x81), nested);
  const repo = makeForeignRepo({
    ...mover,
    records: [["com.example.record/deep", nested], ...makePosts(7)],
  });
  const { accessJwt: token } = account;
  expect((await importCar(network, token, carOf(repo))).status).toBe(200);
  expect((await importCar(network, token, kept)).status).toBe(200);
  expect(await state()).toEqual(before);
});

test("more than this server takes", async () => {
  const large = new Uint8Array(MAX_BYTES + 1);
  const { accessJwt: token } = account;
  const announced = await importCar(network, token, large);
  expect([announced.status, announced.body.error]).toEqual([
    413,
    "PayloadTooLarge",
  ]);
  // Small on its way, large once it is unpacked.
  const packed = Bun.gzipSync(join(car, new Uint8Array(MAX_BYTES)));
  const answer = await importCar(network, token, packed, {
    "content-encoding": "gzip",
  });
  expect(answer.status).toBeOneOf([400, 413]);
  expect(await state()).toEqual(before);
});

test("the wrong kind of body, and callers without the right", async () => {
  const nsid = "com.atproto.repo.importRepo";
  const { accessJwt: token } = account;
  const typed = await network.call(nsid, {
    ...{ token, input: car, type: "application/json" },
  });
  expect([typed.status, typed.body.error]).toEqual([400, "InvalidRequest"]);
  const input = { input: car, type: "application/vnd.ipld.car" };
  expect((await network.call(nsid, input)).status).toBe(401);
  expect(await state()).toEqual(before);
});

test("bytes that were changed anywhere", async () => {
  const random = createRandom(1);
  for (let i = 0; i < sizeOf("brokenCars"); i++) {
    const broken = car.slice();
    for (let n = random.int(1, 3); n > 0; n--) {
      broken[random.int(0, broken.length - 1)] = random.int(0, 255);
    }
    // Once in a while what is changed is what it was.
    if (Buffer.compare(broken, car) === 0) continue;
    const answer = await importCar(network, account.accessJwt, broken);
    expect([i, answer.status]).toEqual([i, 400]);
  }
  expect(await state()).toEqual(before);
});

test("what was refused leaves nothing behind", async () => {
  const repos = `${network.config.dataFolder}/repos`;
  const names = [...new Bun.Glob("**/*").scanSync(repos)];
  const databases = names.filter((name) => name.endsWith(".sqlite"));
  expect(databases).toHaveLength(1);
  expect(names.filter((name) => name.startsWith("importing/"))).toEqual([]);
});
