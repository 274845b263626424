import { beforeEach, describe, expect, test } from "bun:test";
import type { ActorStore } from "#storage/actor-store.ts";
import {
  alice,
  block,
  change,
  LIKE,
  POST,
  rkey,
} from "#storage/repo-fixture.ts";
import type { ReadAhead } from "./messages.ts";
import { createLentStore } from "./store.ts";

const post = { collection: POST, rkey: rkey("a"), subject: null };
const like = { collection: LIKE, rkey: rkey("b"), subject: "at://it" };
const node = block("tree 1");
const record = block("post a").cid;
const path = { collection: POST, rkey: rkey("a") };
const { rev, commit, data, seq } = change(1);
const head = { rev, commit, data, appliedSeq: seq };
const read: ReadAhead = {
  head,
  nodes: [node],
  records: [
    { cid: record, paths: [path], sameSubject: [] },
    { cid: null, paths: [], sameSubject: [rkey("c")] },
  ],
};

let isLent: boolean;
/** What the file was brought back for. */
let asked: string[];
let handed: number[];
let store: ActorStore;

beforeEach(() => {
  isLent = true;
  asked = [];
  handed = [];
  const here = new Proxy({} as ActorStore, {
    get: (_, name) => () => void asked.push(String(name)),
  });
  store = createLentStore(
    {
      ...{ path: "/nowhere", did: alice, generation: 3, wanted: [post, like] },
      ...{ isKnown: true, isWalEmpty: false, mayLeaveWal: true },
    },
    read,
    {
      isLent: () => isLent,
      here: () => here,
      apply: (row) => void handed.push(row.seq),
    },
  );
});

/** Everything that was read ahead. */
function askKnown(): unknown[] {
  return [
    store.head(),
    store.getBlock(node.cid),
    store.findRecordCid(POST, rkey("a")),
    store.findRecordCid(LIKE, rkey("b")),
    store.listPathsOfRecord(record, 2),
    store.listRecordsOfSubject(LIKE, "at://it"),
  ];
}

const KNOWN = [
  "getBlock",
  "findRecordCid",
  "findRecordCid",
  "listPathsOfRecord",
  "listRecordsOfSubject",
];

describe("a store that is lent", () => {
  test("answers from what was read ahead", () => {
    expect([store.did, store.generation]).toEqual([alice, 3]);
    expect(askKnown()).toEqual([
      ...[head, node.bytes, record, null],
      ...[[path], [rkey("c")]],
    ]);
    expect(asked).toEqual([]);
  });

  test("is brought back for whatever else is asked", () => {
    store.getBlock(record);
    store.hasBlock(node.cid);
    store.findRecord(POST, rkey("a"));
    store.findRecordCid(POST, rkey("other"));
    store.listPathsOfRecord(record, 4);
    store.listPathsOfRecord(node.cid, 1);
    store.listRecordsOfSubject(LIKE, "at://other");
    store.listCollections();
    store.counts();
    store.adopt(7);
    expect(asked).toEqual([
      ...["getBlock", "hasBlock", "findRecord", "findRecordCid"],
      ...["listPathsOfRecord", "listPathsOfRecord", "listRecordsOfSubject"],
      ...["listCollections", "counts", "adopt"],
    ]);
  });

  test("knows no more than its head once a row was handed over", () => {
    store.apply(change(2));
    expect(handed).toEqual([20]);
    expect(store.head()).toMatchObject({ rev: change(2).rev, appliedSeq: 20 });
    askKnown();
    expect(asked).toEqual(KNOWN);
    store.apply(change(3));
    expect(handed).toEqual([20]);
    expect(asked.at(-1)).toBe("apply");
  });

  test("is the one of here when it is back", () => {
    isLent = false;
    askKnown();
    store.apply(change(2));
    expect(asked).toEqual(["head", ...KNOWN, "apply"]);
    expect(handed).toEqual([]);
  });
});
