import { isDeepStrictEqual } from "node:util";
import { CarReader } from "@ipld/car";
import * as lexCbor from "@atproto/lex-cbor";
import * as dagCbor from "@ipld/dag-cbor";
import { CID } from "multiformats/cid";
import type { Block } from "#repo/block.ts";
import { decodeCar, encodeCar } from "#repo/car.ts";
import { readCar } from "#repo/car-stream.ts";
import {
  cidFromKey,
  cidKey,
  cidOfCbor,
  cidOfRaw,
  fromLink,
  formatCid,
  isCid,
  parseCid,
} from "#repo/cid.ts";
import { decodeCommit, signCommit, verifyCommit } from "#repo/commit.ts";
import { decodeDrisl, decodeFirst, encodeDrisl } from "#repo/drisl.ts";
import type { LexValue } from "#repo/drisl.ts";
import { BlockError } from "#repo/errors.ts";
import {
  decodeFrame,
  encodeAccountFrame,
  encodeCommitFrame,
  encodeErrorFrame,
  encodeIdentityFrame,
  encodeInfoFrame,
  encodeSyncFrame,
  patchSeq,
} from "#repo/frame.ts";
import { jsonToLex, lexToJson } from "#repo/lex-json.ts";
import { createSigner } from "#repo/signer.ts";
import type { Did, Handle, Tid } from "#repo/syntax.ts";
import { decodeVarint, encodeVarint, varintLength } from "#repo/varint.ts";
import type { Random } from "../../support/random.ts";
import { damageBytes, randomBytes } from "../bytes.ts";
import type { Target } from "../engine.ts";
import { accepted, bytesOf, same, textOf } from "../expect.ts";
import { damageText } from "../texts.ts";
import { damageJson, randomMap, randomValue } from "../values.ts";

/** Formats of bytes: what is read is written again as it was, and no official reader refuses it. */

const DID = "did:plc:7iza6de2dwap2sbkpav7c6c6" as Did;
const REV = "3jzfcijpj2z2a" as Tid;
const TIME = "2026-01-02T03:04:05.678Z";
const signer = createSigner("k256", new Uint8Array(32).fill(7));

/** Valid now and then, damaged mostly. */
function around(
  random: Random,
  make: (random: Random) => Uint8Array,
): Uint8Array {
  const bytes = make(random);
  if (random.next() < 0.1) return bytes;
  return damageBytes(random, bytes, make(random));
}

const makeDrisl = (random: Random) => encodeDrisl(randomValue(random));

const drisl: Target = {
  name: "drisl",
  make: (random) =>
    random.next() < 0.2
      ? randomBytes(random, random.int(0, 12))
      : around(random, makeDrisl),
  check(input) {
    const bytes = bytesOf(input);
    const value = accepted(() => decodeDrisl(bytes), BlockError);
    if (value === undefined) return false;
    same("bytes", encodeDrisl(value), bytes);
    if (!isDeepStrictEqual(dagCbor.decode(bytes), value)) {
      throw new Error("@ipld/dag-cbor reads another value");
    }
    lexCbor.decode(bytes);
    checkJsonForm(value, bytes);
    return true;
  },
};

/** The JSON of a value that may be written as JSON stands for the same value. */
function checkJsonForm(value: LexValue, bytes: Uint8Array): void {
  const json = JSON.stringify(lexToJson(value));
  const again = accepted(() => jsonToLex(JSON.parse(json)), BlockError);
  // Maps with reserved keys have no JSON of their own, and none is accepted for them.
  if (again === undefined || json.includes('"$')) return;
  same("bytes after JSON", encodeDrisl(again), bytes);
}

const drislPrefix: Target = {
  name: "drisl, the first of several",
  make: (random) =>
    damageBytes(
      random,
      Buffer.concat([makeDrisl(random), makeDrisl(random)]),
      makeDrisl(random),
    ),
  check(input) {
    const bytes = bytesOf(input);
    const first = accepted(() => decodeFirst(bytes), BlockError);
    if (first === undefined) return false;
    const [value, end] = first;
    same("the first value", encodeDrisl(value), bytes.subarray(0, end));
    return true;
  },
};

const lexJson: Target = {
  name: "JSON of the data model",
  make(random) {
    const json = lexToJson(randomMap(random));
    return JSON.stringify(
      random.next() < 0.1 ? json : damageJson(random, json),
    );
  },
  check(input) {
    const json: unknown = parseJson(textOf(input));
    if (json === undefined) return false;
    const value = accepted(() => jsonToLex(json), BlockError);
    if (value === undefined) return false;
    const bytes = accepted(() => encodeDrisl(value), BlockError);
    // Unpaired surrogates are for the encoder to refuse.
    if (bytes === undefined) return false;
    same("bytes", encodeDrisl(decodeDrisl(bytes)), bytes);
    const again = jsonToLex(JSON.parse(JSON.stringify(lexToJson(value))));
    same("bytes after JSON", encodeDrisl(again), bytes);
    return true;
  },
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const varint: Target = {
  name: "varint",
  make(random) {
    const value = Math.floor(random.next() * 2 ** random.int(0, 53));
    const bytes = encodeVarint(value);
    const more = randomBytes(random, random.int(0, 10));
    return random.next() < 0.5
      ? Buffer.concat([bytes, more])
      : damageBytes(random, bytes, more);
  },
  check(input) {
    const bytes = bytesOf(input);
    const read = accepted(() => decodeVarint(bytes), BlockError);
    if (read === undefined) return false;
    same("varint", encodeVarint(read.value), bytes.slice(0, read.next));
    same("length", varintLength(read.value), read.next);
    return true;
  },
};

const cid: Target = {
  name: "CID",
  make(random) {
    const make = () => {
      const bytes = randomBytes(random, 8);
      return formatCid(
        random.next() < 0.5 ? cidOfCbor(bytes) : cidOfRaw(bytes),
      );
    };
    const examples = [
      make(),
      make(),
      "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKpnT6",
      "zb2rhe5P4gXftAwvA4eXQ5HJwsER2owDyS9sKaQRRVQPn93bA",
    ];
    return damageText(random, examples, [..."abcxyz234567"]);
  },
  check(input) {
    const text = textOf(input);
    const bytes = accepted(() => parseCid(text), BlockError);
    same("isCid", isCid(text), bytes !== undefined);
    if (bytes === undefined) return false;
    same("text", formatCid(bytes), text);
    same("bytes as multiformats has them", CID.parse(text).bytes, bytes);
    same("bytes from the key", cidFromKey(cidKey(bytes)), bytes);
    same("bytes from the link", fromLink(CID.decode(bytes)), bytes);
    return true;
  },
};

function makeCar(random: Random): Uint8Array {
  const blocks: Block[] = Array.from({ length: random.int(0, 5) }, () => {
    const bytes = makeDrisl(random);
    return { cid: cidOfCbor(bytes), bytes };
  });
  return encodeCar(blocks[0]?.cid ?? null, blocks);
}

const car: Target = {
  name: "CAR",
  make: (random) => around(random, makeCar),
  async check(input) {
    const bytes = bytesOf(input);
    const whole = accepted(() => decodeCar(bytes), BlockError);
    // The cuts depend on the input alone, so that it fails again when it failed.
    const pieceBytes = 1 + (bytes.length % 97);
    const streamed = await readAll(bytes, pieceBytes);
    same("read whole and in pieces", streamed !== null, whole !== undefined);
    if (whole === undefined || streamed === null) return false;
    same("blocks in pieces", streamed, whole.blocks);
    if (whole.roots.length < 2) {
      const again = encodeCar(whole.roots[0] ?? null, whole.blocks);
      same("bytes", again, bytes);
    }
    const official = await CarReader.fromBytes(bytes);
    let count = 0;
    for await (const block of official.blocks()) {
      same("block", new Uint8Array(block.bytes), whole.blocks[count]!.bytes);
      count++;
    }
    same("number of blocks", count, whole.blocks.length);
    return true;
  },
};

async function readAll(
  bytes: Uint8Array,
  pieceBytes: number,
): Promise<Block[] | null> {
  let at = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, (at += pieceBytes)));
    },
  });
  try {
    const { blocks } = await readCar(stream, { maxBytes: 1e6 });
    return await Array.fromAsync(blocks);
  } catch (error) {
    if (error instanceof BlockError) return null;
    throw error;
  }
}

function makeCommit(random: Random): Uint8Array {
  const data = cidOfCbor(randomBytes(random, 4));
  return signCommit({ did: DID, data, rev: REV }, signer).bytes;
}

const commit: Target = {
  name: "commit",
  make: (random) => around(random, makeCommit),
  check(input) {
    const bytes = bytesOf(input);
    const read = accepted(() => decodeCommit(bytes), BlockError);
    if (read === undefined) return false;
    const { data, prev, ...rest } = read;
    const value = {
      ...rest,
      data: CID.decode(data),
      prev: prev && CID.decode(prev),
    };
    same("bytes", encodeDrisl(value), bytes);
    verifyCommit(bytes, signer.didKey);
    return true;
  },
};

function makeFrame(random: Random): Uint8Array {
  const blocks = random.next() < 0.5 ? makeCar(random) : new Uint8Array(0);
  const link = () => cidOfCbor(randomBytes(random, 4));
  const ops = Array.from({ length: random.int(0, 4) }, () => {
    const path = `app.bsky.feed.post/${random.int(0, 1e6)}`;
    return random.pick([
      { action: "create" as const, path, cid: link(), prev: null },
      { action: "update" as const, path, cid: link(), prev: link() },
      { action: "delete" as const, path, cid: null, prev: link() },
    ]);
  });
  const { frame, seqOffset } = random.pick([
    () =>
      encodeCommitFrame({
        repo: DID,
        rev: REV,
        since: random.pick([null, REV]),
        commit: link(),
        blocks,
        ops,
        prevData: random.pick([null, link()]),
        time: TIME,
      }),
    () => encodeSyncFrame({ did: DID, rev: REV, blocks, time: TIME }),
    () => encodeIdentityFrame({ did: DID, time: TIME }),
    () =>
      encodeIdentityFrame({
        did: DID,
        time: TIME,
        handle: "alice.test" as Handle,
      }),
    () => encodeAccountFrame({ did: DID, active: true, time: TIME }),
    () =>
      encodeAccountFrame({
        did: DID,
        active: false,
        status: "deactivated",
        time: TIME,
      }),
    () => ({ frame: encodeInfoFrame("OutdatedCursor", "x"), seqOffset: -1 }),
    () => ({ frame: encodeErrorFrame("FutureCursor"), seqOffset: -1 }),
  ])();
  if (seqOffset >= 0) patchSeq(frame, seqOffset, 2 ** 51 + random.int(0, 1e6));
  return frame;
}

const frame: Target = {
  name: "event message",
  make: (random) => around(random, makeFrame),
  check(input) {
    const bytes = bytesOf(input);
    if (accepted(() => decodeFrame(bytes), BlockError) === undefined) {
      return false;
    }
    const items = [...lexCbor.decodeAll(bytes)];
    same("number of values", items.length, 2);
    const again = items.map((item) => lexCbor.encode(item));
    same("bytes", new Uint8Array(Buffer.concat(again)), bytes);
    return true;
  },
};

export const CODECS: readonly Target[] = [
  drisl,
  drislPrefix,
  lexJson,
  varint,
  cid,
  car,
  commit,
  frame,
];
