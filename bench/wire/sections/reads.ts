import { row, type Row, type Section } from "../row.ts";
import type { Call } from "../side.ts";
import {
  createdAt,
  NO_BLOB,
  NO_CID,
  NOBODY,
  POST,
  REPO,
  SYNC,
  THING,
} from "./names.ts";

type Params = NonNullable<Call["params"]>;

/** Seven posts of bob's, and two files that records of his name. */
const founding: Row[] = [
  ...["2", "3", "4", "5", "6", "7", "a"].map((last) =>
    row(`founds a post ${last}`, `${REPO}.putRecord`, ({ accounts }) => ({
      as: "bob",
      input: {
        repo: accounts.bob!.did,
        collection: POST,
        rkey: `3jui7kd54zx2${last}`,
        record: { $type: POST, text: last, createdAt },
      },
    })),
  ),
  ...["one", "two"].flatMap((name) => [
    row(
      `founds a file ${name}`,
      `${REPO}.uploadBlob`,
      { as: "bob", body: `file ${name}`, type: "text/plain" },
      ({ kept }, { json }) => void (kept[name] = json.blob.ref.$link),
    ),
    row(`founds its record ${name}`, `${REPO}.putRecord`, (side) => {
      const ref = { $link: side.kept[name] };
      const file = { $type: "blob", ref, mimeType: "text/plain", size: 8 };
      const repo = side.accounts.bob!.did;
      const record = { $type: THING, file };
      const input = { repo, collection: THING, rkey: name, record };
      return { as: "bob", input };
    }),
  ]),
];

const list = (params: Params): Row =>
  row(
    `lists posts ${JSON.stringify(params)}`,
    `${REPO}.listRecords`,
    ({ accounts }) => ({
      params: { repo: accounts.bob!.did, collection: POST, ...params },
    }),
  );

const get = (name: string, params: Params): Row =>
  row(`gets ${name}`, `${REPO}.getRecord`, ({ accounts }) => ({
    params: {
      ...{ repo: accounts.bob!.did, collection: POST, rkey: "3jui7kd54zx22" },
      ...params,
    },
  }));

const sync = (
  name: string,
  method: string,
  params: Params | ((kept: Record<string, string>) => Params) = {},
  keep?: Row["keep"],
): Row =>
  row(
    `${method} ${name}`,
    `${SYNC}.${method}`,
    ({ accounts, kept }) => ({
      params: {
        did: accounts.bob!.did,
        ...(typeof params === "function" ? params(kept) : params),
      },
    }),
    keep,
  );

export const READS: Section = {
  name: "reads",
  rows: [
    ...founding,
    // prettier-ignore
    ...[
      {}, { limit: 1 }, { limit: 7 }, { limit: 0 }, { limit: 101 }, { limit: "x" }, { limit: "1.5" }, { limit: "" },
      { limit: ["1", "2"] }, { reverse: true }, { reverse: "1" }, { cursor: "3jui7kd54zx25", limit: 2 },
      { cursor: "3jui7kd54zx25", reverse: true }, { cursor: "0" }, { cursor: "" }, { collection: THING, limit: 1 },
      { collection: "com.example.none" }, { collection: "x" }, { repo: "bob.test" }, { repo: "nobody.test" },
      { repo: NOBODY }, { repo: "x" }, { repo: undefined }, { unknown: 1 },
    ].map((params) => list(params as Params)),
    get("a record", {}),
    get("a record by handle", { repo: "bob.test" }),
    get("a record as it never was", { cid: NO_CID }),
    get("a record by a CID that is none", { cid: "x" }),
    get("what is not there", { rkey: "3jui7kd54zzzz" }),
    get("by a key that is none", { rkey: "a b" }),
    get("without a key", { rkey: undefined }),
    get("of nobody", { repo: NOBODY }),
    row("describes a repository", `${REPO}.describeRepo`, {
      params: { repo: "bob.test" },
    }),
    row("describes nobody's", `${REPO}.describeRepo`, {
      params: { repo: NOBODY },
    }),
    row("misses no files", `${REPO}.listMissingBlobs`, { as: "bob" }),

    sync("of the head", "getLatestCommit", {}, ({ kept }, { json }) => {
      kept.head = json.cid;
      kept.rev = json.rev;
    }),
    sync("whole", "getRepo"),
    sync("since the head", "getRepo", ({ rev }) => ({ since: rev })),
    sync("since long ago", "getRepo", { since: "2222222222222" }),
    sync("since nothing", "getRepo", { since: "x" }),
    sync("of the head", "getBlocks", ({ head }) => ({ cids: head })),
    sync("twice", "getBlocks", ({ head }) => ({ cids: [head!, head!] })),
    sync("missing", "getBlocks", { cids: NO_CID }),
    sync("of none", "getBlocks"),
    sync("proven", "getRecord", { collection: POST, rkey: "3jui7kd54zx22" }),
    sync("of a key that is none", "getRecord", {
      ...{ collection: POST, rkey: "a b" },
    }),
    sync("of a file", "getBlob", ({ one }) => ({ cid: one })),
    sync("missing", "getBlob", { cid: NO_BLOB }),
    sync("that is none", "getBlob", { cid: "x" }),
    sync("all", "listBlobs"),
    sync("one", "listBlobs", { limit: 1 }),
    sync("none", "listBlobs", { limit: 0 }),
    sync("since the head", "listBlobs", ({ rev }) => ({ since: rev })),
    sync("of the head", "getHead"),
    sync("whole", "getCheckout"),
    row("lists no repositories", `${SYNC}.listRepos`, { params: { limit: 0 } }),
    row("lists from a cursor that is none", `${SYNC}.listRepos`, {
      params: { cursor: "x" },
    }),
  ],
};
