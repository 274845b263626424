import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cidOfRaw } from "#repo/cid.ts";
import type { Did, Handle } from "#repo/syntax.ts";
import { openAccountDb, type AccountDb } from "./account-db.ts";

let folder: string;
let db: AccountDb;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-usage-"));
  db = openAccountDb(join(folder, "account.sqlite"));
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const didOf = (name: string) => `did:web:${name}.test` as Did;

function add(name: string, createdAtMs = 1): Did {
  const did = didOf(name);
  db.accounts.insert({
    ...{ did, handle: `${name}.test` as Handle, email: `${name}@Mail.test` },
    ...{ emailConfirmedAtMs: null, emailFactorAtMs: null, passwordHash: null },
    ...{ generation: 1, creationState: null, createdAtMs },
    ...{ deactivatedAtMs: null, deleteAfterMs: null, suspendedAtMs: null },
    ...{ takedownAtMs: null, takedownRef: null, deletingAtMs: null },
    ...{ invitesDisabledAtMs: null, inviteNote: null },
  });
  return did;
}

const blob = (did: Did, byte: number, sizeBytes: number) => ({
  ...{ did, cid: cidOfRaw(new Uint8Array([byte])), mimeType: "image/png" },
  ...{ sizeBytes, createdAtMs: 1 },
});

test("accounts are counted by status through all their changes", () => {
  const [a, b] = [add("a"), add("b")];
  db.accounts.update(a, { takedownAtMs: 5, takedownRef: "x" });
  db.accounts.update(b, { deactivatedAtMs: 5 });
  db.accounts.update(b, { takedownAtMs: 6 });
  expect(db.usage.countByStatus()).toMatchObject({
    ...{ active: 0, takendown: 2, deactivated: 0 },
  });
  db.accounts.update(b, { takedownAtMs: null });
  db.accounts.remove(a);
  expect(db.usage.countByStatus()).toMatchObject({
    ...{ active: 0, takendown: 0, deactivated: 1 },
  });
});

test("what accounts take is added up as blobs come and go", () => {
  const [a, b] = [add("a"), add("b")];
  db.blobs.insert(blob(a, 1, 100));
  db.blobs.insert(blob(a, 1, 100)); // again: it is there
  db.blobs.insert(blob(a, 2, 10));
  db.blobs.insert(blob(b, 1, 100));
  db.usage.setMeasured(b, { repoBytes: 500, recordCount: 7, nowMs: 9 });
  db.usage.setMeasured(b, { repoBytes: 400, recordCount: 8, nowMs: 10 });
  db.usage.setMeasured(didOf("nobody"), {
    ...{ repoBytes: 1, recordCount: 1, nowMs: 1 },
  });
  expect(db.usage.totals()).toEqual({
    ...{ blobs: 3, blobBytes: 210, repoBytes: 400, records: 8 },
  });
  expect(db.usage.listLargest(5).map(({ did }) => did)).toEqual([b, a]);
  db.blobs.remove(a, cidOfRaw(new Uint8Array([2])));
  expect(db.usage.find(a)).toMatchObject({ blobCount: 1, blobBytes: 100 });
  db.accounts.remove(b);
  expect(db.usage.totals()).toEqual({
    ...{ blobs: 1, blobBytes: 100, repoBytes: 0, records: 0 },
  });
});

test("accounts are found, sorted and paged", () => {
  const names = ["delta", "alpha", "charlie", "bravo", "echo"];
  names.forEach((name, i) => add(name, i < 2 ? 7 : i));
  db.accounts.update(didOf("echo"), { takedownAtMs: 1 });
  const { list } = db.accountPages;
  const all = (sort: Parameters<typeof list>[0]["sort"]) => {
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page = list({ filter: {}, sort, cursor, limit: 2 });
      found.push(
        ...page.lines.map(({ handle }) => handle.replace(".test", "")),
      );
      cursor = page.next;
    } while (cursor !== null);
    return found;
  };
  expect(all("handle")).toEqual(["alpha", "bravo", "charlie", "delta", "echo"]);
  expect(all("newest")).toEqual(["delta", "alpha", "echo", "bravo", "charlie"]);
  expect(all("oldest")).toEqual(all("newest").toReversed());
  expect(all("largest")).toHaveLength(5);
  const find = (filter: Parameters<typeof list>[0]["filter"]) =>
    list({ filter, sort: "handle", cursor: null, limit: 9 }).lines.map(
      ({ did }) => did,
    );
  expect(find({ search: "@ALPHA" })).toEqual([didOf("alpha")]);
  expect(find({ search: "o@mail" })).toEqual([didOf("bravo"), didOf("echo")]);
  expect(find({ search: didOf("delta") })).toEqual([didOf("delta")]);
  expect(find({ status: "takendown" })).toEqual([didOf("echo")]);
  expect(find({ createdAfterMs: 3, createdBeforeMs: 5 })).toEqual([
    ...[didOf("bravo"), didOf("echo")],
  ]);
  expect(db.accountPages.count({ status: "active" })).toBe(4);
  expect(
    list({ filter: {}, sort: "newest", cursor: "x~y", limit: 1 }).lines,
  ).toHaveLength(1);
});
