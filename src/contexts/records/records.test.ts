import { describe, expect, test } from "bun:test";
import { isTid } from "#repo/syntax.ts";
import {
  alice,
  as,
  bob,
  commits,
  create,
  createdAt,
  FOLLOW,
  keyOf,
  LIKE,
  listPosts,
  otherCid,
  owner,
  POST,
  post,
  put,
  records,
  useRecords,
} from "./records-fixture.ts";

useRecords();

describe("createRecord", () => {
  test("answers address, CID, commit and validation", async () => {
    const result = await create(post("hi"));
    expect(result.uri).toStartWith(`at://${alice}/${POST}/`);
    expect(isTid(keyOf(result.uri))).toBe(true);
    expect(result.validationStatus).toBe("valid");
    expect(isTid(result.commit!.rev)).toBe(true);
    const rkey = keyOf(result.uri);
    expect(records.getRecord({ repo: alice, collection: POST, rkey })).toEqual({
      uri: result.uri,
      cid: result.cid,
      value: post("hi"),
    });
  });

  test("takes the handle for the DID, and any kind of app password", async () => {
    const byHandle = await create(post("a"), { repo: "Alice.Test" });
    expect(byHandle.uri).toStartWith(`at://${alice}/`);
    for (const scope of ["appPass", "appPassPrivileged"] as const) {
      expect(await create(post(scope), {}, as(alice, scope))).toHaveProperty(
        "commit",
      );
    }
  });

  test("says unknown, or nothing, where no lexicon was asked", async () => {
    const thing = { collection: "com.example.thing" };
    expect(await create({ a: 1 }, thing)).toMatchObject({
      validationStatus: "unknown",
    });
    const unasked = await create({ a: 1 }, { ...thing, validate: false });
    expect("validationStatus" in unasked).toBe(false);
  });

  test("refuses a key that is taken", async () => {
    await create(post("one"), { rkey: "3jzfcijpj2z2a" });
    await expect(
      create(post("two"), { rkey: "3jzfcijpj2z2a" }),
    ).rejects.toMatchObject({ status: 400, error: "InvalidRequest" });
  });

  const subject = { uri: `at://${bob}/${POST}/3jzfcijpj2z2a`, cid: otherCid };
  const like = { subject, createdAt };

  test("keeps one like of a post, the newest", async () => {
    await create(like, { collection: LIKE });
    const second = await create(like, { collection: LIKE });
    await create(
      { subject: bob, createdAt },
      { collection: FOLLOW, rkey: "3jzfcijpj2z2b" },
    );
    const list = records.listRecords({ repo: alice, collection: LIKE });
    expect(list.records.map(({ uri }) => uri)).toEqual([second.uri]);
    expect(commits).toBe(3);
  });

  test("keeps both when nothing is validated", async () => {
    await create(like, { collection: LIKE });
    await create(like, { collection: LIKE, validate: false });
    expect(
      records.listRecords({ repo: alice, collection: LIKE }).records,
    ).toHaveLength(2);
  });
});

describe("putRecord", () => {
  test("creates, then changes, then leaves alone", async () => {
    const first = await put(post("one"));
    const second = await put(post("two"));
    const third = await put(post("two"));
    expect(second.uri).toBe(first.uri);
    expect(second.commit).toBeDefined();
    expect(third).toEqual({
      uri: first.uri,
      cid: second.cid,
      validationStatus: "valid",
    });
    expect(commits).toBe(2);
  });

  test("does not tidy up likes", async () => {
    const subject = { uri: `at://${bob}/${POST}/3jzfcijpj2z2a`, cid: otherCid };
    const like = { subject, createdAt };
    await put(like, { collection: LIKE });
    await put(like, { collection: LIKE, rkey: "3jzfcijpj2z2b" });
    expect(
      records.listRecords({ repo: alice, collection: LIKE }).records,
    ).toHaveLength(2);
  });

  test("swaps: null for a new record, the CID for one that is there", async () => {
    const first = await put(post("one"), { swapRecord: null });
    await expect(put(post("two"), { swapRecord: null })).rejects.toMatchObject({
      status: 400,
      error: "InvalidSwap",
    });
    await expect(
      put(post("two"), { swapRecord: otherCid }),
    ).rejects.toMatchObject({ error: "InvalidSwap" });
    const second = await put(post("two"), { swapRecord: first.cid });
    expect(second.commit).toBeDefined();
    const { commit } = await put(post("three"), {
      swapCommit: second.commit!.cid,
    });
    expect(commit).toBeDefined();
    await expect(
      put(post("four"), { swapCommit: second.commit!.cid }),
    ).rejects.toMatchObject({ status: 400, error: "InvalidSwap" });
  });
});

describe("deleteRecord", () => {
  const remove = (more: object = {}) =>
    records.deleteRecord(
      { repo: alice, collection: POST, rkey: "3jzfcijpj2z2a", ...more },
      owner,
    );

  test("removes, and is content when there is nothing to remove", async () => {
    await put(post("one"));
    expect((await remove()).commit).toBeDefined();
    expect(await remove()).toEqual({});
    expect(listPosts().records).toEqual([]);
  });

  test("removes only the version asked for", async () => {
    const { cid } = await put(post("one"));
    await expect(remove({ swapRecord: otherCid })).rejects.toMatchObject({
      error: "InvalidSwap",
    });
    expect((await remove({ swapRecord: cid })).commit).toBeDefined();
  });
});

describe("applyWrites", () => {
  const BATCH = "com.atproto.repo.applyWrites";
  const apply = (writes: object[], more: object = {}) =>
    records.applyWrites(
      { repo: alice, writes: writes as never, ...more },
      owner,
    );
  const creation = (text: string, more: object = {}) => ({
    $type: `${BATCH}#create`,
    collection: POST,
    value: post(text),
    ...more,
  });

  test("answers in the order asked, in one commit", async () => {
    await put(post("old"));
    await create(post("gone"), { rkey: "3jzfcijpj2z2b" });
    const before = commits;
    const { commit, results } = await apply([
      creation("new"),
      {
        $type: `${BATCH}#delete`,
        collection: POST,
        rkey: "3jzfcijpj2z2b",
      },
      {
        $type: `${BATCH}#update`,
        collection: POST,
        rkey: "3jzfcijpj2z2a",
        value: post("changed"),
      },
    ]);
    expect(isTid(commit!.rev)).toBe(true);
    expect(commits - before).toBe(1);
    expect(results).toEqual([
      {
        $type: `${BATCH}#createResult`,
        uri: expect.stringContaining(`at://${alice}/${POST}/`),
        cid: expect.any(String),
        validationStatus: "valid",
      },
      { $type: `${BATCH}#deleteResult` },
      {
        $type: `${BATCH}#updateResult`,
        uri: `at://${alice}/${POST}/3jzfcijpj2z2a`,
        cid: expect.any(String),
        validationStatus: "valid",
      },
    ]);
  });

  test("gives every record a key of its own, in order", async () => {
    const { results } = await apply(
      Array.from({ length: 200 }, (_, i) => creation(`post ${i}`)),
    );
    const keys = results.map(({ uri }) => keyOf(uri!));
    expect(new Set(keys).size).toBe(200);
    expect(keys.toSorted()).toEqual(keys);
  });

  test("takes 200 writes and not 201", async () => {
    const many = Array.from({ length: 201 }, (_, i) => creation(`post ${i}`));
    await expect(apply(many)).rejects.toMatchObject({
      status: 400,
      error: "InvalidRequest",
    });
    expect(commits).toBe(0);
  });

  const faults: [string, object[]][] = [
    [
      "an update of nothing",
      [{ ...creation("x"), $type: `${BATCH}#update`, rkey: "3jzfcijpj2z2c" }],
    ],
    [
      "a create twice",
      [
        creation("a", { rkey: "3jzfcijpj2z2c" }),
        creation("b", { rkey: "3jzfcijpj2z2c" }),
      ],
    ],
    ["an unknown action", [{ ...creation("x"), $type: `${BATCH}#move` }]],
    [
      "an invalid record",
      [creation("fine"), creation("x", { value: { text: 1 } })],
    ],
  ];
  for (const [name, writes] of faults) {
    test(`${name} stops all`, async () => {
      await expect(apply(writes)).rejects.toMatchObject({
        status: 400,
        error: "InvalidRequest",
      });
      expect(commits).toBe(0);
    });
  }

  test("without writes nothing happens", async () => {
    expect(await apply([])).toEqual({ results: [] });
  });
});
