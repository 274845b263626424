import { describe, expect, test } from "bun:test";
import { cidOfRaw, formatCid } from "#repo/cid.ts";
import type { Did } from "#repo/syntax.ts";
import {
  alice,
  anyone,
  as,
  blobs,
  bob,
  COLLECTION,
  contentOf,
  get,
  host,
  owner,
  reference,
  TEXT,
  upload,
  useBlobs,
} from "./blobs-fixture.ts";

useBlobs();

describe("getBlob", () => {
  const cid = cidOfRaw(TEXT);

  test("is for all once a record names the blob, before that for its owner", async () => {
    await upload(TEXT);
    const hidden = { status: 400, error: "BlobNotFound" };
    await expect(get(cid)).rejects.toMatchObject(hidden);
    await expect(get(cid, as(bob))).rejects.toMatchObject(hidden);
    expect(await contentOf(await get(cid, { kind: "admin" }))).toEqual(TEXT);
    expect(await contentOf(await get(cid, owner))).toEqual(TEXT);
    reference("a", [cid]);
    expect(await contentOf(await get(cid))).toEqual(TEXT);
    await expect(get(cid, anyone, bob)).rejects.toMatchObject(hidden);
    reference("a", null);
    await expect(get(cid)).rejects.toMatchObject(hidden);
  });

  test("of a blob taken down finds nothing, whoever asks", async () => {
    await upload(TEXT);
    reference("a", [cid]);
    const takedown = { ref: "1", createdAtMs: 1 };
    host.accountDb.takedowns.putBlob({ did: alice, cid }, takedown);
    for (const caller of [anyone, owner]) {
      await expect(get(cid, caller)).rejects.toMatchObject({
        error: "BlobNotFound",
      });
    }
  });

  test("of what is no blob finds nothing", async () => {
    reference("a", [cid]);
    const missing = { status: 400, error: "BlobNotFound" };
    await expect(get(cid)).rejects.toMatchObject(missing);
    for (const text of [
      "bafyx",
      "QmPZ9gcCEpqKTo6aq61g2nXGUhM4iCL3ewB6LDXZCtioEB",
    ]) {
      await expect(
        blobs.getBlob({ did: alice, cid: text }, anyone),
      ).rejects.toMatchObject(missing);
    }
  });

  const states: [string, object, string][] = [
    ["deactivated", { deactivatedAtMs: 1 }, "RepoDeactivated"],
    ["taken down", { takedownAtMs: 1 }, "RepoTakendown"],
    ["suspended", { suspendedAtMs: 1 }, "RepoSuspended"],
  ];
  for (const [name, changes, error] of states) {
    test(`an account that is ${name}: 400 ${error}, but not for its owner`, async () => {
      await upload(TEXT);
      reference("a", [cid]);
      host.accountDb.accounts.update(alice, changes);
      for (const caller of [anyone, as(bob)]) {
        await expect(get(cid, caller)).rejects.toMatchObject({
          status: 400,
          error,
        });
        expect(() => blobs.listBlobs({ did: alice }, caller)).toThrow();
      }
      for (const caller of [
        as(alice, "takendown"),
        { kind: "admin" } as const,
      ]) {
        expect(await contentOf(await get(cid, caller))).toEqual(TEXT);
        expect(blobs.listBlobs({ did: alice }, caller).cids).toHaveLength(1);
      }
    });
  }

  test("an unknown account: 400 RepoNotFound", async () => {
    await expect(get(cid, anyone, "did:plc:none" as Did)).rejects.toMatchObject(
      { status: 400, error: "RepoNotFound" },
    );
  });
});

describe("lists", () => {
  const cids = Array.from({ length: 5 }, (_, i) =>
    cidOfRaw(new Uint8Array([i])),
  );
  const texts = cids.map(formatCid).toSorted();

  test("listBlobs has what records name, ascending, a page at a time", async () => {
    await upload(TEXT);
    reference("a", cids.slice(0, 2));
    const { rev } = reference("b", cids.slice(1));
    const list = (params: object = {}) =>
      blobs.listBlobs({ did: alice, ...params }, anyone);
    expect(list()).toEqual({ cids: texts, cursor: texts[4]! });
    const first = list({ limit: 3 });
    expect(first).toEqual({ cids: texts.slice(0, 3), cursor: texts[2]! });
    expect(list({ cursor: first.cursor }).cids).toEqual(texts.slice(3));
    expect(list({ cursor: texts[4] })).toEqual({ cids: [] });
    expect(list({ since: rev })).toEqual({ cids: [] });
    const { rev: later } = reference("c", [cids[3]!]);
    expect(later > rev).toBe(true);
    expect(list({ since: rev }).cids).toEqual([formatCid(cids[3]!)]);
  });

  test("listMissingBlobs has what was never uploaded, with a record of each", async () => {
    reference("a", [cidOfRaw(TEXT), ...cids]);
    reference("b", [cids[0]!]);
    await upload(TEXT);
    const list = (params: object = {}) => blobs.listMissingBlobs(params, owner);
    const all = await list();
    expect(all.blobs.map(({ cid }) => cid)).toEqual(texts);
    expect(all.blobs[0]).toMatchObject({
      recordUri: `at://${alice}/${COLLECTION}/a`,
    });
    expect(all.cursor).toBe(texts[4]!);
    const first = await list({ limit: 2 });
    expect(first.blobs.map(({ cid }) => cid)).toEqual(texts.slice(0, 2));
    const rest = await list({ cursor: first.cursor });
    expect(rest.blobs.map(({ cid }) => cid)).toEqual(texts.slice(2));
    expect(await list({ cursor: texts[4] })).toEqual({ blobs: [] });
    expect(await blobs.listMissingBlobs({}, as(bob))).toEqual({ blobs: [] });
  });

  test("malformed bounds are refused", async () => {
    const bad = { status: 400, error: "InvalidRequest" };
    await expect(
      blobs.listMissingBlobs({ cursor: "x" }, owner),
    ).rejects.toMatchObject(bad);
    await expect(blobs.listMissingBlobs({}, anyone)).rejects.toMatchObject({
      status: 403,
    });
    for (const params of [{ cursor: "x" }, { since: "x" }]) {
      expect(() => blobs.listBlobs({ did: alice, ...params }, anyone)).toThrow(
        expect.objectContaining(bad),
      );
    }
  });
});
