import { row, type Row, type Section } from "../row.ts";
import type { Side } from "../side.ts";
import {
  createdAt,
  NO_BLOB,
  NO_CID,
  NOBODY,
  POST,
  PROFILE,
  REPO,
  THING,
} from "./names.ts";

const CREATE = `${REPO}.createRecord`;
const PUT = `${REPO}.putRecord`;
const DELETE = `${REPO}.deleteRecord`;
const APPLY = `${REPO}.applyWrites`;
const KEY = "3jui7kd54zh2y";

const post = (text: unknown, more: object = {}) => ({
  $type: POST,
  text,
  createdAt,
  ...more,
});

type Input = object | ((side: Side) => object);

/** A write of alice's to her posts, unless the input says otherwise. */
function write(name: string, method: string, input: Input, keep?: Row["keep"]) {
  const verb = method.split(".").at(-1)!.replace("Record", "");
  const call = (side: Side) => ({
    as: "alice",
    input: {
      repo: side.accounts.alice!.did,
      collection: POST,
      ...(typeof input === "function" ? input(side) : input),
    },
  });
  return row(`${verb} ${name}`, method, call, keep);
}

const create = (name: string, input: Input, keep?: Row["keep"]) =>
  write(name, CREATE, input, keep);
const put = (name: string, input: object) =>
  write(name, PUT, { rkey: KEY, ...input });
const remove = (name: string, input: object = {}) =>
  write(name, DELETE, { rkey: KEY, ...input });
const apply = (name: string, ...writes: object[]) =>
  write(name, APPLY, { writes });

const creation = (rkey: string | undefined, text: unknown) => ({
  ...{ $type: `${APPLY}#create`, collection: POST, rkey, value: post(text) },
});
const update = (rkey: string, text: unknown) => ({
  ...{ $type: `${APPLY}#update`, collection: POST, rkey, value: post(text) },
});
const deletion = (rkey: string) => ({
  ...{ $type: `${APPLY}#delete`, collection: POST, rkey },
});

/** JSON of a value, as it is written, in a record of which no lexicon is known. */
const value = (name: string, json: string): Row =>
  row(`value of ${name}`, CREATE, ({ accounts }) => ({
    as: "alice",
    body: `{"repo":"${accounts.alice!.did}","collection":"${THING}","record":{"v":${json}}}`,
  }));

const BLOB = `{"$type":"blob","ref":{"$link":"${NO_BLOB}"},"mimeType":"text/plain","size":1}`;

const picture = (name: string, avatar: (side: Side) => unknown): Row =>
  write(`profile with ${name}`, PUT, (side) => ({
    collection: PROFILE,
    rkey: "self",
    record: { $type: PROFILE, avatar: avatar(side) },
  }));

const upload = (name: string, body: string | Uint8Array, type: string | null) =>
  row(`uploads ${name}`, `${REPO}.uploadBlob`, { as: "alice", body, type });

/** One grey pixel. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const pngRef = ({ kept }: Side) => ({ $link: kept.png });

const likeOf = (side: Side) => ({
  collection: "app.bsky.feed.like",
  record: { subject: { uri: side.kept.post, cid: NO_CID }, createdAt },
});

export const RECORDS: Section = {
  name: "records",
  rows: [
    create("post", { record: post("one") }, ({ kept }, { json }) => {
      kept.post = json.uri;
    }),
    create("without $type", { record: { text: "x", createdAt } }),
    create("of another $type", { record: { ...post("x"), $type: THING } }),
    create("of a $type that is none", { record: { ...post("x"), $type: 5 } }),
    create("nothing", {}),
    create("a list", { record: [] }),
    create("what does not fit", { record: post(5) }),
    create("what does not fit, unchecked", {
      record: post(5),
      validate: false,
    }),
    create("300 characters", { record: post("é".repeat(300)) }),
    create("301 characters", { record: post("é".repeat(301)) }),
    create("what is unknown", { collection: THING, record: {} }),
    create("what is unknown and must not be", {
      ...{ collection: THING, record: {}, validate: true },
    }),
    create("into no collection", { collection: "x", record: {} }),
    create("for another", ({ accounts }) => ({
      ...{ repo: accounts.bob!.did, record: post("x") },
    })),
    create("for nobody", { repo: NOBODY, record: post("x") }),
    create("by handle", { repo: "alice.test", record: post("x") }),
    ...["3jui7kd54zh2z", "3jui7kd54zh2z", "abc", "", "a/b", ".", "é"].map(
      (rkey) => create(`with the key "${rkey}"`, { rkey, record: post("x") }),
    ),
    create("profile", {
      ...{ collection: PROFILE, rkey: "self", record: { displayName: "a" } },
    }),
    create("profile of another key", {
      ...{ collection: PROFILE, rkey: "me", record: {} },
    }),
    create("after a commit that is none", {
      ...{ swapCommit: NO_CID, record: post("x") },
    }),
    create("of a date without a zone", {
      record: post("x", { createdAt: "2026-01-02T03:04:05" }),
    }),
    create("of a date alone", {
      record: post("x", { createdAt: "2026-01-02" }),
    }),
    create("like", likeOf),
    create("like again", likeOf),

    value("a fraction", "1.5"),
    value("a whole fraction", "1.0"),
    value("2^53 - 1", "9007199254740991"),
    value("2^53", "9007199254740992"),
    value("null", "null"),
    value("bytes", '{"$bytes":"AQID"}'),
    value("bytes that are none", '{"$bytes":"!"}'),
    value("a link", `{"$link":"${NO_CID}"}`),
    value("a link that is none", '{"$link":"x"}'),
    value("a link with company", `{"$link":"${NO_CID}","a":1}`),
    value("an empty $type", '{"$type":""}'),
    value("half a character", '"\\ud800"'),
    value("40 lists", "[".repeat(40) + "]".repeat(40)),
    value("a blob that is not here", BLOB),
    value("a blob of the old shape", `{"cid":"${NO_BLOB}","mimeType":"a/b"}`),

    put("new", { record: post("a") }),
    put("the same", { record: post("a") }),
    put("another", { record: post("b") }),
    put("over what is not there", { record: post("c"), swapRecord: NO_CID }),
    put("where nothing may be", { record: post("c"), swapRecord: null }),
    put("the same over what is not there", {
      ...{ record: post("b"), swapRecord: NO_CID },
    }),
    put("without a key", { rkey: undefined, record: post("c") }),
    remove("what is not there any more", { swapRecord: NO_CID }),
    remove("it"),
    remove("it again"),
    remove("with a key that is none", { rkey: "a b" }),

    apply("nothing"),
    apply(
      "three",
      creation(KEY, "a"),
      creation(undefined, "b"),
      deletion("3jui7kd54zh2z"),
    ),
    apply(
      "twice the same key",
      creation("3jui7kd54zh3a", "a"),
      creation("3jui7kd54zh3a", "b"),
    ),
    apply(
      "created and changed",
      creation("3jui7kd54zh3b", "a"),
      update("3jui7kd54zh3b", "b"),
    ),
    apply("changed where nothing is", update("3jui7kd54zh3c", "a")),
    apply("deleted where nothing is", deletion("3jui7kd54zh3c")),
    apply(
      "one of two that does not fit",
      creation("3jui7kd54zh3d", "a"),
      creation("3jui7kd54zh3e", 5),
    ),
    apply("of no kind", { collection: POST, value: post("a") }),
    apply(
      "too many",
      ...Array.from({ length: 201 }, () => creation(undefined, "a")),
    ),

    row(
      "uploads a picture",
      `${REPO}.uploadBlob`,
      { as: "alice", body: PNG, type: "image/png" },
      ({ kept }, { json }) => void (kept.png = json.blob.ref.$link),
    ),
    upload("a picture as text", PNG, "text/plain"),
    upload("text", "hello", "text/plain"),
    upload("nothing", "", "text/plain"),
    upload("without a type", "hello", null),
    upload("too much", new Uint8Array(100_001), "application/octet-stream"),
    picture("a picture", (side) => ({
      ...{
        $type: "blob",
        ref: pngRef(side),
        mimeType: "image/png",
        size: PNG.length,
      },
    })),
    picture("a picture of another size", (side) => ({
      ...{ $type: "blob", ref: pngRef(side), mimeType: "image/png", size: 11 },
    })),
    picture("a picture of another type", (side) => ({
      ...{
        $type: "blob",
        ref: pngRef(side),
        mimeType: "text/plain",
        size: PNG.length,
      },
    })),
    picture("a picture of the old shape", ({ kept }) => ({
      ...{ cid: kept.png, mimeType: "image/png" },
    })),
    picture("a picture that is not here", () => JSON.parse(BLOB)),
  ],
};
