import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { cidOfCbor, formatCid } from "#repo/cid.ts";
import { isTid, type Did } from "#repo/syntax.ts";
import type { Caller, SessionScope } from "#contexts/security/caller.ts";
import { createTestHost, type TestHost } from "#contexts/blobs/test-host.ts";
import { createLexicons } from "#contexts/lexicons/lexicons.ts";
import { createTidClock } from "#repo/tid.ts";
import { planWrites } from "./plan.ts";
import { createRecords, type Records } from "./records.ts";
import { XrpcError } from "#lib/errors.ts";
import { equalCids } from "#repo/cid.ts";

const POST = "app.bsky.feed.post";
const LIKE = "app.bsky.feed.like";
const FOLLOW = "app.bsky.graph.follow";
const createdAt = "2026-01-02T03:04:05.678Z";
const alice = "did:plc:alice" as Did;
const bob = "did:plc:bob" as Did;
const otherCid = formatCid(cidOfCbor(new Uint8Array([9])));
const lexicons = createLexicons();

let host: TestHost;
let records: Records;
let commits: number;

/** Plans as the real writer does; the tree and the log are left out. */
function createPlainWriter(): Parameters<typeof createRecords>[0]["writer"] {
  return {
    async commit({ did, writes, swapCommit }) {
      const store = host.stores.find(did)!;
      if (swapCommit != null && !equalCids(swapCommit, store.head()!.commit)) {
        throw new XrpcError("InvalidSwap", "Commit is another");
      }
      const plan = planWrites(store, writes);
      if (plan.writes.length === 0) {
        return { commit: null, results: plan.results };
      }
      commits++;
      const commit = host.apply(did, [...plan.records.values()], plan.bytes);
      return { commit, results: plan.results };
    },
  };
}

beforeEach(() => {
  host = createTestHost();
  host.addAccount({ did: alice, handle: "alice.test" });
  host.addAccount({ did: bob, handle: "bob.test" });
  commits = 0;
  records = createRecords({
    ...host,
    lexicons,
    blobs: { assertReference: () => {}, findStored: () => null },
    writer: createPlainWriter(),
    tids: createTidClock({ clock: host.clock }),
    resolveDid: async () => ({}),
  });
});

afterEach(() => host.close());

const as = (did: Did, scope: SessionScope = "access"): Caller => ({
  kind: "session",
  did,
  scope,
  sessionId: "s",
});
const owner = as(alice);
const post = (text: string) => ({ $type: POST, text, createdAt });
const create = (record: object, more: object = {}, caller = owner) =>
  records.createRecord(
    { repo: alice, collection: POST, record, ...more },
    caller,
  );
const put = (record: object, more: object = {}) =>
  records.putRecord(
    { repo: alice, collection: POST, rkey: "3jzfcijpj2z2a", record, ...more },
    owner,
  );
const listPosts = (params: object = {}) =>
  records.listRecords({ repo: alice, collection: POST, ...params });
const keyOf = (uri: string) => uri.split("/").at(-1)!;

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
    commits = 0;
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
    expect(commits).toBe(1);
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

describe("who may write", () => {
  const refused: [string, () => Promise<unknown>, number, string][] = [
    [
      "nobody",
      () => create(post("x"), {}, { kind: "anonymous" }),
      403,
      "Forbidden",
    ],
    [
      "the operator",
      () => create(post("x"), {}, { kind: "admin" }),
      403,
      "Forbidden",
    ],
    [
      "a service",
      () =>
        create(
          post("x"),
          {},
          { kind: "service", did: alice, aud: "x", lxm: null },
        ),
      403,
      "Forbidden",
    ],
    [
      "a session that may only leave",
      () => create(post("x"), {}, as(alice, "takendown")),
      400,
      "InvalidToken",
    ],
    [
      "another account",
      () => create(post("x"), { repo: bob }),
      403,
      "Forbidden",
    ],
    [
      "another account's handle",
      () => create(post("x"), { repo: "bob.test" }),
      403,
      "Forbidden",
    ],
    [
      "an unknown repository",
      () => create(post("x"), { repo: "nobody.test" }),
      400,
      "InvalidRequest",
    ],
    [
      "no repository",
      () => create(post("x"), { repo: "" }),
      400,
      "InvalidRequest",
    ],
    [
      "a malformed swapCommit",
      () => create(post("x"), { swapCommit: "x" }),
      400,
      "InvalidRequest",
    ],
  ];
  for (const [name, act, status, error] of refused) {
    test(`${name}: ${status} ${error}`, async () => {
      await expect(act()).rejects.toMatchObject({ status, error });
      expect(commits).toBe(0);
    });
  }

  const states: [string, object, number, string][] = [
    ["deactivated", { deactivatedAtMs: 1 }, 401, "AccountDeactivated"],
    [
      "taken down",
      { takedownAtMs: 1, deactivatedAtMs: 1 },
      401,
      "AccountTakedown",
    ],
    ["suspended", { suspendedAtMs: 1 }, 401, "AccountTakedown"],
    ["on its way out", { deletingAtMs: 1 }, 403, "AccountNotFound"],
    ["on its way in", { creationState: "reserved" }, 403, "AccountNotFound"],
  ];
  for (const [name, changes, status, error] of states) {
    test(`an account that is ${name}: ${status} ${error}`, async () => {
      host.accountDb.accounts.update(alice, changes);
      await expect(create(post("x"))).rejects.toMatchObject({ status, error });
      await expect(put(post("x"))).rejects.toMatchObject({ status, error });
    });
  }

  test("permissions see every action and collection of the call", async () => {
    const seen: unknown[] = [];
    records = createRecords({
      ...host,
      lexicons,
      blobs: { assertReference: () => {}, findStored: () => null },
      writer: createPlainWriter(),
      tids: createTidClock({ clock: host.clock }),
      resolveDid: async () => ({}),
      authorize: (_, rights) => {
        seen.push(
          rights.map(({ action, collection }) => `${action} ${collection}`),
        );
        return alice;
      },
    });
    await put(post("x"));
    await records.applyWrites(
      {
        repo: alice,
        writes: [
          {
            $type: "com.atproto.repo.applyWrites#delete",
            collection: "com.example.a",
            rkey: "x",
          },
          {
            $type: "com.atproto.repo.applyWrites#create",
            collection: "com.example.b",
            value: {},
          },
        ],
      },
      owner,
    );
    expect(seen).toEqual([
      [`create ${POST}`, `update ${POST}`],
      ["delete com.example.a", "create com.example.b"],
    ]);
  });
});
