import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { cidOfCbor, formatCid, type Cid } from "#repo/cid.ts";
import { encodeDrisl } from "#repo/drisl.ts";
import { jsonToRecord } from "#repo/lex-json.ts";
import type { Did, Nsid, RecordKey } from "#repo/syntax.ts";
import { createTestHost, type TestHost } from "#contexts/blobs/test-host.ts";
import { createReads, type Reads } from "./reads.ts";

const POST = "app.bsky.feed.post" as Nsid;
const KEY = "3jzfcijpj2z2a";
const alice = "did:plc:alice" as Did;
const bob = "did:plc:bob" as Did;
const otherCid = formatCid(cidOfCbor(new Uint8Array([9])));

let host: TestHost;
let reads: Reads;

beforeEach(() => {
  host = createTestHost();
  host.addAccount({ did: alice, handle: "alice.test" });
  host.addAccount({ did: bob, handle: "bob.test" });
  reads = createReads({
    ...host,
    resolveDid: async (did) => {
      if (did === bob) throw new Error("the directory is down");
      return { alsoKnownAs: ["at://Alice.test"] };
    },
  });
});

afterEach(() => host.close());

const post = (text: string) => ({ $type: POST, text });

function put(json: object, rkey = KEY, collection = POST): Cid {
  const bytes = encodeDrisl(jsonToRecord(json));
  const cid = cidOfCbor(bytes);
  host.apply(
    alice,
    [{ collection, rkey: rkey as RecordKey, cid, blobs: [], subject: null }],
    new Map([[`${collection}/${rkey}`, bytes]]),
  );
  return formatCid(cid);
}

const listPosts = (params: object = {}) =>
  reads.listRecords({ repo: alice, collection: POST, ...params });
const keyOf = (uri: string) => uri.split("/").at(-1)!;

describe("reads", () => {
  const path = { repo: alice, collection: POST, rkey: KEY };
  const keys = ["3jzfcijpj2z2a", "3jzfcijpj2z2b", "3jzfcijpj2z2c"];

  test("getRecord finds the version asked for, and no other", async () => {
    const cid = put({ ...post("x"), bytes: { $bytes: "AQID" } });
    expect(reads.getRecord({ ...path, cid }).cid).toBe(cid);
    expect(reads.getRecord({ ...path, repo: "alice.test" })).toMatchObject({
      uri: `at://${alice}/${POST}/3jzfcijpj2z2a`,
      value: { bytes: { $bytes: "AQID" } },
    });
    const missing = { status: 400, error: "RecordNotFound" };
    expect(
      thrown(() => reads.getRecord({ ...path, cid: otherCid })),
    ).toMatchObject(missing);
    expect(
      thrown(() => reads.getRecord({ ...path, rkey: "none" })),
    ).toMatchObject(missing);
  });

  test("a record taken down is not there, and not in lists", async () => {
    for (const rkey of keys) put(post(rkey), rkey);
    const subject = {
      did: alice,
      collection: POST as Nsid,
      rkey: keys[1] as RecordKey,
    };
    host.accountDb.takedowns.putRecord(subject, { ref: "1", createdAtMs: 1 });
    expect(
      thrown(() => reads.getRecord({ ...path, rkey: keys[1]! })),
    ).toMatchObject({ status: 400, error: "RecordNotFound" });
    const page = listPosts({ limit: 2 });
    expect(page.records.map(({ uri }) => keyOf(uri))).toEqual([
      keys[2]!,
      keys[0]!,
    ]);
    expect(page.cursor).toBe(keys[0]!);
  });

  test("lists run from the newest key, and back", async () => {
    for (const rkey of keys) put(post(rkey), rkey);
    const page = listPosts({ limit: 2 });
    expect(page.records.map(({ uri }) => keyOf(uri))).toEqual([
      keys[2]!,
      keys[1]!,
    ]);
    expect(page.cursor).toBe(keys[1]!);
    const last = listPosts({ limit: 2, cursor: page.cursor });
    expect(last.records.map(({ uri }) => keyOf(uri))).toEqual([keys[0]!]);
    expect(last.cursor).toBe(keys[0]!);
    expect(listPosts({ cursor: last.cursor })).toEqual({ records: [] });
    expect(
      listPosts({ reverse: true }).records.map(({ uri }) => keyOf(uri)),
    ).toEqual(keys);
    expect(
      listPosts({ reverse: true, cursor: keys[1] }).records.map(({ uri }) =>
        keyOf(uri),
      ),
    ).toEqual([keys[2]!]);
    expect(listPosts({ cursor: "' OR 1=1" }).records).toBeArray();
  });

  test("a page has 50 records unless asked otherwise", async () => {
    for (let i = 0; i < 60; i++) put(post(`post ${i}`), `key-${i}`);
    expect(listPosts().records).toHaveLength(50);
  });

  const closed: [string, object][] = [
    ["deactivated", { deactivatedAtMs: 1 }],
    ["taken down", { takedownAtMs: 1 }],
    ["on its way out", { deletingAtMs: 1 }],
  ];
  for (const [name, changes] of closed) {
    test(`an account that is ${name} is not read`, async () => {
      put(post("x"));
      host.accountDb.accounts.update(alice, changes);
      const gone = { status: 400, error: "InvalidRequest" };
      expect(thrown(() => reads.getRecord(path))).toMatchObject(gone);
      expect(thrown(() => listPosts())).toMatchObject(gone);
      expect(reads.isServed(alice)).toBe(false);
    });
  }

  test("an unknown repository is not served", () => {
    const gone = { status: 400, error: "InvalidRequest" };
    expect(thrown(() => listPosts({ repo: "did:plc:none" }))).toMatchObject(
      gone,
    );
    expect(thrown(() => listPosts({ repo: "not a name" }))).toMatchObject(gone);
    expect(thrown(() => listPosts({ collection: "posts" }))).toMatchObject(
      gone,
    );
    expect(reads.isServed("did:plc:none")).toBe(false);
    expect(reads.isServed("alice.test")).toBe(true);
  });
});

describe("describeRepo", () => {
  test("tells collections and whether the handle is confirmed", async () => {
    put(post("x"));
    put({ a: 1 }, "self", "com.example.thing" as Nsid);
    expect(await reads.describeRepo({ repo: "alice.test" })).toEqual({
      handle: "alice.test",
      did: alice,
      didDoc: { alsoKnownAs: ["at://Alice.test"] },
      collections: [POST, "com.example.thing"] as Nsid[],
      handleIsCorrect: true,
    });
    host.accountDb.accounts.update(alice, { handle: "other.test" as never });
    expect(await reads.describeRepo({ repo: alice })).toMatchObject({
      handle: "other.test",
      handleIsCorrect: false,
    });
  });

  const states: [string, object, string][] = [
    ["deactivated", { deactivatedAtMs: 1 }, "RepoDeactivated"],
    ["taken down", { takedownAtMs: 1 }, "RepoTakendown"],
    ["suspended", { suspendedAtMs: 1 }, "RepoSuspended"],
    ["on its way out", { deletingAtMs: 1 }, "RepoNotFound"],
  ];
  for (const [name, changes, error] of states) {
    test(`${name}: 400 ${error}`, async () => {
      host.accountDb.accounts.update(alice, changes);
      await expect(reads.describeRepo({ repo: alice })).rejects.toMatchObject({
        status: 400,
        error,
      });
    });
  }

  test("unknown: RepoNotFound; unresolvable: InvalidRequest", async () => {
    await expect(
      reads.describeRepo({ repo: "did:plc:none" }),
    ).rejects.toMatchObject({ status: 400, error: "RepoNotFound" });
    await expect(reads.describeRepo({ repo: bob })).rejects.toMatchObject({
      status: 400,
      error: "InvalidRequest",
    });
  });
});

function thrown(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
