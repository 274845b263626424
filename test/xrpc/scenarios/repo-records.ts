import type { Made, Scenario } from "../scenario.ts";
import { PROFILE, POST, post, raw, THING } from "./repo-fixture.ts";

/** Sends a record by the method under test, as `more` says. */
type Send = (record: unknown, more?: object) => Made;

interface Options {
  /** Writes a record of THING. */
  send: Send;
  /** The same with the record as JSON text. */
  sendText(record: string): Made;
}

const refused = (
  name: string,
  call: Scenario["call"],
  error = "InvalidRequest",
): Scenario => ({ name, call, status: 400, error });

const brackets = (count: number) => "[".repeat(count) + "]".repeat(count);

/** What records may be, for each method that takes them. */
export function whatRecordsMayBe({ send, sendText }: Options): Scenario[] {
  const good: [name: string, record: string][] = [
    ["nothing but a type", `{"$type":"${THING}"}`],
    ["no type", `{"a":1}`],
    ["a key twice, of which the last counts", `{"a":1,"a":2}`],
    [
      "the largest and the smallest number",
      `{"a":[${2 ** 53 - 1},${1 - 2 ** 53}]}`,
    ],
    ["a whole number with a point", `{"a":1.0}`],
    ["text of all planes", `{"a":"é 名 👍🏽 \\u0000"}`],
    [
      "a link",
      `{"a":{"$link":"bafyreiclp443lavogvhj3d2ob2cxbfuscni2k5jk7bebjzg7khl3esabwq"}}`,
    ],
    ["bytes", `{"a":{"$bytes":"AAEC"}}`],
    ["100 levels", `{"a":${brackets(100)}}`],
  ];
  const bad: [name: string, record: string][] = [
    ["a key called __proto__", `{"a":{"__proto__":{"b":1}}}`],
    ["a fraction", `{"a":1.5}`],
    ["a number that is too large", `{"a":9007199254740993}`],
    ["a number that is infinite", `{"a":1e999}`],
    ["a number that is nearly none", `{"a":1e-7}`],
    ["half a character", `{"a":"\\ud800"}`],
    ["half a character in a key", `{"\\udc00":1}`],
    ["a link to nothing", `{"a":{"$link":"bafy"}}`],
    [
      "a link of the old kind",
      `{"a":{"$link":"QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"}}`,
    ],
    [
      "a link and more",
      `{"a":{"$link":"bafyreiclp443lavogvhj3d2ob2cxbfuscni2k5jk7bebjzg7khl3esabwq","b":1}}`,
    ],
    ["a link that is a number", `{"a":{"$link":1}}`],
    ["bytes that are none", `{"a":{"$bytes":"###"}}`],
    ["bytes and more", `{"a":{"$bytes":"AAEC","b":1}}`],
    ["another type", `{"$type":"com.example.other"}`],
    ["a type that is a number", `{"$type":1}`],
    ["an empty type within", `{"a":{"$type":""}}`],
    ["129 levels", `{"a":${brackets(129)}}`],
    ["100,000 levels", `{"a":${brackets(100_000)}}`],
    ["nothing", "null"],
    ["a list", "[]"],
    ["text", `"record"`],
    [
      "a link for a record",
      `{"$link":"bafyreiclp443lavogvhj3d2ob2cxbfuscni2k5jk7bebjzg7khl3esabwq"}`,
    ],
    ["bytes for a record", `{"$bytes":"AAEC"}`],
  ];
  return [
    ...good.map(([name, text]) => ({
      name: `takes ${name}`,
      call: sendText(text),
    })),
    ...bad.map(([name, text]) => refused(`refuses ${name}`, sendText(text))),
    {
      name: "knows nothing of a collection without a lexicon",
      call: send({}),
      body: { validationStatus: "unknown" },
    },
    refused(
      "needs a lexicon where it is told to validate",
      send({}, { validate: true }),
    ),
    {
      name: "finds a post that fits its lexicon valid",
      call: send(post("hi"), { collection: POST, rkey: undefined }),
      body: { validationStatus: "valid" },
    },
    refused(
      "refuses a post that does not fit its lexicon",
      send({ $type: POST }, { collection: POST }),
    ),
    refused(
      "refuses a post that is too long",
      send(post("x".repeat(3001)), { collection: POST }),
    ),
    {
      name: "takes what does not fit where it is told not to look",
      call: send({ $type: POST }, { collection: POST, validate: false }),
    },
    refused(
      "refuses a key that the lexicon does not allow",
      send(post("hi"), { collection: POST, rkey: "not-a-tid" }),
    ),
    refused(
      "refuses a second profile",
      send({ $type: PROFILE }, { collection: PROFILE, rkey: "other" }),
    ),
    ...["", ".", "..", "a/b", "a b", "ä", "x".repeat(513)].map((rkey) =>
      refused(`refuses the key "${rkey.slice(0, 9)}"`, send({}, { rkey })),
    ),
    ...["thing", "com.example", "com.example.9", "com..thing", ""].map(
      (collection) =>
        refused(
          `refuses the collection "${collection}"`,
          send({}, { collection }),
        ),
    ),
    refused("refuses a swap that is no CID", send({}, { swapCommit: "x" })),
    refused(
      "refuses a swap that is a CID of the old kind",
      send(
        {},
        { swapCommit: "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n" },
      ),
    ),
    ...whatBlobsMayBe(send),
  ];
}

/** Records that name blobs. */
function whatBlobsMayBe(send: Send): Scenario[] {
  const blob = (more: object = {}) => ({
    $type: "blob",
    ref: {
      $link: "bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity",
    },
    mimeType: "text/plain",
    size: 3,
    ...more,
  });
  const uploaded =
    (more: object, record: (blob: object) => object = (it) => ({ it })) =>
    async (world: Parameters<Extract<Scenario["call"], Function>>[0]) => {
      const made = await world.uploadBlob(`blob ${world.unique()}`);
      return send(record({ ...made, ...more }), asProfile(record));
    };
  const avatar = (it: object) => ({ $type: PROFILE, avatar: it });
  const asProfile = (record: unknown) =>
    record === avatar ? { collection: PROFILE, rkey: "self" } : {};
  return [
    { name: "takes a blob that is here", call: uploaded({}) },
    refused("misses a blob", send({ it: blob() }), "BlobNotFound"),
    refused(
      "misses a blob deep within",
      send({ a: [{ b: [blob()] }] }),
      "BlobNotFound",
    ),
    refused(
      "refuses a blob of another type than it has",
      uploaded({ mimeType: "text/html" }),
      "InvalidMimeType",
    ),
    refused(
      "refuses a blob of another size than it has",
      uploaded({ size: 1 }),
      "InvalidSize",
    ),
    refused(
      "refuses a blob of a type that the lexicon does not take",
      uploaded({}, avatar),
      "InvalidMimeType",
    ),
    refused(
      "refuses a blob of a size that the lexicon does not take",
      uploaded({ mimeType: "image/png", size: 1_000_001 }, avatar),
      "InvalidSize",
    ),
    refused(
      "refuses a blob of the shape of 2022",
      send({ it: { cid: blob().ref.$link, mimeType: "text/plain" } }),
    ),
    refused(
      "refuses a blob without a reference",
      send({ it: blob({ ref: 1 }) }),
    ),
    refused(
      "refuses a blob of less than nothing",
      send({ it: blob({ size: -1 }) }),
    ),
    refused("refuses a blob of no type", send({ it: blob({ mimeType: 7 }) })),
  ];
}

/** The JSON text of an input, with a record as text in it. */
export function inputText(input: object, record: string): Made {
  const text = JSON.stringify({ ...input, record: "RECORD" });
  return raw(text.replace('"RECORD"', record));
}
