import { expect, test } from "bun:test";
import { encodeCarBlock, encodeCarHeader } from "#repo/car.ts";
import { cidOfRaw, toLink } from "#repo/cid.ts";
import { encodeDrisl, type LexMap } from "#repo/drisl.ts";
import { generatePrivateKey } from "#repo/keys.ts";
import { createSigner } from "#repo/signer.ts";
import { createRandom } from "../support/random.ts";
import {
  carOf,
  makeForeignRepo,
  makePosts,
  rawCar,
} from "../support/foreign-repo.ts";
import { createMover, importCar } from "../support/mover.ts";
import { sizeOf } from "../support/sizes.ts";
import {
  MAX_BYTES,
  account,
  before,
  car,
  expectRefused,
  good,
  header,
  join,
  kept,
  mover,
  network,
  state,
  useVictim,
  varint,
} from "./victim.ts";

/** CARs that are broken by accident or on purpose: refused, and nothing changed. */
useVictim();

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
