import { describe, expect, test } from "bun:test";
import { XrpcError } from "#lib/errors.ts";
import { jsonToRecord } from "#repo/lex-json.ts";
import type { Nsid, RecordKey } from "#repo/syntax.ts";
import { listBlobConstraints } from "./blob-constraints.ts";
import { createLexicons } from "./lexicons.ts";
import { assertRecordKeyType, literalKey } from "./record-key.ts";

const lexicons = createLexicons();
const nsid = (text: string) => text as Nsid;
const BLOB = {
  $type: "blob",
  ref: { $link: "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy" },
  mimeType: "image/png",
  size: 5,
};
const createdAt = "2026-01-02T03:04:05.678Z";

function validate(collection: string, record: unknown, mode?: boolean) {
  return lexicons.validateRecord(nsid(collection), jsonToRecord(record), mode);
}

describe("definitions", () => {
  test("knows methods, records and their declared errors", () => {
    expect(lexicons.find("com.atproto.repo.createRecord")?.type).toBe(
      "procedure",
    );
    expect(lexicons.findRecord("app.bsky.actor.profile")?.key).toBe(
      "literal:self",
    );
    expect(lexicons.findRecord("com.atproto.repo.createRecord")).toBeNull();
    expect(lexicons.find("com.example.nothing")).toBeNull();
    for (const name of ["app.bsky.feed.post#textSlice", "a#b#c", "", "lex:"]) {
      expect(lexicons.find(name)).toBeNull();
    }
    expect(lexicons.errorsOf("com.atproto.sync.getBlob")).toEqual([
      "BlobNotFound",
      "RepoNotFound",
      "RepoTakendown",
      "RepoSuspended",
      "RepoDeactivated",
    ]);
    expect(lexicons.errorsOf("com.atproto.repo.describeRepo")).toEqual([]);
    expect(lexicons.errorsOf("com.example.nothing")).toEqual([]);
    expect(lexicons.list()).toContain("com.atproto.sync.subscribeRepos");
  });
});

describe("modes of validation", () => {
  const post = { $type: "app.bsky.feed.post", text: "hello", createdAt };
  const custom = { $type: "com.example.thing", anything: [1, { deep: null }] };

  test("a record that fits is valid, whether that was asked or not", () => {
    expect(validate("app.bsky.feed.post", post)).toBe("valid");
    expect(validate("app.bsky.feed.post", post, true)).toBe("valid");
    expect(validate("app.bsky.feed.post", post, false)).toBeUndefined();
  });

  test("an unknown lexicon is an error only when validation is asked for", () => {
    expect(validate("com.example.thing", custom)).toBe("unknown");
    expect(validate("com.example.thing", custom, false)).toBeUndefined();
    expect(() => validate("com.example.thing", custom, true)).toThrow(
      "Lexicon not found: com.example.thing",
    );
  });

  test("a lexicon that is no record counts as unknown", () => {
    const record = { $type: "com.atproto.repo.createRecord" };
    expect(validate("com.atproto.repo.createRecord", record)).toBe("unknown");
  });

  test("false lets through what does not fit", () => {
    const wrong = { ...post, text: 5 };
    expect(validate("app.bsky.feed.post", wrong, false)).toBeUndefined();
  });
});

const unfit: [string, string, unknown][] = [
  ["a missing property", "app.bsky.feed.post", { text: "x" }],
  ["a wrong type", "app.bsky.feed.post", { text: 5, createdAt }],
  ["a bad datetime", "app.bsky.feed.post", { text: "x", createdAt: "today" }],
  [
    "a datetime without a time zone",
    "app.bsky.feed.post",
    { text: "x", createdAt: "2026-01-02T03:04:05.678" },
  ],
  [
    "a datetime of a day that never was",
    "app.bsky.feed.post",
    { text: "x", createdAt: "2026-02-30T03:04:05Z" },
  ],
  [
    "such a datetime that may be absent",
    "app.bsky.actor.profile",
    { createdAt: "2026-01-02T03:04:05+0000" },
  ],
  [
    "a text that is too long",
    "app.bsky.feed.post",
    { text: "x".repeat(301), createdAt },
  ],
  [
    "a blob without $type",
    "app.bsky.actor.profile",
    { avatar: { ...BLOB, $type: undefined } },
  ],
  [
    "a link where a blob should be",
    "app.bsky.actor.profile",
    { avatar: BLOB.ref },
  ],
  [
    "a malformed member of a union",
    "app.bsky.feed.post",
    {
      text: "x",
      createdAt,
      embed: { $type: "app.bsky.embed.images", images: 5 },
    },
  ],
  [
    "a union value without $type",
    "app.bsky.feed.post",
    { text: "x", createdAt, embed: { images: [] } },
  ],
  [
    "a $type with two hashes",
    "app.bsky.feed.post",
    { text: "x", createdAt, embed: { $type: "a#b#c" } },
  ],
  [
    "a subject that is no DID",
    "app.bsky.graph.follow",
    { subject: "x", createdAt },
  ],
];

describe("what does not fit is refused with 400 InvalidRequest", () => {
  for (const [name, collection, record] of unfit) {
    test(name, () => {
      const json = JSON.parse(JSON.stringify(record));
      try {
        validate(collection, { $type: collection, ...json });
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(XrpcError);
        expect((error as XrpcError).error).toBe("InvalidRequest");
        expect((error as XrpcError).status).toBe(400);
        expect((error as XrpcError).message).toContain(collection);
      }
    });
  }
});

describe("record keys", () => {
  const rows: [string | undefined, string, boolean][] = [
    ["tid", "3jzfcijpj2z2a", true],
    ["tid", "self", false],
    ["nsid", "com.example.thing", true],
    ["nsid", "self", false],
    ["literal:self", "self", true],
    ["literal:self", "other", false],
    ["any", "what~ever:1", true],
    ["something-new", "x", true],
    [undefined, "x", true],
  ];
  for (const [type, key, isRight] of rows) {
    test(`${type}: ${key} is ${isRight ? "right" : "refused"}`, () => {
      const check = () =>
        assertRecordKeyType(nsid("com.example.a"), type, key as RecordKey);
      if (isRight) expect(check()).toBeUndefined();
      else expect(check).toThrow("Invalid record key for com.example.a");
    });
  }

  test("only a literal type has a key of its own", () => {
    expect(literalKey("literal:self")).toBe("self" as RecordKey);
    expect(literalKey("tid")).toBeNull();
    expect(literalKey(undefined)).toBeNull();
  });
});

describe("constraints on blobs", () => {
  function constraintsOf(collection: string, json: unknown) {
    const record = jsonToRecord(json);
    const definition = lexicons.findRecord(collection)!.record;
    return listBlobConstraints(lexicons.lexicons, definition, record).map(
      ({ path, accept, maxSizeBytes }) => [
        path.join("/"),
        accept,
        maxSizeBytes,
      ],
    );
  }

  test("follow properties, lists, references and unions", () => {
    expect(
      constraintsOf("app.bsky.feed.post", {
        $type: "app.bsky.feed.post",
        text: "",
        createdAt,
        embed: {
          $type: "app.bsky.embed.recordWithMedia#main",
          record: { record: { uri: "at://did:plc:x", cid: "x" } },
          media: {
            $type: "app.bsky.embed.images",
            images: [
              { image: BLOB, alt: "" },
              { image: BLOB, alt: "" },
            ],
          },
        },
      }),
    ).toEqual([
      ["embed/media/images/0/image", ["image/*"], 2_000_000],
      ["embed/media/images/1/image", ["image/*"], 2_000_000],
    ]);
  });

  test("are those of the place, not of the record", () => {
    expect(
      constraintsOf("app.bsky.actor.profile", {
        $type: "app.bsky.actor.profile",
        avatar: BLOB,
        banner: BLOB,
        extra: BLOB,
      }),
    ).toEqual([
      ["avatar", ["image/png", "image/jpeg"], 1_000_000],
      ["banner", ["image/png", "image/jpeg"], 1_000_000],
    ]);
  });

  test("know nothing of members that the union does not name", () => {
    expect(
      constraintsOf("app.bsky.feed.post", {
        $type: "app.bsky.feed.post",
        text: "",
        createdAt,
        embed: { $type: "com.example.embed", image: BLOB },
      }),
    ).toEqual([]);
  });
});
