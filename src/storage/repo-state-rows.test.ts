import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Did, Tid } from "#repo/syntax.ts";
import type { EventLog, RepoStateChange } from "./event-log.ts";
import { createSequencerDb } from "./sequencer-db.ts";

const alice = "did:plc:alice" as Did;
const POST = "app.bsky.feed.post";
const LIKE = "app.bsky.feed.like";

let folder: string;
let log: EventLog;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-states-"));
  log = createSequencerDb({ path: join(folder, "sequencer.sqlite") });
});
afterEach(() => {
  log.close();
  rmSync(folder, { recursive: true, force: true });
});

function head(letter: string): RepoStateChange["head"] {
  const bytes = Buffer.from(letter.repeat(36));
  return {
    rev: `3k${letter.repeat(11)}` as Tid,
    commit: new Uint8Array(bytes),
    data: new Uint8Array(bytes),
  };
}

describe("what is known of repositories", () => {
  test("follows the rows, in their transaction", async () => {
    await log.append([], [{ did: alice, head: head("a") }]);
    expect(log.findRepo(alice)).toEqual({
      did: alice,
      ...head("a")!,
      status: null,
    });
    await log.append([], [{ did: alice, status: "deactivated" }]);
    await log.append([], [{ did: alice, head: head("b") }]);
    expect(log.findRepo(alice)).toEqual({
      did: alice,
      ...head("b")!,
      status: "deactivated",
    });
    await log.append([], [{ did: alice, status: null }]);
    expect(log.findRepo(alice)?.status).toBeNull();
    await log.append([], [{ did: alice, deleted: true }]);
    expect(log.findRepo(alice)).toBeNull();
  });

  test("lists repositories by DID, page by page", async () => {
    const dids = ["d", "a", "c", "b", "e"].map((x) => `did:plc:${x}` as Did);
    await log.append(
      [],
      dids.map((did) => ({ did })),
    );
    const page = (after: string | null) =>
      log.listRepos({ after, limit: 2 }).map(({ did }) => did.at(-1));
    expect(page(null)).toEqual(["a", "b"]);
    expect(page("did:plc:b")).toEqual(["c", "d"]);
    expect(page("did:plc:d")).toEqual(["e"]);
    expect(log.listRepos({ after: null, limit: 1 })[0]).toEqual({
      did: "did:plc:a" as Did,
      rev: null,
      commit: null,
      data: null,
      status: null,
    });
  });

  const count = (collection: string, n: number) => new Map([[collection, n]]);
  const having = (collection: string, after: string | null = null, limit = 9) =>
    log.listReposByCollection({ collection, after, limit });

  test("lists active repositories that hold a collection", async () => {
    const dids = ["a", "b", "c", "d", "e"].map((x) => `did:plc:${x}` as Did);
    await log.append(
      [],
      dids.map((did) => ({ did, collectionCounts: count(POST, 2) })),
    );
    await log.append([], [{ did: dids[1]!, status: "takendown" }]);
    expect(having(POST, null, 2)).toEqual([dids[0]!, dids[2]!]);
    expect(having(POST, dids[2]!, 2)).toEqual([dids[3]!, dids[4]!]);
    expect(having(LIKE)).toEqual([]);
    await log.append([], [{ did: dids[1]!, status: null }]);
    expect(having(POST)).toEqual(dids);
  });

  test("forgets a collection with its last record, and never counts below zero", async () => {
    const change = (n: number) =>
      log.append([], [{ did: alice, collectionCounts: count(POST, n) }]);
    await change(2);
    await change(-1);
    expect(having(POST)).toEqual([alice]);
    await change(0);
    await change(-1);
    expect(having(POST)).toEqual([]);
    await change(-3);
    await change(1);
    expect(having(POST)).toEqual([alice]);
    await change(-1);
    expect(having(POST)).toEqual([]);
  });

  test("counts anew after an import, and forgets all on deletion", async () => {
    const both = new Map([
      [POST, 1],
      [LIKE, 1],
    ]);
    await log.append([], [{ did: alice, collectionCounts: both }]);
    await log.append(
      [],
      [{ did: alice, recount: true, collectionCounts: count(LIKE, 5) }],
    );
    expect([having(POST), having(LIKE)]).toEqual([[], [alice]]);
    expect([...log.collectionCounts(alice)]).toEqual([[LIKE, 5]]);
    await log.append([], [{ did: alice, deleted: true }]);
    expect(log.collectionCounts(alice).size).toBe(0);
    await log.append([], [{ did: alice }]);
    expect(having(LIKE)).toEqual([]);
  });
});
