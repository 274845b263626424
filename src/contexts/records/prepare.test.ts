import * as dagCbor from "@ipld/dag-cbor";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createFakeClock } from "#lib/clock.ts";
import { XrpcError } from "#lib/errors.ts";
import { cidOfCbor, cidOfRaw, formatCid } from "#repo/cid.ts";
import { decodeDrisl } from "#repo/drisl.ts";
import { lexToJson } from "#repo/lex-json.ts";
import { isTid, type Did } from "#repo/syntax.ts";
import { createTidClock } from "#repo/tid.ts";
import type { ReferenceCheck } from "#contexts/blobs/reference-check.ts";
import type { BlobRow } from "#storage/account/blobs.ts";
import { createLexicons } from "#contexts/lexicons/lexicons.ts";
import {
  parseSwap,
  prepareDelete,
  prepareRecord,
  type RecordInput,
} from "./prepare.ts";

const did = "did:plc:abcdefghijklmnopqrstuvwx" as Did;
const createdAt = "2026-01-02T03:04:05.678Z";
const cid = formatCid(cidOfCbor(new Uint8Array([1])));
const blob = {
  $type: "blob",
  ref: { $link: formatCid(cidOfRaw(new Uint8Array([1]))) },
  mimeType: "image/png",
  size: 1,
};
const post = { $type: "app.bsky.feed.post", text: "hello", createdAt };
const lexicons = createLexicons();

/** Blobs that are here, by CID. */
const stored = new Map<string, BlobRow>();

function prepare(input: Partial<RecordInput>, checks: ReferenceCheck[] = []) {
  const clock = createFakeClock();
  return prepareRecord(
    {
      lexicons,
      blobs: {
        assertReference: (check) => void checks.push(check),
        findStored: (_did, cid) => stored.get(formatCid(cid)) ?? null,
      },
      tids: createTidClock({ clock, clockId: 7 }),
    },
    {
      did,
      action: "create",
      collection: "app.bsky.feed.post",
      record: post,
      ...input,
    },
  );
}

describe("a record", () => {
  test("comes out encoded, with its address", () => {
    const write = prepare({ rkey: "3jzfcijpj2z2a" });
    expect(write).toMatchObject({
      action: "create",
      collection: "app.bsky.feed.post",
      rkey: "3jzfcijpj2z2a",
      blobs: [],
      subject: null,
      dedupe: false,
      validationStatus: "valid",
    });
    expect("swapRecord" in write).toBe(false);
    expect(write.cid).toEqual(cidOfCbor(write.bytes!));
    expect(lexToJson(decodeDrisl(write.bytes!))).toEqual(post);
  });

  test("gets the $type of its collection, and the same CID with or without", () => {
    const { $type: _, ...bare } = post;
    expect(prepare({ record: bare }).cid).toEqual(prepare({}).cid!);
  });

  test("gets a new TID as key", () => {
    expect(isTid(prepare({}).rkey)).toBe(true);
  });

  test("gets the only key that its lexicon allows", () => {
    const profile = { collection: "app.bsky.actor.profile", record: {} };
    expect(prepare(profile).rkey as string).toBe("self");
    expect(prepare({ ...profile, validate: false }).rkey as string).toBe(
      "self",
    );
  });

  test("keeps values that lexicons don't name", () => {
    const record = { ...post, extra: { $bytes: "AQID" }, more: [null, -5] };
    const { bytes } = prepare({ record });
    expect(lexToJson(decodeDrisl(bytes!))).toEqual(record);
  });

  test("may have 1,000,000 bytes", () => {
    const collection = "com.example.large";
    const empty = prepare({ collection, record: { data: "x".repeat(70_000) } });
    const room = 1_000_000 - empty.bytes!.length + 70_000;
    const fits = prepare({ collection, record: { data: "x".repeat(room) } });
    expect(fits.bytes!.length).toBe(1_000_000);
    expect(() =>
      prepare({ collection, record: { data: "x".repeat(room + 1) } }),
    ).toThrow("may have 1000000 bytes");
  });

  test("says whether its lexicon was asked", () => {
    const unknown = { collection: "com.example.a", record: {} };
    expect(prepare(unknown).validationStatus).toBe("unknown");
    const unasked = prepare({ record: { text: 5 }, validate: false });
    expect("validationStatus" in unasked).toBe(false);
  });
});

const deep = (levels: number) =>
  JSON.parse(`{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`);

const refused: [string, Partial<RecordInput>][] = [
  ["no object", { record: "text" }],
  ["an array", { record: [] }],
  ["null", { record: null }],
  ["a link", { record: { $link: cid } }],
  ["bytes", { record: { $bytes: "AAAA" } }],
  ["another $type", { record: { ...post, $type: "app.bsky.feed.like" } }],
  [
    "another $type, though nothing is validated",
    { record: { ...post, $type: "com.example.a" }, validate: false },
  ],
  ["a $type that is no text", { record: { ...post, $type: 5 } }],
  ["an empty $type", { record: { ...post, $type: "" } }],
  ["what its lexicon refuses", { record: { text: 5, createdAt } }],
  [
    "an unknown lexicon that must be known",
    { collection: "com.example.a", record: {}, validate: true },
  ],
  ["a float", { record: { ...post, extra: 1.5 } }],
  [
    "a float, unvalidated",
    { record: { ...post, extra: 1.5 }, validate: false },
  ],
  ["an integer beyond 2^53", { record: { ...post, extra: 2 ** 53 } }],
  ["a malformed link", { record: { ...post, extra: { $link: "x" } } }],
  ["a link with company", { record: { ...post, extra: { $link: cid, a: 1 } } }],
  ["malformed bytes", { record: { ...post, extra: { $bytes: "*" } } }],
  ["half a character", { record: { ...post, text: "\ud800" } }],
  ["too deep a nest", { record: { ...post, extra: deep(200) } }],
  [
    "an old blob reference",
    {
      collection: "com.example.a",
      record: { image: { cid: blob.ref.$link, mimeType: "image/png" } },
      validate: false,
    },
  ],
  [
    "an old blob reference in a profile that is created",
    {
      collection: "app.bsky.actor.profile",
      record: { avatar: { cid: blob.ref.$link, mimeType: "image/png" } },
    },
  ],
  [
    "a blob reference without size",
    { record: { ...post, extra: { ...blob, size: undefined } } },
  ],
  [
    "a blob of negative size",
    { record: { ...post, extra: { ...blob, size: -1 } } },
  ],
  [
    "a blob reference to a record",
    { record: { ...post, extra: { ...blob, ref: { $link: cid } } } },
  ],
  [
    "a blob without $type where a blob should be",
    {
      collection: "app.bsky.actor.profile",
      record: { avatar: { ref: blob.ref, mimeType: "image/png", size: 1 } },
    },
  ],
  ["a collection that is no NSID", { collection: "posts" }],
  ["a key with a slash", { rkey: "a/b" }],
  ["an empty key", { rkey: "" }],
  ["the key .", { rkey: "." }],
  ["the key ..", { rkey: ".." }],
  ["a key of 513 characters", { rkey: "x".repeat(513) }],
  ["a key that should be a TID", { rkey: "self" }],
  [
    "a key that should be self",
    { collection: "app.bsky.actor.profile", record: {}, rkey: "other" },
  ],
  [
    "no key where it should be an NSID",
    {
      collection: "com.atproto.lexicon.schema",
      record: { lexicon: 1, id: "com.example.a", defs: {} },
    },
  ],
  ["a swap that is no CID", { swapRecord: "abc" }],
];

describe("refused with 400 InvalidRequest", () => {
  for (const [name, input] of refused) {
    test(name, () => {
      const record = input.record;
      const json =
        record === undefined
          ? {}
          : { record: JSON.parse(JSON.stringify(record)) };
      try {
        prepare({ ...input, ...json });
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(XrpcError);
        const { error: code, status } = error as XrpcError;
        expect([status, code]).toEqual([400, "InvalidRequest"]);
      }
    });
  }

  test("but key types don't count when nothing is validated", () => {
    const write = prepare({ rkey: "self", validate: false });
    expect(write.rkey as string).toBe("self");
  });
});

describe("subjects", () => {
  const uri = "at://did:plc:abc/app.bsky.feed.post/3jzfcijpj2z2a";
  const rows: [string, unknown, string | null][] = [
    ["app.bsky.feed.like", { uri, cid }, uri],
    ["app.bsky.feed.repost", { uri, cid }, uri],
    ["app.bsky.graph.follow", "did:plc:abc", "did:plc:abc"],
    ["app.bsky.graph.block", "did:plc:abc", "did:plc:abc"],
    ["app.bsky.graph.block", "alice.test", null],
    ["app.bsky.feed.like", { uri: "https://example.com", cid }, null],
    ["app.bsky.feed.like", uri, null],
    ["app.bsky.feed.like", undefined, null],
    ["app.bsky.feed.post", "did:plc:abc", null],
    ["com.example.follow", "did:plc:abc", null],
  ];
  for (const [collection, subject, expected] of rows) {
    test(`${collection} of ${JSON.stringify(subject)}`, () => {
      const record = { createdAt, ...(subject !== undefined && { subject }) };
      const write = prepare({ collection, record, validate: false });
      expect(write.subject).toBe(expected);
    });
  }
});

describe("a profile with pictures in the old shape", () => {
  const raw = new Uint8Array([1]);
  const old = { cid: blob.ref.$link, mimeType: "image/jpeg" };
  const put = (record: object, collection = "app.bsky.actor.profile") =>
    prepare({ action: "put", collection, rkey: "self", record });
  const written = (record: object) =>
    lexToJson(decodeDrisl(put(record).bytes!));
  beforeEach(() => {
    const row = { did, cid: cidOfRaw(raw), mimeType: "image/png" };
    stored.set(blob.ref.$link, { ...row, sizeBytes: 1, createdAtMs: 0 });
  });
  afterEach(() => stored.clear());

  test("is written in the new one, as the blobs really are", () => {
    expect(written({ avatar: old, banner: blob, displayName: "a" })).toEqual({
      $type: "app.bsky.actor.profile",
      avatar: blob,
      banner: blob,
      displayName: "a",
    });
    expect(put({ banner: old }).blobs).toEqual([cidOfRaw(raw)]);
  });

  test("is refused where a blob is missing, and for other records", () => {
    const refusal = "Legacy blob reference";
    expect(() => put({ avatar: old }, "com.example.profile")).toThrow(refusal);
    expect(() => put({ other: old })).toThrow(refusal);
    expect(() => put({ avatar: { ...old, more: 1 } })).toThrow("blob ref");
    stored.clear();
    expect(() => put({ avatar: old })).toThrow(refusal);
  });
});

describe("blobs", () => {
  test("are checked with what the lexicon asks of their place", () => {
    const checks: ReferenceCheck[] = [];
    const write = prepare(
      {
        collection: "app.bsky.actor.profile",
        record: { avatar: blob, banner: blob, other: blob },
      },
      checks,
    );
    expect(write.blobs).toEqual([cidOfRaw(new Uint8Array([1]))]);
    expect(
      checks.map(({ reference, constraint }) => [
        reference.path.join("/"),
        constraint.maxSizeBytes,
      ]),
    ).toEqual([
      ["avatar", 1_000_000],
      ["banner", 1_000_000],
      ["other", undefined],
    ]);
  });

  test("are checked without a lexicon too", () => {
    const checks: ReferenceCheck[] = [];
    const record = { images: [blob] };
    prepare({ collection: "com.example.a", record, validate: false }, checks);
    expect(checks.map(({ constraint }) => constraint)).toEqual([{}]);
  });
});

test("swaps are absent, null or a CID", () => {
  expect(prepare({ swapRecord: null }).swapRecord).toBeNull();
  expect(prepare({ swapRecord: cid }).swapRecord).toEqual(
    cidOfCbor(new Uint8Array([1])),
  );
  expect(() => parseSwap("swapCommit", "bafy")).toThrow(
    "swapCommit must be a CID",
  );
});

test("a deletion names a path and nothing else", () => {
  const path = { collection: "app.bsky.feed.post", rkey: "anything" };
  expect(prepareDelete(path)).toMatchObject({
    action: "delete",
    cid: null,
    bytes: null,
    blobs: [],
  });
  expect(() => prepareDelete({ ...path, collection: "x" })).toThrow(XrpcError);
  expect(() => prepareDelete({ ...path, rkey: "a b" })).toThrow(XrpcError);
  expect(() => prepareDelete({ ...path, swapRecord: "x" })).toThrow(XrpcError);
});

test("records are encoded as the official codec encodes them", () => {
  const key = fc
    .string({ unit: "grapheme" })
    .filter((text) => !text.startsWith("$") && text !== "__proto__");
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.string({ unit: "grapheme" }),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(key, tie("value"), { maxKeys: 5, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(
      fc.dictionary(key, value, { maxKeys: 5, noNullPrototype: true }),
      (json) => {
        const collection = "com.example.any";
        const record = { $type: collection, ...json };
        const { bytes } = prepare({ collection, record, validate: false });
        expect(Buffer.from(bytes!).toString("hex")).toBe(
          Buffer.from(dagCbor.encode(record)).toString("hex"),
        );
      },
    ),
    { numRuns: 300 },
  );
});
