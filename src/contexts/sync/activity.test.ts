import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { XrpcError } from "#lib/errors.ts";
import {
  encodeAccountFrame,
  encodeCommitFrame,
  encodeIdentityFrame,
  encodeSyncFrame,
  patchSeq,
  type UnnumberedFrame,
} from "#repo/frame.ts";
import type { Did, Handle, Tid } from "#repo/syntax.ts";
import type { EventKind, EventLog, EventRow } from "#storage/event-log.ts";
import { createSequencerDb } from "#storage/sequencer-db.ts";
import {
  type Activity,
  type ActivityEvent,
  createActivity,
} from "./activity.ts";

const alice = "did:plc:alice" as Did;
const bob = "did:plc:bob" as Did;
const rev = "3kaaaaaaaaaa2" as Tid;
const BASE = 1_750_000_000_000_000;
const time = "2026-01-01T00:00:00.000Z";
const cid = Uint8Array.from([1, 0x71, 0x12, 0x20, ...new Uint8Array(32)]);

let folder: string;
let eventLog: EventLog;
let activity: Activity;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tempest-activity-"));
  eventLog = createSequencerDb({ path: join(folder, "sequencer.sqlite") });
  activity = createActivity({ eventLog });
});
afterEach(() => {
  eventLog.close();
  rmSync(folder, { recursive: true, force: true });
});

function row(
  n: number,
  { frame, seqOffset }: UnnumberedFrame,
  more: Partial<EventRow> = {},
): EventRow {
  const seq = BASE + n;
  patchSeq(frame, seqOffset, seq);
  return {
    ...{ seq, did: alice, generation: 1, kind: "commit", frame, rev },
    ...{ redo: null, createdAtMs: 1000 + n, outboxId: null },
    ...more,
  };
}

const commit = (sizeBytes = 10) =>
  encodeCommitFrame({
    ...{ repo: alice, rev, since: null, commit: cid, prevData: null, time },
    blocks: new Uint8Array(sizeBytes),
    ops: [
      { action: "create", path: "app.bsky.feed.post/1", cid, prev: null },
      { action: "update", path: "app.bsky.feed.post/2", cid, prev: cid },
      { action: "delete", path: "app.bsky.feed.post/3", cid: null, prev: cid },
    ],
  });
const identity = () =>
  encodeIdentityFrame({ did: alice, handle: "alice.test" as Handle, time });
const account = (status?: string) =>
  encodeAccountFrame({ did: alice, active: !status, status: status!, time });
const sync = () =>
  encodeSyncFrame({ did: alice, rev, blocks: new Uint8Array(10), time });

function event(
  n: number,
  kind: EventKind,
  more: Partial<ActivityEvent>,
): ActivityEvent {
  return {
    ...{ seq: BASE + n, kind, atMs: 1000 + n, rev: null, ops: [] },
    ...{ handle: null, status: null, isReadable: true },
    ...more,
  };
}

/** All pages, a list of numbers each. */
function listPages(did: Did): number[][] {
  const pages: number[][] = [];
  let cursor: string | null = null;
  do {
    const page = activity.list(did, { cursor });
    pages.push(page.events.map(({ seq }) => seq - BASE));
    cursor = page.cursor;
  } while (cursor !== null);
  return pages;
}

test("tells what the network was told, the newest first", async () => {
  const silent = { redo: new Uint8Array(1), frame: new Uint8Array(0) };
  await eventLog.append(
    [
      row(1, identity(), { kind: "identity", rev: null }),
      row(2, account(), { kind: "account", rev: null }),
      row(3, commit()),
      row(4, commit(), { did: bob }),
      row(5, commit(), { kind: "import", ...silent }),
      row(6, account("deactivated"), { kind: "account", rev: null }),
      row(7, sync(), { kind: "sync", rev: null }),
    ],
    [],
  );
  const ops: ActivityEvent["ops"] = [
    { action: "create", path: "app.bsky.feed.post/1" },
    { action: "update", path: "app.bsky.feed.post/2" },
    { action: "delete", path: "app.bsky.feed.post/3" },
  ];
  expect(activity.list(alice, { cursor: null })).toEqual({
    cursor: null,
    events: [
      event(7, "sync", { rev }),
      event(6, "account", { status: "deactivated" }),
      event(5, "import", { rev }),
      event(3, "commit", { rev, ops }),
      event(2, "account", { status: "active" }),
      event(1, "identity", { handle: "alice.test" }),
    ],
  });
});

test("goes through all of it, page by page", async () => {
  const rows = Array.from({ length: 65 }, (_, i) =>
    row(i + 1, commit(), i === 40 ? { did: bob } : {}),
  );
  await eventLog.append(rows, []);
  const pages = listPages(alice);
  expect(pages.map(({ length }) => length)).toEqual([30, 30, 4]);
  const own = rows.filter(({ did }) => did === alice);
  expect(pages.flat()).toEqual(own.map(({ seq }) => seq - BASE).toReversed());
  expect(listPages(bob)).toEqual([[41]]);
  expect(listPages("did:plc:carol" as Did)).toEqual([[]]);
});

test("takes few large ones at a time, and leaves none out", async () => {
  const rows = [1, 2, 3, 4].map((n) => row(n, commit(1_900_000)));
  await eventLog.append(rows, []);
  expect(listPages(alice)).toEqual([
    [4, 3],
    [2, 1],
  ]);
});

test("says of a damaged one that it is", async () => {
  const { frame } = row(1, commit());
  const damaged = { frame: frame.subarray(0, frame.length - 3) };
  await eventLog.append([row(1, commit(), damaged)], []);
  const [found] = activity.list(alice, { cursor: null }).events;
  expect(found).toMatchObject({ kind: "commit", isReadable: false, ops: [] });
});

test.each(["", "x", "-1", "1.5", "1e3", "99999999999999999", " 7"])(
  "refuses %p as a cursor",
  (cursor) => {
    expect(() => activity.list(alice, { cursor })).toThrow(XrpcError);
  },
);
